/** Explanations of one board, each worked out once and only when asked for. */
import type { Explanation, LoadedModel } from '../../model/types.js';
import type { DagExplanation, DagRisk, Reason } from './board.js';

export interface Explainer {
  explain(dags: readonly DagRisk[]): Promise<ReadonlyMap<DagRisk, DagExplanation>>;
}

/**
 * @param vectors of the scored DAG runs, row-major.
 * @param describe the reasons in words, for a vector and its explanation.
 */
export function createExplainer(
  model: Pick<LoadedModel, 'explain'>,
  vectors: Float32Array,
  width: number,
  describe: (explanation: Explanation, vector: Float32Array) => readonly Reason[],
): Explainer {
  const known = new Map<DagRisk, Promise<DagExplanation>>();

  function work(dags: readonly DagRisk[]): void {
    const values = new Float32Array(dags.length * width);
    dags.forEach(({ row }, index) => {
      values.set(vectors.subarray(row * width, (row + 1) * width), index * width);
    });
    const all = model.explain('dag_run', values, dags.length);
    dags.forEach((dag, index) => {
      const one = all.then((explanations) => {
        const explanation = explanations[index]!;
        const vector = values.subarray(index * width, (index + 1) * width);
        return { explanation, reasons: describe(explanation, vector) };
      });
      known.set(dag, one);
      one.catch(() => known.delete(dag));
    });
  }

  return {
    async explain(dags) {
      const missing = dags.filter((dag) => !known.has(dag));
      if (missing.length > 0) work(missing);
      const explained = new Map<DagRisk, DagExplanation>();
      for (const dag of dags) explained.set(dag, await known.get(dag)!);
      return explained;
    },
  };
}

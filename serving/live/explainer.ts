/** Explanations of one board, each worked out once and only when asked for. */
import { NO_NAMES } from '../../features/describe.js';
import type { LoadedModel, SubjectKind } from '../../model/types.js';
import type { DagExplanation, DagRisk, SubjectExplanation, TaskRisk } from './board.js';
import { explainInWords } from './reasons.js';

export interface Explainer {
  explain(dags: readonly DagRisk[]): Promise<ReadonlyMap<DagRisk, DagExplanation>>;
}

/** Vectors of scored subjects, row-major. */
export interface KeptVectors {
  readonly values: Float32Array;
  readonly width: number;
}

/**
 * Explains DAGs and their riskiest tasks.
 *
 * @param model as it was when it scored; later outcomes must not change it.
 * @param vectors of the scored DAG runs, and of the tries that were kept.
 */
export function createExplainer(
  model: Pick<LoadedModel, 'explain'>,
  vectors: Readonly<Record<SubjectKind, KeptVectors>>,
): Explainer {
  const known = new Map<DagRisk, Promise<DagExplanation>>();

  async function explainSubjects<S extends { readonly row: number }>(
    kind: SubjectKind,
    subjects: readonly S[],
    namesOf: (subject: S) => Parameters<typeof explainInWords>[3],
  ): Promise<ReadonlyMap<S, SubjectExplanation>> {
    if (subjects.length === 0) return new Map();
    const { values, width } = vectors[kind];
    const asked = new Float32Array(subjects.length * width);
    subjects.forEach(({ row }, index) => {
      asked.set(values.subarray(row * width, (row + 1) * width), index * width);
    });
    const explanations = await model.explain(kind, asked, subjects.length);
    return new Map(
      subjects.map((subject, index) => {
        const vector = asked.subarray(index * width, (index + 1) * width);
        return [subject, explainInWords(kind, explanations[index]!, vector, namesOf(subject))];
      }),
    );
  }

  async function explainAll(dags: readonly DagRisk[]): Promise<ReadonlyMap<DagRisk, DagExplanation>> {
    const tasks = dags.flatMap((dag) => dag.tasks.filter(({ row }) => row >= 0));
    const ofRuns = await explainSubjects('dag_run', dags, () => NO_NAMES);
    const ofTasks = await explainSubjects('try', tasks, ({ pool, operator }) => ({ pool, operator }));
    return new Map(
      dags.map((dag) => {
        const own = new Map<TaskRisk, SubjectExplanation>();
        for (const task of dag.tasks) {
          const explained = ofTasks.get(task);
          if (explained !== undefined) own.set(task, explained);
        }
        return [dag, { ...ofRuns.get(dag)!, tasks: own }];
      }),
    );
  }

  function work(dags: readonly DagRisk[]): void {
    const all = explainAll(dags);
    for (const dag of dags) {
      const one = all.then((explained) => explained.get(dag)!);
      known.set(dag, one);
      one.catch(() => known.delete(dag));
    }
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

/** Explains the failures of known causes that a model warned of. */
import { aspectOf } from '../../features/aspects.js';
import { TRY_FEATURES } from '../../features/registry.js';
import { explainRows } from '../../model/explanation/explain.js';
import { describeUsual } from '../../model/explanation/usual-level.js';
import { fitRiskNetwork, type FittedRisk } from '../../model/network/fit-risk-network.js';
import { NetworkModel } from '../../model/network/network-model.js';
import type { LabelledVectors } from '../../model/types.js';
import type { KnownCause } from './facts.js';
import type { NamedCause } from './named-causes.js';
import { resultOf, WARNING_RISK, type CauseResult, type Warned } from './naming.js';

const TRAIN_FRACTION = 0.6;
/** The model follows outcomes in steps of this length, as one that is served does. */
const STEP_SECONDS = 43_200;

/** Labelled vectors with the cause of each failed one. */
export interface CausedVectors extends LabelledVectors {
  readonly causes: readonly (KnownCause | null)[];
}

/** The model of the earlier part of a history. */
export function fitEarlier(vectors: LabelledVectors, seed: number): FittedRisk {
  const rows = Math.floor(TRAIN_FRACTION * vectors.rows);
  const part = { rows, knownBefore: vectors.decidedAt[rows]! };
  const options = { seed, onProgress: () => undefined, signal: new AbortController().signal };
  return fitRiskNetwork(vectors, part, options).fitted;
}

/** Explains the failures of the later part of a history as they were queued, with the model following outcomes. */
export async function evaluateCauses(
  vectors: CausedVectors,
  fitted: FittedRisk,
  named: readonly NamedCause[],
): Promise<CauseResult[]> {
  const trainRows = Math.floor(TRAIN_FRACTION * vectors.rows);
  const usual = describeUsual(fitted, { ...vectors, rows: trainRows });
  const model = new NetworkModel(fitted);
  const aspects = TRY_FEATURES.map(aspectOf);
  const width = vectors.features.length;
  const warned: Warned[] = [];
  for (const step of stepsFrom(vectors, trainRows)) {
    await model.learn(vectors, step.known);
    if (step.caused.length === 0) continue;
    const values = new Float32Array(step.caused.length * width);
    step.caused.forEach((row, i) => {
      values.set(vectors.values.subarray(row * width, (row + 1) * width), i * width);
    });
    const explanations = await explainRows(model, usual, aspects, values, step.caused.length);
    step.caused.forEach((row, i) => {
      const explanation = explanations[i]!;
      if (explanation.risk < WARNING_RISK) return;
      warned.push({
        ...vectors.causes[row]!,
        isOnset: vectors.afterSuccess[row] === 1,
        explanation,
        vector: values.subarray(i * width, (i + 1) * width),
      });
    });
  }
  const tested = vectors.causes.slice(trainRows);
  return named.map((spec) =>
    resultOf(spec, named, warned, tested.filter((known) => known?.cause === spec.cause).length),
  );
}

/** Steps through the test part: the outcomes that have become known, and the rows of failures with a known cause that follow. */
function* stepsFrom(
  { rows, decidedAt, labelKnownAt, causes }: CausedVectors,
  first: number,
): Generator<{ known: Int32Array; caused: number[] }> {
  const byKnown = Int32Array.from({ length: rows }, (_, row) => row)
    .filter((row) => labelKnownAt[row]! >= decidedAt[first]!)
    .sort((a, b) => labelKnownAt[a]! - labelKnownAt[b]! || a - b);
  let next = 0;
  for (let from = first; from < rows;) {
    const begin = decidedAt[from]!;
    const learnt = next;
    while (next < byKnown.length && labelKnownAt[byKnown[next]!]! < begin) next++;
    const caused: number[] = [];
    let to = from;
    for (; to < rows && decidedAt[to]! < begin + STEP_SECONDS; to++) if (causes[to] !== null) caused.push(to);
    yield { known: byKnown.slice(learnt, next), caused };
    from = to;
  }
}

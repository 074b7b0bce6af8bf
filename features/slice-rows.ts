import type { ReplayedVectors } from './vector-store.js';

/** The rows from `from` to before `to`, on the same memory. */
export function sliceRows(vectors: ReplayedVectors, from: number, to: number): ReplayedVectors {
  const width = vectors.features.length;
  return {
    features: vectors.features,
    rows: to - from,
    values: vectors.values.subarray(from * width, to * width),
    labels: vectors.labels.subarray(from, to),
    decidedAt: vectors.decidedAt.subarray(from, to),
    labelKnownAt: vectors.labelKnownAt.subarray(from, to),
    afterSuccess: vectors.afterSuccess.subarray(from, to),
    historicalRate: vectors.historicalRate.subarray(from, to),
    lastOutcome: vectors.lastOutcome.subarray(from, to),
    stages: vectors.stages.subarray(from, to),
    finalIfFailed: vectors.finalIfFailed.subarray(from, to),
    finalRate: vectors.finalRate.subarray(from, to),
    weights: vectors.weights.subarray(from, to),
    subject: (row) => vectors.subject(from + row),
  };
}

/** The first row that was decided at or after a time. */
export function firstRowAt({ decidedAt, rows }: ReplayedVectors, time: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (decidedAt[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

import { keyShare } from '../../features/key-share.js';
import { LONGEST_SECONDS } from '../../model/training/older-share.js';
import type { LabelledVectors } from '../../model/types.js';
import type { Matrix } from '../quality-matrix.js';

/** The first rows of a matrix, on the same memory. */
export function firstRows(matrix: Matrix, rows: number): Matrix {
  return {
    ...matrix,
    rows,
    values: matrix.values.subarray(0, rows * matrix.features.length),
    labels: matrix.labels.subarray(0, rows),
    decidedAt: matrix.decidedAt.subarray(0, rows),
    labelKnownAt: matrix.labelKnownAt.subarray(0, rows),
    afterSuccess: matrix.afterSuccess.subarray(0, rows),
    weights: matrix.weights.subarray(0, rows),
    runs: matrix.runs.subarray(0, rows),
    historicalRate: matrix.historicalRate.subarray(0, rows),
  };
}

/** The rows that a replay with an older sample would describe, with their weights; by position, as a matrix knows no ids. */
export function withOlderSample(
  matrix: LabelledVectors,
  learntUntil: number,
  share: number,
  seed: number,
): LabelledVectors {
  const isOlder = (row: number): boolean => matrix.decidedAt[row]! < learntUntil - LONGEST_SECONDS;
  const kept = Int32Array.from({ length: matrix.rows }, (_, row) => row).filter(
    (row) => !isOlder(row) || keyShare(String(row), `older ${seed}`) < share,
  );
  const width = matrix.features.length;
  const values = new Float32Array(kept.length * width);
  kept.forEach((row, i) => {
    values.set(matrix.values.subarray(row * width, (row + 1) * width), i * width);
  });
  return {
    features: matrix.features,
    rows: kept.length,
    values,
    labels: Uint8Array.from(kept, (row) => matrix.labels[row]!),
    decidedAt: Float64Array.from(kept, (row) => matrix.decidedAt[row]!),
    labelKnownAt: Float64Array.from(kept, (row) => matrix.labelKnownAt[row]!),
    afterSuccess: Uint8Array.from(kept, (row) => matrix.afterSuccess[row]!),
    weights: Float32Array.from(kept, (row) => (isOlder(row) ? 1 / share : 1)),
  };
}

import type { LabelledVectors } from './types.js';

/** Rows of [from, to) whose label was known strictly before a time. */
export function rowsKnownBefore(
  vectors: Pick<LabelledVectors, 'labelKnownAt'>,
  from: number,
  to: number,
  time: number,
): Int32Array {
  const rows = new Int32Array(Math.max(0, to - from));
  let count = 0;
  for (let row = from; row < to; row++) {
    if (vectors.labelKnownAt[row]! < time) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

/** At most `most` of the rows, evenly spread. */
export function thinRows(rows: Int32Array, most: number): Int32Array {
  const stride = Math.ceil(rows.length / most);
  return stride <= 1 ? rows : rows.filter((_, i) => i % stride === 0);
}

/** Failures among the rows. */
export function countFailures(labels: Uint8Array, rows: Int32Array): number {
  let failures = 0;
  for (const row of rows) failures += labels[row]!;
  return failures;
}

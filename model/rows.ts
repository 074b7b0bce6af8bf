import type { LabelledVectors } from './types.js';

/** The numbers of all rows. */
export function everyRow(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

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

/**
 * At most `most` of the rows, spread evenly over what they stand for: where weights differ, a heavy row may come several times, and a
 * light one not at all.
 *
 * @param among all unless given.
 */
export function spreadRows(
  { rows, weights }: Pick<LabelledVectors, 'rows' | 'weights'>,
  most: number,
  among: Int32Array = everyRow(rows),
): Int32Array {
  const chosen = new Int32Array(Math.min(among.length, most));
  const weightAt = (place: number): number => weights?.[among[place]!] ?? 1;
  let total = 0;
  for (let place = 0; place < among.length; place++) total += weightAt(place);
  let place = 0;
  let passed = 0;
  for (let i = 0; i < chosen.length; i++) {
    const target = (i * total) / chosen.length;
    while (place < among.length - 1 && passed + weightAt(place) <= target) passed += weightAt(place++);
    chosen[i] = among[place]!;
  }
  return chosen;
}

/** How many rows the given ones stand for, and how many failures. */
export function representedBy(
  { labels, weights }: Pick<LabelledVectors, 'labels' | 'weights'>,
  rows: Int32Array,
): { readonly rows: number; readonly failures: number } {
  let all = 0;
  let failures = 0;
  for (const row of rows) {
    const weight = weights?.[row] ?? 1;
    all += weight;
    failures += weight * labels[row]!;
  }
  return { rows: Math.round(all), failures: Math.round(failures) };
}

/** Failures among the rows. */
export function countFailures(labels: Uint8Array, rows: Int32Array): number {
  let failures = 0;
  for (const row of rows) failures += labels[row]!;
  return failures;
}

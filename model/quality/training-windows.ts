/** The training rows in windows of time: how much they differ among themselves is what live rows may differ by. Pure. */
import { thinRows } from '../rows.js';
import type { LabelledVectors } from '../types.js';

/** Length of a window: that of the live figures, by default. */
const WINDOW_SECONDS = 14 * 86_400;
/** Shorter histories have shorter windows, so that there are as many. */
const LEAST_WINDOWS = 4;
const MOST_WINDOWS = 8;
/** Rows of one window; evenly spread. */
const WINDOW_ROWS = 5000;

/**
 * Rows of each of the newest windows, newest first.
 *
 * @param leastRows windows of fewer rows are left out.
 */
export function trainingWindows(
  { rows, decidedAt }: Pick<LabelledVectors, 'rows' | 'decidedAt'>,
  leastRows: number,
): Int32Array[] {
  let first = Infinity;
  let last = -Infinity;
  for (let row = 0; row < rows; row++) {
    first = Math.min(first, decidedAt[row]!);
    last = Math.max(last, decidedAt[row]!);
  }
  const span = Math.min(WINDOW_SECONDS, (last - first) / LEAST_WINDOWS);
  if (!(span > 0)) return [];
  const windows = Array.from({ length: MOST_WINDOWS }, (): number[] => []);
  for (let row = 0; row < rows; row++) windows[Math.floor((last - decidedAt[row]!) / span)]?.push(row);
  return windows
    .filter((window) => window.length >= leastRows)
    .map((window) => thinRows(Int32Array.from(window), WINDOW_ROWS));
}

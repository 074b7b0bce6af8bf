/** The training rows in windows of time: how much they differ among themselves is what live rows may differ by. Pure. */
import { spreadRows } from '../rows.js';
import type { LabelledVectors } from '../types.js';

/** Length of the longest windows: that of the live figures, by default. */
const WINDOW_SECONDS = 14 * 86_400;
/** Shorter histories have shorter windows, so that there are as many. */
const LEAST_WINDOWS = 4;
const MOST_WINDOWS = 8;
/** Live rows of a short time differ more: windows of these parts of the longest tell by how much. */
const PARTS = [1, 1 / 4, 1 / 16] as const;
/** Rows of one window, evenly spread: as many as live rows are looked at. */
const WINDOW_ROWS = 2000;

/** Windows of one length. */
export interface TrainingWindows {
  readonly seconds: number;
  /** Rows of each, newest first. */
  readonly windows: readonly Int32Array[];
}

/**
 * The newest windows of each length, the longest first; a length without windows is left out. Each long window holds one of the
 * shorter ones, every time at another place, so that they fall on other days and hours.
 *
 * @param every those of the rows that are looked at.
 * @param leastRows windows of fewer rows are left out.
 */
export function trainingWindows(
  vectors: Pick<LabelledVectors, 'rows' | 'weights' | 'decidedAt'>,
  every: Int32Array,
  leastRows: number,
): TrainingWindows[] {
  const { decidedAt } = vectors;
  let first = Infinity;
  let last = -Infinity;
  for (const row of every) {
    first = Math.min(first, decidedAt[row]!);
    last = Math.max(last, decidedAt[row]!);
  }
  const span = Math.min(WINDOW_SECONDS, (last - first) / LEAST_WINDOWS);
  if (!(span > 0)) return [];
  return PARTS.map((part) => {
    const seconds = span * part;
    const windows = Array.from({ length: MOST_WINDOWS }, (): number[] => []);
    for (const row of every) {
      const age = last - decidedAt[row]!;
      const window = Math.floor(age / span);
      const offset = (window / (MOST_WINDOWS - 1)) * (span - seconds);
      const within = age - window * span - offset;
      if (within >= 0 && within < seconds) windows[window]?.push(row);
    }
    return {
      seconds,
      windows: windows
        .filter((rows) => rows.length >= leastRows)
        .map((rows) => spreadRows(vectors, WINDOW_ROWS, Int32Array.from(rows))),
    };
  }).filter(({ windows }) => windows.length > 0);
}

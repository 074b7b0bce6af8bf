/**
 * Histogram of a feature among the training rows, apart for each moment at which vectors are described: the numbers that come with a run
 * are unknown before it exists. Bins are the tenths of the known values, and one
 * of its own for unknown. Pure.
 */
import { MOMENTS, type Moment } from './moments.js';
import { stabilityIndex } from './stability-index.js';

const BINS = 10;

export interface ColumnHistogram {
  /** Upper bounds of the bins but the last, ascending, each belonging to its bin. */
  readonly edges: readonly number[];
  /** Shares of the bins of known values, then of the unknown ones; their sum is 1. */
  readonly shares: Readonly<Partial<Record<Moment, readonly number[]>>>;
  /** The largest index of a window of the training rows. */
  readonly usual: number;
}

/** Rows of a matrix, and the moment of each. */
export interface Described {
  readonly values: Float32Array;
  readonly width: number;
  readonly rows: Int32Array;
  readonly moments: Int8Array;
}

/** Bounds of the bins of a column. */
export function binEdges({ values, width, rows }: Described, column: number): number[] {
  const known = Float32Array.from(rows, (row) => values[row * width + column]!)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const edges: number[] = [];
  for (let bin = 1; bin < BINS && known.length > 0; bin++) {
    const edge = shortened(known[Math.min(known.length - 1, Math.floor((bin * known.length) / BINS))]!);
    if (Number.isFinite(edge) && edge !== edges.at(-1)) edges.push(edge);
  }
  return edges;
}

/** Nine digits tell every 32-bit float from its neighbours. */
function shortened(value: number): number {
  return Number(value.toPrecision(9));
}

/** Rows per bin, the unknown ones last, for each moment. */
export function countInto(
  edges: readonly number[],
  { values, width, rows, moments }: Described,
  column: number,
): Float64Array[] {
  const bounds = Float32Array.from(edges);
  const counts = MOMENTS.map(() => new Float64Array(bounds.length + 2));
  rows.forEach((row, i) => {
    const value = values[row * width + column]!;
    let bin = bounds.length + 1;
    if (!Number.isNaN(value)) {
      bin = 0;
      while (bin < bounds.length && value > bounds[bin]!) bin++;
    }
    const ofMoment = counts[moments[i]!];
    if (ofMoment !== undefined) ofMoment[bin]!++;
  });
  return counts;
}

/**
 * Index of rows against training rows of the same moments; moments that training did not know are left out.
 *
 * @param counts as {@link countInto} gives them.
 * @param trainingRows of each moment.
 */
export function indexOf(
  shares: ColumnHistogram['shares'],
  counts: readonly Float64Array[],
  trainingRows: Readonly<Partial<Record<Moment, number>>>,
): number {
  const live = new Float64Array(counts[0]!.length);
  const expected = new Float64Array(live.length);
  let before = 0;
  let total = 0;
  MOMENTS.forEach((moment, m) => {
    const share = shares[moment];
    if (share === undefined) return;
    const rows = counts[m]!.reduce((sum, count) => sum + count, 0);
    if (rows === 0) return;
    before += trainingRows[moment] ?? 0;
    total += rows;
    for (let bin = 0; bin < live.length; bin++) {
      live[bin]! += counts[m]![bin]!;
      expected[bin]! += rows * share[bin]!;
    }
  });
  if (total === 0) return 0;
  return stabilityIndex(
    expected.map((sum) => sum / total),
    live,
    before,
  );
}

/** What a usual vector looks like for a subject of a given historical rate. */
import { columnLogOdds } from '../risk-columns.js';
import type { FittedRisk } from '../network/fit-risk-network.js';
import { thinRows } from '../rows.js';
import type { LabelledVectors } from '../types.js';

/** Medians of the training rows in bins of the historical rate, after a success and after a failure; row-major, bins x width. */
export interface UsualLevels {
  /** Log-odds of the rate at which each bin but the first begins, rising. */
  readonly starts: Float64Array;
  readonly afterSuccess: Float32Array;
  readonly afterFailure: Float32Array;
}

const BINS = 10;
const SAMPLE_ROWS = 40_000;

/** Learns the usual vectors from all rows, or an even sample of them. */
export function describeUsual(fitted: FittedRisk, vectors: LabelledVectors): UsualLevels {
  const width = vectors.features.length;
  const every = Int32Array.from({ length: vectors.rows }, (_, row) => row);
  const rows = thinRows(every, SAMPLE_ROWS);
  const rates = columnLogOdds(fitted.rate, vectors.values, width, rows);
  const sorted = rates.slice().sort();
  const edges = new Set<number>();
  for (let bin = 1; bin < BINS; bin++) {
    const edge = sorted[Math.floor((bin / BINS) * sorted.length)];
    if (edge !== undefined && edge > sorted[0]!) edges.add(edge);
  }
  const starts = Float64Array.from(edges);
  const bins: { success: number[]; failure: number[] }[] = Array.from({ length: starts.length + 1 }, () => ({
    success: [],
    failure: [],
  }));
  rows.forEach((row, i) => {
    const bin = bins[binOf(starts, rates[i]!)]!;
    (vectors.afterSuccess[row] === 1 ? bin.success : bin.failure).push(row);
  });
  const afterSuccess = new Float32Array(bins.length * width);
  const afterFailure = new Float32Array(bins.length * width);
  bins.forEach(({ success, failure }, bin) => {
    afterSuccess.set(medians(vectors.values, width, success.length > 0 ? success : failure), bin * width);
    afterFailure.set(medians(vectors.values, width, failure.length > 0 ? failure : success), bin * width);
  });
  return { starts, afterSuccess, afterFailure };
}

/** Number of the bin of a rate's log-odds. */
export function binOf(starts: Float64Array, logOdds: number): number {
  let bin = 0;
  while (bin < starts.length && logOdds >= starts[bin]!) bin++;
  return bin;
}

/** Median of each column, NaN where it is missing in most rows. */
function medians(values: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const out = new Float32Array(width).fill(NaN);
  for (let column = 0; column < width; column++) {
    const present = Float32Array.from(rows, (row) => values[row * width + column]!)
      .filter((value) => !Number.isNaN(value))
      .sort();
    if (present.length * 2 > rows.length) out[column] = present[present.length >> 1]!;
  }
  return out;
}

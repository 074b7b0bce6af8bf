/** Raw feature vectors to network inputs: each feature to a standard normal by its quantiles, plus indicators of missing values. */
import { modelColumns } from '../../features/registry.js';
import { STARTING_SHIFT_FEATURES } from '../risk-columns.js';

/** Everything needed to transform a vector; plain data, so that it can be saved. */
export interface InputTransform {
  /** Width of a raw vector. */
  readonly rawWidth: number;
  /** Columns of the raw vector that are used. */
  readonly columns: Int32Array;
  /** Knots of column k: `knots[starts[k]..starts[k + 1]]`, rising, each with its normal score in `scores`. */
  readonly starts: Int32Array;
  readonly knots: Float32Array;
  readonly scores: Float32Array;
  /** Raw columns whose absence is an input of its own. */
  readonly missingColumns: Int32Array;
}

const SAMPLE_ROWS = 20_000;
const KNOTS = 96;
/** Indicators for columns that are missing in more than this share of rows and present in more than this share. */
const MISSING_SHARE = 0.01;
const LARGEST_SCORE = 3;
const ADDED: ReadonlySet<string> = new Set(STARTING_SHIFT_FEATURES);

/** Number of inputs that {@link transformRows} writes for a row. */
export function inputWidth(transform: InputTransform): number {
  return transform.columns.length + transform.missingColumns.length;
}

/**
 * Learns the transform from the given rows (or an even sample of them). Columns with one value only are dropped, and those that no model
 * is to read; so are shifts that are added to what the network says: where they do not help, it is as it would be without.
 *
 * @param features names of the columns.
 */
export function fitInputTransform(
  values: Float32Array,
  features: readonly string[],
  rows: Int32Array,
): InputTransform {
  const rawWidth = features.length;
  const stride = Math.max(1, Math.ceil(rows.length / SAMPLE_ROWS));
  const sampled: number[] = [];
  for (let i = 0; i < rows.length; i += stride) sampled.push(rows[i]!);
  const columns: number[] = [];
  const starts: number[] = [0];
  const knots: number[] = [];
  const scores: number[] = [];
  const missing = new Map<string, number>();
  for (const column of modelColumns(features)) {
    if (ADDED.has(features[column]!)) continue;
    const present: number[] = [];
    const absent: number[] = [];
    sampled.forEach((row, i) => {
      const value = values[row * rawWidth + column]!;
      if (Number.isFinite(value)) present.push(value);
      else absent.push(i);
    });
    const absentShare = absent.length / Math.max(1, sampled.length);
    if (absentShare > MISSING_SHARE && absentShare < 1 - MISSING_SHARE) {
      const pattern = absent.join();
      if (!missing.has(pattern)) missing.set(pattern, column);
    }
    const knotted = quantileKnots(Float32Array.from(present).sort());
    if (knotted.length < 2) continue;
    columns.push(column);
    for (const [knot, score] of knotted) {
      knots.push(knot);
      scores.push(score);
    }
    starts.push(knots.length);
  }
  return {
    rawWidth,
    columns: Int32Array.from(columns),
    starts: Int32Array.from(starts),
    knots: Float32Array.from(knots),
    scores: Float32Array.from(scores),
    missingColumns: Int32Array.from(missing.values()),
  };
}

/** Distinct quantiles of sorted values, each with the normal score of its mid-rank. */
function quantileKnots(sorted: Float32Array): [number, number][] {
  const knots: [number, number][] = [];
  const n = sorted.length;
  if (n === 0) return knots;
  for (let k = 0; k <= KNOTS; k++) {
    const value = sorted[Math.round((k / KNOTS) * (n - 1))]!;
    if (knots.length > 0 && knots[knots.length - 1]![0] === value) continue;
    const midRank = (lowerBound(sorted, value) + lowerBound(sorted, value, true)) / 2 / n;
    knots.push([value, Math.min(LARGEST_SCORE, Math.max(-LARGEST_SCORE, normalQuantile(midRank)))]);
  }
  return knots;
}

function lowerBound(sorted: Float32Array, value: number, after = false): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value || (after && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Writes the inputs of the given raw rows to `out`, one row every `outWidth` numbers. A missing value (any that is not a finite number) becomes 0, the median;
 * a value beyond what was seen in training becomes the most extreme value seen.
 */
export function transformRows(
  transform: InputTransform,
  values: Float32Array,
  rows: ArrayLike<number>,
  out: Float32Array,
  outWidth = inputWidth(transform),
): void {
  const { columns, starts, knots, scores, missingColumns, rawWidth } = transform;
  for (let r = 0; r < rows.length; r++) {
    const from = rows[r]! * rawWidth;
    const to = r * outWidth;
    for (let k = 0; k < columns.length; k++) {
      const value = values[from + columns[k]!]!;
      let low = starts[k]!;
      let high = starts[k + 1]! - 1;
      let score: number;
      if (!Number.isFinite(value)) score = 0;
      else if (value <= knots[low]!) score = scores[low]!;
      else if (value >= knots[high]!) score = scores[high]!;
      else {
        while (high - low > 1) {
          const middle = (low + high) >> 1;
          if (knots[middle]! <= value) low = middle;
          else high = middle;
        }
        const share = (value - knots[low]!) / (knots[high]! - knots[low]!);
        score = scores[low]! + share * (scores[high]! - scores[low]!);
      }
      out[to + k] = score;
    }
    for (let k = 0; k < missingColumns.length; k++) {
      out[to + columns.length + k] = Number.isFinite(values[from + missingColumns[k]!]!) ? 0 : 1;
    }
  }
}

/** Quantile of the standard normal distribution (Acklam's rational approximation, relative error below 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  const tail = Math.min(p, 1 - p);
  if (tail < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(tail));
    const x =
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
        q +
        4.374664141464968) *
        q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
        1);
    return p < 0.5 ? x : -x;
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}

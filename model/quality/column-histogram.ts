/** Histogram of a feature among the training rows: bins are the tenths of the known values, and one of its own for unknown. Pure. */
import { stabilityIndex } from './stability-index.js';

const BINS = 10;

export interface ColumnHistogram {
  /** Upper bounds of the bins but the last, ascending, each belonging to its bin. */
  readonly edges: readonly number[];
  /** Shares of the bins of known values, then of the unknown ones; their sum is 1. */
  readonly shares: readonly number[];
  /** The largest index of a window of the training rows, for each length of windows. */
  readonly usual: readonly number[];
}

/** Some rows of a row-major matrix, column by column: a pass over one then reads no memory of the others. */
export function columnsOf(values: Float32Array, width: number, rows: Int32Array): Float32Array[] {
  const columns = Array.from({ length: width }, () => new Float32Array(rows.length));
  rows.forEach((row, i) => {
    for (let column = 0; column < width; column++) columns[column]![i] = values[row * width + column]!;
  });
  return columns;
}

/** Bounds of the bins of these values. */
export function binEdges(values: Float32Array): number[] {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
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

/** Rows per bin, the unknown ones last. */
export function countInto(edges: readonly number[], values: Float32Array): Float64Array {
  const bounds = Float32Array.from(edges);
  const counts = new Float64Array(bounds.length + 2);
  for (const value of values) {
    let bin = bounds.length + 1;
    if (!Number.isNaN(value)) {
      bin = 0;
      while (bin < bounds.length && value > bounds[bin]!) bin++;
    }
    counts[bin]!++;
  }
  return counts;
}

/** Index of values against those of so many training rows. */
export function indexOf(
  { edges, shares }: Pick<ColumnHistogram, 'edges' | 'shares'>,
  values: Float32Array,
  trainingRows: number,
): number {
  return stabilityIndex(shares, countInto(edges, values), trainingRows);
}

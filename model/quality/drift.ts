/**
 * Population stability index between the rows that a model learnt from and the rows that it is asked about:
 * the sum over bins of (live share - training share) ln(live share / training share). Bins are the tenths of the known training
 * values, and one of its own for unknown. Common reading: under 0.1 stable, up to 0.25 moved, above that another population
 * (Siddiqi 2006). Of n rows like the training rows it is about (bins - 1) / n. Vectors of one time resemble each other, and their slow averages hardly move within it: so a
 * column has drifted only where it is also further off than any window of the training rows. Pure.
 */
import { BEYOND_USUAL, DRIFTED } from '../../core/drift-bounds.js';
import { RUN_STAGE, STAGE } from '../../features/groups/stage.js';
import { isToldOnly } from '../../features/registry.js';
import { spreadRows } from '../rows.js';
import { trainingWindows } from './training-windows.js';
import type { LabelledVectors } from '../types.js';

const BINS = 10;
/** Training rows looked at; evenly spread. */
const SAMPLED_ROWS = 10_000;
/** Fewer live rows make an index of noise. */
export const NEEDED_LIVE_ROWS = 200;

/** Constant where models learn, and not where they are asked: no drift. */
const STAGE_FEATURES = new Set([...STAGE, ...RUN_STAGE].map(({ name }) => name));
/** Counts of all that ever was, ages, what fades with outcomes and the day of the month: another population by the mere passing of time. */
const MOVES_WITH_TIME = /__all$|__(?:age|starting_shift|day_of_month)__now$/;

function canDrift(feature: string): boolean {
  return !STAGE_FEATURES.has(feature) && !MOVES_WITH_TIME.test(feature) && !isToldOnly(feature);
}

/** One column of the training rows. */
export interface ColumnHistogram {
  /** Upper bounds of the bins but the last, ascending, each belonging to its bin. */
  readonly edges: readonly number[];
  /** Shares of the bins of known values, then of the unknown ones; their sum is 1. */
  readonly shares: readonly number[];
  /** The largest index of a window of the training rows; unknown in older references. */
  readonly usual?: number;
}

/** What is kept of the training rows of one kind of subject; about 50 kB as JSON. */
export interface DriftReference {
  readonly rows: number;
  readonly failureRate: number;
  readonly columns: Readonly<Record<string, ColumnHistogram>>;
}

export interface FeatureDrift {
  readonly feature: string;
  readonly psi: number;
  /** The largest index of a window of the training rows; 0 where it is not known. */
  readonly usual: number;
}

/** How far a column is from what counts as drifted, as a factor: from 1 on it is. */
export function driftRatio({ psi, usual }: Pick<FeatureDrift, 'psi' | 'usual'>): number {
  return psi / Math.max(DRIFTED, BEYOND_USUAL * usual);
}

export interface Drift {
  /** Live rows compared. */
  readonly rows: number;
  /** Index per feature that models read and time alone does not move, the most drifted first. */
  readonly features: readonly FeatureDrift[];
  /** Of failed against succeeded; null without outcomes. */
  readonly outcome: number | null;
  readonly trainingFailureRate: number;
  readonly liveFailureRate: number | null;
}

/** Histograms of the training rows; null without rows. */
export function driftReference(vectors: LabelledVectors): DriftReference | null {
  const { rows, features, values, labels } = vectors;
  if (rows === 0) return null;
  const sampled = spreadRows(vectors, SAMPLED_ROWS);
  const width = features.length;
  const columns: Record<string, ColumnHistogram> = {};
  const column = new Float32Array(sampled.length);
  const windows = trainingWindows(vectors, NEEDED_LIVE_ROWS);
  features.forEach((feature, index) => {
    if (!canDrift(feature)) return;
    for (let i = 0; i < sampled.length; i++) column[i] = values[sampled[i]! * width + index]!;
    const made = histogram(column);
    let usual = 0;
    for (const window of windows) {
      const counts = countInto(made.edges, values, window, width, index);
      usual = Math.max(usual, stabilityIndex(made.shares, counts, sampled.length));
    }
    columns[feature] = { ...made, usual: Number(usual.toFixed(4)) };
  });
  let failures = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const weight = vectors.weights?.[row] ?? 1;
    total += weight;
    failures += weight * labels[row]!;
  }
  return { rows, failureRate: failures / total, columns };
}

function histogram(column: Float32Array): ColumnHistogram {
  const known = column.filter((value) => !Number.isNaN(value)).sort();
  const edges: number[] = [];
  for (let bin = 1; bin < BINS && known.length > 0; bin++) {
    const edge = shortened(known[Math.min(known.length - 1, Math.floor((bin * known.length) / BINS))]!);
    if (Number.isFinite(edge) && edge !== edges.at(-1)) edges.push(edge);
  }
  const counts = countInto(edges, column, everyRow(column.length), 1, 0);
  return { edges, shares: Array.from(counts, (count) => Number((count / column.length).toFixed(5))) };
}

/** Nine digits tell every 32-bit float from its neighbours. */
function shortened(value: number): number {
  return Number(value.toPrecision(9));
}

/** Rows per bin, the unknown ones last. */
function countInto(
  edges: readonly number[],
  values: Float32Array,
  rows: Int32Array,
  width: number,
  column: number,
): Float64Array {
  const bounds = Float32Array.from(edges);
  const counts = new Float64Array(bounds.length + 2);
  for (const row of rows) {
    const value = values[row * width + column]!;
    let bin = bounds.length + 1;
    if (!Number.isNaN(value)) {
      bin = 0;
      while (bin < bounds.length && value > bounds[bin]!) bin++;
    }
    counts[bin]!++;
  }
  return counts;
}

function everyRow(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

/** Half a row in every bin keeps an empty one from making the index infinite. */
function stabilityIndex(expected: readonly number[], counts: Float64Array, trainingRows: number): number {
  const bins = expected.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  let index = 0;
  for (let bin = 0; bin < bins; bin++) {
    const before = (expected[bin]! * trainingRows + 0.5) / (trainingRows + 0.5 * bins);
    const after = (counts[bin]! + 0.5) / (total + 0.5 * bins);
    index += (after - before) * Math.log(after / before);
  }
  return index;
}

/**
 * Drift of live vectors and outcomes; null while too few rows are known. Features that the reference lacks are left out.
 *
 * @param values row-major, rows x features.
 * @param labels of live outcomes, which need not be those of the vectors.
 */
export function measureDrift(
  reference: DriftReference,
  features: readonly string[],
  values: Float32Array,
  rows: number,
  labels: Uint8Array,
): Drift | null {
  if (rows < NEEDED_LIVE_ROWS) return null;
  const sampled = Math.min(reference.rows, SAMPLED_ROWS);
  const every = everyRow(rows);
  const found = features.flatMap((feature, index) => {
    const column = reference.columns[feature];
    if (column === undefined || !canDrift(feature)) return [];
    const counts = countInto(column.edges, values, every, features.length, index);
    return [{ feature, psi: stabilityIndex(column.shares, counts, sampled), usual: column.usual ?? 0 }];
  });
  found.sort((a, b) => driftRatio(b) - driftRatio(a) || (a.feature < b.feature ? -1 : 1));
  const { failureRate } = reference;
  const failures = labels.reduce((sum, label) => sum + label, 0);
  const hasOutcomes = labels.length >= NEEDED_LIVE_ROWS;
  return {
    rows,
    features: found,
    outcome: hasOutcomes
      ? stabilityIndex(
          [1 - failureRate, failureRate],
          Float64Array.of(labels.length - failures, failures),
          reference.rows,
        )
      : null,
    trainingFailureRate: failureRate,
    liveFailureRate: hasOutcomes ? failures / labels.length : null,
  };
}

/**
 * Drift: population stability index between the rows that a model learnt from, as they were queued, and those that it is asked about
 * as they begin. Vectors of one time resemble each other, and their slow averages hardly move within it: so a feature has drifted only
 * where it is also further off than any window of the training rows that is as long. Pure.
 */
import { BEYOND_USUAL, DRIFTED } from '../../core/drift-bounds.js';
import { isToldOnly } from '../../features/registry.js';
import { everyRow, spreadRows } from '../rows.js';
import type { LabelledVectors } from '../types.js';
import { binEdges, columnsOf, countInto, indexOf, type ColumnHistogram } from './column-histogram.js';
import { queuedRows, STAGE_FEATURES } from './queued-rows.js';
import { stabilityIndex } from './stability-index.js';
import { trainingWindows } from './training-windows.js';

/** Training rows looked at; evenly spread. */
const SAMPLED_ROWS = 10_000;
/** Fewer rows make an index of noise. */
export const NEEDED_LIVE_ROWS = 200;
/** Live rows of nearly the length of a window are as long. */
const SAME_LENGTH = 1.1;

/** Counts of all that ever was, ages, what fades with outcomes and the day of the month: another population by the mere passing of time. */
const MOVES_WITH_TIME = /__all$|__(?:age|starting_shift|day_of_month)__now$/;

/** What happens in a run from its start on: live runs may be seen some seconds after it. */
const MOVES_WITH_START =
  /__so_far$|^dag_run__(?:is_running|elapsed|elapsed_ratio|open_tries|failing_tasks|exhausted_tasks|trouble_rate|trouble_runs)__/;

function canDrift(feature: string): boolean {
  return (
    !STAGE_FEATURES.has(feature) &&
    !MOVES_WITH_START.test(feature) &&
    !MOVES_WITH_TIME.test(feature) &&
    !isToldOnly(feature)
  );
}

/** What is kept of the training rows of one kind of subject; about 100 kB as JSON. */
export interface DriftReference {
  /** Rows that the shares are of. */
  readonly rows: number;
  /** Lengths of the windows that {@link ColumnHistogram.usual} is of, the longest first. */
  readonly windowSeconds: readonly number[];
  /** Of all rows as they were queued. */
  readonly failureRate: number;
  readonly outcomes: number;
  readonly columns: Readonly<Record<string, ColumnHistogram>>;
}

export interface FeatureDrift {
  readonly feature: string;
  readonly psi: number;
  /** The largest index of a window of the training rows, of about the length of the live rows. */
  readonly usual: number;
}

export interface InputDrift {
  /** Live rows compared. */
  readonly rows: number;
  /** Index per feature that models read and time alone does not move, the most drifted first. */
  readonly features: readonly FeatureDrift[];
}

export interface Drift {
  /** Null where too few rows are known, or they are of too short a time. */
  readonly inputs: InputDrift | null;
  /** Index of failed against succeeded; null with too few outcomes. */
  readonly outcome: number | null;
  readonly trainingFailureRate: number;
  readonly liveFailureRate: number | null;
}

/** Vectors of subjects as they began. */
export interface LiveVectors {
  /** Row-major, rows x features. */
  readonly values: Float32Array;
  readonly rows: number;
  /** Time from the first to the last of them. */
  readonly spanSeconds: number;
}

/** How far a feature is from what counts as drifted, as a factor: from 1 on it is. */
export function driftRatio({ psi, usual }: Pick<FeatureDrift, 'psi' | 'usual'>): number {
  return psi / Math.max(DRIFTED, BEYOND_USUAL * usual);
}

/** Histograms of those training rows that were queued; null without any. */
export function driftReference(vectors: LabelledVectors): DriftReference | null {
  const { features, values } = vectors;
  const every = queuedRows(features, values, everyRow(vectors.rows));
  if (every.length === 0) return null;
  const columnsAt = (rows: Int32Array): Float32Array[] => columnsOf(values, features.length, rows);
  const sampled = columnsAt(spreadRows(vectors, SAMPLED_ROWS, every));
  const rows = Math.min(every.length, SAMPLED_ROWS);
  const histograms = features.map((_, column) => {
    const edges = binEdges(sampled[column]!);
    const counts = countInto(edges, sampled[column]!);
    return { edges, shares: Array.from(counts, (count) => Number((count / rows).toFixed(5))) };
  });
  const lengths = trainingWindows(vectors, every, NEEDED_LIVE_ROWS);
  const usual = lengths.map(({ windows }) => largestIndices(histograms, windows.map(columnsAt), rows));
  const columns: Record<string, ColumnHistogram> = {};
  features.forEach((feature, column) => {
    if (!canDrift(feature)) return;
    columns[feature] = { ...histograms[column]!, usual: usual.map((ofLength) => ofLength[column]!) };
  });
  const windowSeconds = lengths.map(({ seconds }) => Math.round(seconds));
  return { rows, windowSeconds, ...outcomesOf(vectors, every), columns };
}

/** Of each column the largest index of these windows. */
function largestIndices(
  histograms: readonly Pick<ColumnHistogram, 'edges' | 'shares'>[],
  windows: readonly (readonly Float32Array[])[],
  trainingRows: number,
): number[] {
  return histograms.map((histogram, column) => {
    const indices = windows.map((window) => indexOf(histogram, window[column]!, trainingRows));
    return Number(Math.max(...indices).toFixed(4));
  });
}

function outcomesOf(
  { labels, weights }: LabelledVectors,
  rows: Int32Array,
): Pick<DriftReference, 'failureRate' | 'outcomes'> {
  let failures = 0;
  let total = 0;
  for (const row of rows) {
    const weight = weights?.[row] ?? 1;
    total += weight;
    failures += weight * labels[row]!;
  }
  return { failureRate: failures / total, outcomes: Math.round(total) };
}

/**
 * Drift of live vectors and outcomes; null where the reference is of an earlier form. Features that it lacks are left out.
 *
 * @param labels of live outcomes, which need not be those of the vectors.
 */
export function measureDrift(
  reference: DriftReference,
  features: readonly string[],
  live: LiveVectors,
  labels: Uint8Array,
): Drift | null {
  // As JSON from the registry it may be of any version of ORC.
  if ((reference as Partial<DriftReference>).windowSeconds === undefined) return null;
  const { failureRate, outcomes } = reference;
  const failures = labels.reduce((sum, label) => sum + label, 0);
  const counts = Float64Array.of(labels.length - failures, failures);
  const hasOutcomes = labels.length >= NEEDED_LIVE_ROWS;
  return {
    inputs: inputDrift(reference, features, live),
    outcome: hasOutcomes ? stabilityIndex([1 - failureRate, failureRate], counts, outcomes) : null,
    trainingFailureRate: failureRate,
    liveFailureRate: hasOutcomes ? failures / labels.length : null,
  };
}

function inputDrift(
  { rows: trainingRows, windowSeconds, columns }: DriftReference,
  features: readonly string[],
  { values, rows, spanSeconds }: LiveVectors,
): InputDrift | null {
  if (rows < NEEDED_LIVE_ROWS) return null;
  const length = windowSeconds.findIndex((seconds) => seconds <= spanSeconds * SAME_LENGTH);
  if (windowSeconds.length > 0 && length < 0) return null;
  const live = columnsOf(values, features.length, everyRow(rows));
  const found = features.flatMap((feature, column) => {
    const histogram = columns[feature];
    if (histogram === undefined || !canDrift(feature)) return [];
    const psi = indexOf(histogram, live[column]!, trainingRows);
    return [{ feature, psi, usual: histogram.usual[length] ?? 0 }];
  });
  found.sort((a, b) => driftRatio(b) - driftRatio(a) || (a.feature < b.feature ? -1 : 1));
  return { rows, features: found };
}

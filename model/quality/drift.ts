/**
 * Drift: population stability index between the rows that a model learnt from and the rows that it is asked about, vectors of the
 * same moments with each other. Vectors of one time resemble each other, and their slow averages hardly move within it: so a feature has drifted only
 * where it is also further off than any window of the training rows. Pure.
 */
import { BEYOND_USUAL, DRIFTED } from '../../core/drift-bounds.js';
import { isToldOnly } from '../../features/registry.js';
import { everyRow, spreadRows } from '../rows.js';
import type { LabelledVectors } from '../types.js';
import { binEdges, countInto, indexOf, type ColumnHistogram, type Described } from './column-histogram.js';
import { MOMENT_FEATURES, MOMENTS, momentsOf, type Moment } from './moments.js';
import { stabilityIndex } from './stability-index.js';
import { trainingWindows } from './training-windows.js';

/** Training rows looked at; evenly spread. */
const SAMPLED_ROWS = 10_000;
/** Fewer live rows make an index of noise, as do fewer training rows of one moment. */
export const NEEDED_LIVE_ROWS = 200;

/** Counts of all that ever was, ages, what fades with outcomes and the day of the month: another population by the mere passing of time. */
const MOVES_WITH_TIME = /__all$|__(?:age|starting_shift|day_of_month)__now$/;

function canDrift(feature: string): boolean {
  return !MOMENT_FEATURES.has(feature) && !MOVES_WITH_TIME.test(feature) && !isToldOnly(feature);
}

/** What is kept of the training rows of one kind of subject; about 100 kB as JSON. */
export interface DriftReference {
  /** Rows that the shares are of. */
  readonly rows: Readonly<Partial<Record<Moment, number>>>;
  /** Of all rows as they were queued. */
  readonly failureRate: number;
  readonly outcomes: number;
  readonly columns: Readonly<Record<string, ColumnHistogram>>;
}

export interface FeatureDrift {
  readonly feature: string;
  readonly psi: number;
  /** The largest index of a window of the training rows. */
  readonly usual: number;
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

/** How far a feature is from what counts as drifted, as a factor: from 1 on it is. */
export function driftRatio({ psi, usual }: Pick<FeatureDrift, 'psi' | 'usual'>): number {
  return psi / Math.max(DRIFTED, BEYOND_USUAL * usual);
}

function describedRows({ features, values }: LabelledVectors, rows: Int32Array): Described {
  return { values, width: features.length, rows, moments: momentsOf(features, values, rows) };
}

function onlyAt({ values, width, rows, moments }: Described, moment: Moment): Described {
  const place = MOMENTS.indexOf(moment);
  const kept = rows.filter((_, i) => moments[i] === place);
  return { values, width, rows: kept, moments: new Int8Array(kept.length).fill(place) };
}

/**
 * Histograms of the training rows; null without rows of a moment that is compared.
 *
 * @param others rows at other moments; those that were planned count.
 */
export function driftReference(vectors: LabelledVectors, others?: LabelledVectors): DriftReference | null {
  const { features } = vectors;
  const sampled = describedRows(vectors, spreadRows(vectors, SAMPLED_ROWS));
  const parts: [Moment, Described][] = [['queued', onlyAt(sampled, 'queued')]];
  if (others !== undefined)
    parts.push(['planned', onlyAt(describedRows(others, spreadRows(others, SAMPLED_ROWS)), 'planned')]);
  const known = parts.filter(
    ([moment, { rows }]) => rows.length >= (moment === 'queued' ? 1 : NEEDED_LIVE_ROWS),
  );
  if (known.length === 0) return null;
  const rows = Object.fromEntries(known.map(([moment, part]) => [moment, part.rows.length]));
  const windows = trainingWindows(vectors, NEEDED_LIVE_ROWS).map((window) => describedRows(vectors, window));
  const columns: Record<string, ColumnHistogram> = {};
  features.forEach((feature, column) => {
    if (!canDrift(feature)) return;
    const edges = binEdges(sampled, column);
    const shares = Object.fromEntries(
      known.map(([moment, part]) => {
        const counts = countInto(edges, part, column)[MOMENTS.indexOf(moment)]!;
        return [moment, Array.from(counts, (count) => Number((count / part.rows.length).toFixed(5)))];
      }),
    );
    let usual = 0;
    for (const window of windows)
      usual = Math.max(usual, indexOf(shares, countInto(edges, window, column), rows));
    columns[feature] = { edges, shares, usual: Number(usual.toFixed(4)) };
  });
  return { rows, ...outcomesOf(vectors), columns };
}

function outcomesOf(vectors: LabelledVectors): Pick<DriftReference, 'failureRate' | 'outcomes'> {
  const every = everyRow(vectors.rows);
  const moments = momentsOf(vectors.features, vectors.values, every);
  const queued = MOMENTS.indexOf('queued');
  let failures = 0;
  let total = 0;
  for (const row of every) {
    if (moments[row] !== queued) continue;
    const weight = vectors.weights?.[row] ?? 1;
    total += weight;
    failures += weight * vectors.labels[row]!;
  }
  return { failureRate: total === 0 ? 0 : failures / total, outcomes: Math.round(total) };
}

/**
 * Drift of live vectors and outcomes; null while too few rows of a moment that can be compared are known, or where the reference is of an earlier form. Features that the
 * reference lacks are left out.
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
  if (typeof reference.rows !== 'object') return null;
  const every = everyRow(rows);
  const moments = momentsOf(features, values, every);
  const known = MOMENTS.map((moment) => reference.rows[moment] !== undefined);
  const comparable = every.filter((row) => known[moments[row]!] === true);
  if (comparable.length < NEEDED_LIVE_ROWS) return null;
  const live = {
    ...{ values, width: features.length, rows: comparable },
    moments: Int8Array.from(comparable, (row) => moments[row]!),
  };
  const found = features.flatMap((feature, index) => {
    const column = reference.columns[feature];
    if (column === undefined || !canDrift(feature)) return [];
    const psi = indexOf(column.shares, countInto(column.edges, live, index), reference.rows);
    return [{ feature, psi, usual: column.usual }];
  });
  found.sort((a, b) => driftRatio(b) - driftRatio(a) || (a.feature < b.feature ? -1 : 1));
  const { failureRate, outcomes } = reference;
  const failures = labels.reduce((sum, label) => sum + label, 0);
  const counts = Float64Array.of(labels.length - failures, failures);
  const hasOutcomes = labels.length >= NEEDED_LIVE_ROWS;
  return {
    rows: comparable.length,
    features: found,
    outcome: hasOutcomes ? stabilityIndex([1 - failureRate, failureRate], counts, outcomes) : null,
    trainingFailureRate: failureRate,
    liveFailureRate: hasOutcomes ? failures / labels.length : null,
  };
}

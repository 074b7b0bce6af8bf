/** Which columns of a vector are risks by themselves: the baselines, and what the network may start from. */
import { STAGE_PLANNED, STAGE_QUEUED } from '../features/vector-store.js';
import { logit, sigmoid } from './log-odds.js';

/** The first name that a vector has is its historical rate, the yardstick of every model. */
export const HISTORICAL_RATE_FEATURES = [
  'task__historical_rate__30d',
  'dag_run__historical_rate__30d',
] as const;

/** The first name that a vector has tells the latest outcome. */
export const LAST_OUTCOME_FEATURES = ['task__last_outcome__latest', 'dag_run__last_outcome__latest'] as const;

/**
 * Ratios that the network may start from after a success instead of the historical rate, if history shows one to be better. All are the
 * subject's own: one that many subjects share fits the level, which is recalibrated anyway, and says little about which will fail.
 */
export const ONSET_OFFSET_FEATURES = [
  'task__transition_rate__32d',
  'task__failure_rate__8d',
  'dag_run__transition_rate__32d',
  'dag_run__failure_rate__8d',
] as const;

/** The same for subjects whose latest outcome was a failure, or that have none. */
export const STREAK_OFFSET_FEATURES = [
  'task__transition_rate__32d',
  'task__failure_rate__8d',
  'dag__streak_rate__128d',
  'deployment__pattern_rate__128d',
  'dag_run__transition_rate__32d',
  'dag_run__failure_rate__8d',
  'dag_run__pattern_rate__128d',
] as const;

/** The rate that a run in trouble starts from. */
export const TROUBLE_FEATURES = ['dag_run__trouble_rate__now'] as const;

/** Flags of the stages at which a subject's risk is calibrated apart. */
const STAGE_FLAGS: readonly (readonly [name: string, stage: number])[] = [
  ['try__is_planned__now', STAGE_PLANNED],
  ['dag_run__is_planned__now', STAGE_PLANNED],
];

/** Log-odds that a running try gains or loses by not having ended yet. */
const PASSED_FEATURE = 'try__outlasting__now';

/** Log-odds that a subject with little history gains by starting from the rate of its operator and schedule. */
export const STARTING_SHIFT_FEATURES = ['task__starting_shift__now', 'dag_run__starting_shift__now'] as const;

/** A column of ratios, read as log-odds. */
export interface RiskColumn {
  readonly column: number;
  readonly name: string;
  /** The ratio where the value is unknown. */
  readonly whenUnknown: number;
}

/** The first of these columns that the vectors have; a constant when they have none. */
export function riskColumn(
  features: readonly string[],
  names: readonly string[],
  whenUnknown: number,
): RiskColumn {
  const column = firstColumn(features, names);
  return { column, name: column < 0 ? 'overall_rate' : features[column]!, whenUnknown };
}

/** Number of the first of these columns that the vectors have, -1 if none. */
export function firstColumn(features: readonly string[], names: readonly string[]): number {
  for (const name of names) {
    const column = features.indexOf(name);
    if (column >= 0) return column;
  }
  return -1;
}

/** Log-odds of one column in the given rows; of `whenUnknown` everywhere when the column is -1. */
export function columnLogOdds(
  source: RiskColumn,
  values: Float32Array,
  width: number,
  rows: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(rows.length);
  const unknown = logit(source.whenUnknown);
  for (let i = 0; i < rows.length; i++) {
    const value = source.column < 0 ? NaN : values[rows[i]! * width + source.column]!;
    out[i] = Number.isNaN(value) ? unknown : logit(value);
  }
  return out;
}

/** What the time since the start of the given rows adds to their log-odds. */
export function passedLogOdds(
  features: readonly string[],
  values: Float32Array,
  rows: ArrayLike<number>,
): Float64Array {
  return shifts(features.indexOf(PASSED_FEATURE), features.length, values, rows);
}

/** What the given rows gain in log-odds by the start of others like them; 0 for a subject with a history of its own. */
export function startingLogOdds(
  features: readonly string[],
  values: Float32Array,
  rows: ArrayLike<number>,
): Float64Array {
  return shifts(firstColumn(features, STARTING_SHIFT_FEATURES), features.length, values, rows);
}

/** A column of log-odds; 0 where it is unknown. */
function shifts(column: number, width: number, values: Float32Array, rows: ArrayLike<number>): Float64Array {
  return Float64Array.from(rows, (row) => (column < 0 ? 0 : values[row * width + column]! || 0));
}

/** The stage by which the given rows are calibrated: `STAGE_QUEUED` for all but what is planned. */
export function calibratedStages(
  features: readonly string[],
  values: Float32Array,
  rows: ArrayLike<number>,
): Uint8Array {
  const width = features.length;
  const stages = new Uint8Array(rows.length).fill(STAGE_QUEUED);
  for (const [name, stage] of STAGE_FLAGS) {
    const column = features.indexOf(name);
    if (column < 0) continue;
    for (let i = 0; i < stages.length; i++) if (values[rows[i]! * width + column] === 1) stages[i] = stage;
  }
  return stages;
}

/** Probabilities of log-odds. */
export function probabilities(logOdds: Float64Array): Float64Array {
  return logOdds.map(sigmoid);
}

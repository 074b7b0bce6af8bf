/** How well the failure of a task after all its retries is foreseen. */
import { tryKey } from '../../features/row-keys.js';
import type { Stage } from '../../features/types.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { riskMetrics, type RiskMetrics } from '../evaluation/metrics.js';
import { STAGE_NAMES } from './run-history.js';

/** Figures of some decisions: `failures` are tasks that failed for good. */
export interface FinalReport {
  readonly rows: number;
  readonly failures: number;
  readonly model: RiskMetrics;
  readonly baselines: {
    /** Smoothed share of the task's instances that failed for good (30-day half-life, drawn towards DAG and deployment). */
    readonly historical_rate: RiskMetrics;
    /** The risk of the current try, as if there were no retries. */
    readonly try_risk: RiskMetrics;
  };
}

/** Of all decisions, of those with a try left (or that may have one), and by stage. */
export type FinalReports = Readonly<Record<'all' | 'with_tries_left' | Stage, FinalReport>>;

/** Decisions with the risk of the try that each is of. */
export interface ScoredTries {
  readonly vectors: ReplayedVectors;
  readonly tryRisks: Float64Array;
}

interface FinalRow {
  readonly stage: Stage;
  readonly hasTryLeft: boolean;
  readonly label: 0 | 1;
  readonly risk: number;
  readonly rate: number;
  readonly tryRisk: number;
}

/**
 * The risk that the task fails for good is P(the try fails) x P(the task fails for good | the try fails). Decisions of failed tries
 * whose task has neither succeeded nor failed for good yet are left out.
 *
 * @param finalFailures of failed tries, by `tryKey`, whether the task failed for good.
 */
export function reportFinal(
  sets: readonly ScoredTries[],
  finalFailures: ReadonlyMap<string, boolean>,
): FinalReports {
  const rows = sets.flatMap((set) => [...finalRows(set, finalFailures)]);
  const of = (isWanted: (row: FinalRow) => boolean): FinalReport => reportRows(rows.filter(isWanted));
  return {
    all: of(() => true),
    with_tries_left: of(({ hasTryLeft }) => hasTryLeft),
    planned: of(({ stage }) => stage === 'planned'),
    queued: of(({ stage }) => stage === 'queued'),
    running: of(({ stage }) => stage === 'running'),
    retrying: of(({ stage }) => stage === 'retrying'),
  };
}

function* finalRows(
  { vectors, tryRisks }: ScoredTries,
  finalFailures: ReadonlyMap<string, boolean>,
): Generator<FinalRow> {
  for (let row = 0; row < vectors.rows; row++) {
    const failed = vectors.labels[row] === 1 ? finalFailures.get(tryKey(vectors.subject(row))) : false;
    if (failed === undefined) continue;
    const ifFailed = vectors.finalIfFailed[row]!;
    yield {
      stage: STAGE_NAMES[vectors.stages[row]!]!,
      hasTryLeft: ifFailed < 1,
      label: failed ? 1 : 0,
      risk: tryRisks[row]! * ifFailed,
      rate: vectors.finalRate[row]!,
      tryRisk: tryRisks[row]!,
    };
  }
}

function reportRows(rows: readonly FinalRow[]): FinalReport {
  const labels = Uint8Array.from(rows, ({ label }) => label);
  const figures = (value: (row: FinalRow) => number): RiskMetrics =>
    riskMetrics(labels, Float64Array.from(rows, value));
  return {
    rows: rows.length,
    failures: labels.reduce((sum, label) => sum + label, 0),
    model: figures(({ risk }) => risk),
    baselines: { historical_rate: figures(({ rate }) => rate), try_risk: figures(({ tryRisk }) => tryRisk) },
  };
}

/** How good the served scores turned out to be. Pure: outcomes in, figures out. */
import type { UnixSeconds } from '../../core/facts.js';
import { riskMetrics, type RiskMetrics } from '../evaluation/metrics.js';
import { perfectForecastError } from '../evaluation/perfect-forecast.js';
import type { SubjectKind } from '../types.js';
import type { ScoredOutcomes } from './types.js';

/** Tries, those after a success, DAG runs, those after a success. */
export const QUALITY_SUBSETS = ['all', 'onset', 'dag_runs', 'dag_runs_onset'] as const;
export type QualitySubset = (typeof QUALITY_SUBSETS)[number];

/** Fewer outcomes say nothing of calibration, fewer failures nothing of ranking. */
export const NEEDED_OUTCOMES = 200;
export const NEEDED_FAILURES = 10;

const RESAMPLES = 100;

export interface SubsetQuality {
  readonly rows: number;
  readonly failures: number;
  /** A figure is null while too few outcomes are known to tell. */
  readonly metrics: RiskMetrics;
  /** The calibration error that a perfect forecast exceeds in one case of twenty at this size; null as above. */
  readonly perfectForecastError: number | null;
}

/** Quality over a trailing window of outcomes. */
export interface LiveQuality {
  readonly from: UnixSeconds;
  readonly until: UnixSeconds;
  readonly subsets: Readonly<Record<QualitySubset, SubsetQuality>>;
}

/** Figures of every subset. */
export function liveQuality(
  outcomes: Readonly<Record<SubjectKind, ScoredOutcomes>>,
  window: { readonly from: UnixSeconds; readonly until: UnixSeconds },
): LiveQuality {
  const { try: tries, dag_run: runs } = outcomes;
  return {
    ...window,
    subsets: {
      all: subsetQuality(tries, false),
      onset: subsetQuality(tries, true),
      dag_runs: subsetQuality(runs, false),
      dag_runs_onset: subsetQuality(runs, true),
    },
  };
}

function subsetQuality(outcomes: ScoredOutcomes, isOnset: boolean): SubsetQuality {
  const isWanted = (_: unknown, row: number): boolean => !isOnset || outcomes.afterSuccess[row] === 1;
  const labels = outcomes.labels.filter(isWanted);
  const risks = outcomes.risks.filter(isWanted);
  const rows = labels.length;
  const failures = labels.reduce((sum, label) => sum + label, 0);
  const isEnough = rows >= NEEDED_OUTCOMES;
  const canRank = isEnough && failures >= NEEDED_FAILURES && rows - failures >= NEEDED_FAILURES;
  const found = riskMetrics(labels, risks);
  return {
    rows,
    failures,
    metrics: {
      average_precision: canRank ? found.average_precision : null,
      roc_auc: canRank ? found.roc_auc : null,
      brier: isEnough ? found.brier : null,
      expected_calibration_error: isEnough ? found.expected_calibration_error : null,
    },
    perfectForecastError: isEnough ? perfectForecastError(risks, { resamples: RESAMPLES, seed: 1 }) : null,
  };
}

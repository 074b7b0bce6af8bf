import { riskMetrics } from '../evaluation/metrics.js';
import type { RiskMetrics } from '../evaluation/metrics.js';
import type { LatenessReport } from '../intervals/evaluate-lateness.js';
import type { FitParameters } from '../registry/model-version.js';
import { reportChance } from './chance.js';
import type { ChanceReport } from './chance.js';
import type { DagRunFailureReport } from './dag-run-test.js';
import type { FoldReport } from './folds.js';
import type { ReplayReport } from './replay-report.js';
import type { StageReports } from './stages.js';
import type { FinalReports } from './task-final.js';

export const BASELINES = ['historical_rate', 'last_outcome', 'logistic_regression'] as const;
export type BaselineName = (typeof BASELINES)[number];

/** One subset of the tested tries. */
export interface SubsetReport {
  readonly rows: number;
  readonly failures: number;
  readonly model: RiskMetrics;
  readonly baselines: Readonly<Record<BaselineName, RiskMetrics>>;
  readonly chance: ChanceReport;
}

/** What `orc backtest --json` prints. */
export interface BacktestReport {
  readonly model_version: string;
  readonly rows: { readonly train: number; readonly test: number };
  readonly subsets: { readonly all: SubsetReport; readonly onset: SubsetReport };
  /** Tries at all stages: every tested one as it was queued, a sample of them at the others. */
  readonly stages: StageReports;
  /** Whether tasks fail for good, after all their retries. */
  readonly task_final: FinalReports;
  /** Rolling origin over the whole history; empty unless asked for. */
  readonly folds: readonly FoldReport[];
  /** Whether DAG runs fail, and when they end. */
  readonly dag_runs: {
    readonly failure: DagRunFailureReport;
    readonly lateness: Omit<LatenessReport, 'seconds'>;
  };
  /** The last part of the tested time, replayed with a threshold on the risk of DAG runs. */
  readonly replay: ReplayReport;
  readonly seconds: { readonly features: number; readonly train: number; readonly score: number };
  readonly parameters: FitParameters;
}

/** Probabilities of the tested tries by predictor. */
export type Predictions = Readonly<Record<'model' | BaselineName, Float64Array>>;

/** What is known of the tested tries. */
export interface TestedTries {
  readonly labels: Uint8Array;
  readonly predictions: Predictions;
  /** Number of the DAG run of each, from 0. */
  readonly runs: Int32Array;
  readonly seed: number;
}

/** Figures of the tested tries for which `isWanted`. */
export function reportSubset(tested: TestedTries, isWanted: (row: number) => boolean): SubsetReport {
  const { predictions } = tested;
  const wanted = tested.labels.map((_, row) => (isWanted(row) ? 1 : 0));
  const chosen = tested.labels.filter((_, row) => wanted[row] === 1);
  const choose = (of: Float64Array): Float64Array => of.filter((_, row) => wanted[row] === 1);
  const figures = (of: Float64Array): RiskMetrics => riskMetrics(chosen, choose(of));
  return {
    rows: chosen.length,
    failures: chosen.reduce((sum, label) => sum + label, 0),
    model: figures(predictions.model),
    baselines: {
      historical_rate: figures(predictions.historical_rate),
      last_outcome: figures(predictions.last_outcome),
      logistic_regression: figures(predictions.logistic_regression),
    },
    chance: reportChance(
      chosen,
      choose(predictions.model),
      choose(predictions.historical_rate),
      tested.runs.filter((_, row) => wanted[row] === 1),
      tested.seed,
    ),
  };
}

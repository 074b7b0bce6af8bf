/** The face of the model folder: training, backtests, the registry, and models for scoring. */
export type { PartReport } from './backtest/part-report.js';
export type { BacktestReport, SubsetReport } from './backtest/report.js';
export { runBacktest, type RunBacktestOptions } from './backtest/run-backtest.js';
export type { WarningRule } from './backtest/warn-at.js';
export { evidenceOf, type Evidence } from './evidence.js';
export type { RiskMetrics } from './evaluation/metrics.js';
export type { Deadline } from './intervals/deadlines.js';
export {
  evaluateLateness,
  type EvaluateLatenessOptions,
  type LatenessReport,
} from './intervals/evaluate-lateness.js';
export type { PoolRisk } from './intervals/pool-fold.js';
export { TimingFold, type RunTiming, type TimingOptions } from './intervals/timing-fold.js';
export { loadVersion } from './registry/loaded-model.js';
export type {
  FitParameters,
  ModelRole,
  ModelVersion,
  VersionMetrics,
  VersionParameters,
} from './registry/model-version.js';
export {
  championVersion,
  listVersions,
  promoteVersion,
  rollbackVersion,
  showVersion,
} from './registry/registry.js';
export type { HoldoutMetrics } from './training/jobs.js';
export { runTraining, type RunTrainingOptions } from './training/run-training.js';
export type { Explanation, GroupContribution, LabelledVectors, LoadedModel, SubjectKind } from './types.js';

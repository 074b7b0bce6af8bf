/** The face of the model folder: training, backtests, the registry, and models for scoring. */
export type { PartReport } from './backtest/part-report.js';
export type { BacktestReport, SubsetReport } from './backtest/report.js';
export {
  previewWarnings,
  warnableRuns,
  type WarnableRun,
  type WarningPreview,
} from './backtest/preview-warnings.js';
export { replayedRiskHistory, type ReplayedRiskOptions, type RiskHistory } from './backtest/risk-history.js';
export { runBacktest, type RunBacktestOptions } from './backtest/run-backtest.js';
export type { RiskMoment, TestedRun } from './backtest/run-history.js';
export type { WarningRule } from './backtest/warn-at.js';
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
  ChangeNote,
  FitParameters,
  ModelRole,
  ModelVersion,
  VersionEvent,
  VersionMetrics,
  VersionParameters,
} from './registry/model-version.js';
export { modelCard, type ModelCard } from './registry/model-card.js';
export { championVersion, listVersions, showVersion } from './registry/registry.js';
export { promoteServable, restoreServable, rollbackServable } from './registry/servable.js';
export {
  QUALITY_SUBSETS,
  type LiveQuality,
  type QualitySubset,
  type SubsetQuality,
} from './quality/live-quality.js';
export { watchCalibration, type WatchOptions } from './quality/calibration-watch.js';
export { driftRatio, type Drift } from './quality/drift.js';
export { createQualityFollower, type QualityFollower, type QualityView } from './quality/quality-follower.js';
export { storedRiskHistory } from './quality/stored-risk-history.js';
export { ScoreWriter, type ScoreWriterStatus } from './quality/score-writer.js';
export type { HoldoutMetrics } from './training/jobs.js';
export { runTraining, type RunTrainingOptions } from './training/run-training.js';
export { trainInThread, type ThreadTraining } from './training/train-in-thread.js';
export type { Explanation, GroupContribution, LabelledVectors, LoadedModel, SubjectKind } from './types.js';

/** What worker threads are asked to do. Everything here can be posted between threads. */
import type { UnixSeconds } from '../../core/facts.js';
import type { RiskMetrics } from '../evaluation/metrics.js';
import type { Comparison } from '../quality/comparison.js';
import type { DriftReference } from '../quality/drift.js';
import type { FitSummary } from '../network/fit-risk-network.js';
import type { LabelledVectors, SubjectKind, TrainingPart } from '../types.js';

/** A saved model of a kind of subject to go on from, at a tenth of the time; see `InitialFit`. */
export interface SavedStart {
  /** As `FitResult.saved`. */
  readonly saved: Uint8Array;
  /** It has learnt from the outcomes known up to this time, and from no later one. */
  readonly learntUntil: UnixSeconds;
}

/** Fits the final model of one kind of subject on all its rows. */
export interface FitJob {
  readonly job: 'fit';
  readonly kind: SubjectKind;
  readonly vectors: LabelledVectors;
  /** Group of each feature, for explanations. */
  readonly groups: readonly string[];
  readonly seed: number;
  /** From scratch unless given. */
  readonly initial?: SavedStart;
  /** Rows at other stages with their outcomes: the risks at these are calibrated by them. */
  readonly others?: LabelledVectors;
}

/** Quality of a model at rows later than those it learnt from, with the baselines at the same rows. */
export interface HoldoutMetrics extends RiskMetrics {
  readonly rows: number;
  readonly failures: number;
  readonly log_loss: number | null;
  readonly onset: RiskMetrics | null;
  readonly baselines: { readonly historical_rate: RiskMetrics; readonly last_outcome: RiskMetrics };
}

export interface FitResult {
  readonly saved: Uint8Array;
  readonly metrics: HoldoutMetrics;
  readonly summary: FitSummary;
  /** Why there is no network, null when there is one. */
  readonly reason: string | null;
  /** The rows behind `metrics`, and their risks. */
  readonly holdoutRows: Int32Array;
  readonly holdoutRisks: Float64Array;
  /** Null without rows. */
  readonly reference: DriftReference | null;
}

/** Fits on the training part and scores the later rows as they would have been scored live. */
export interface BacktestJob {
  readonly job: 'backtest';
  readonly predictor: 'network' | 'logistic_regression';
  readonly vectors: LabelledVectors;
  readonly part: TrainingPart;
  readonly seed: number;
  /** The network goes on from this one; from scratch unless given. */
  readonly initial?: SavedStart;
  /** Rows at other stages, decided after the training part: scored along with the others, and learnt from by nothing. */
  readonly others?: LabelledVectors;
  /** Rows at other stages decided in the training part: by the outcomes that count, the risks at these stages are calibrated. */
  readonly earlierOthers?: LabelledVectors;
  /** Aspect of each feature, when the fitted network is to be handed back for explanations. */
  readonly groups?: readonly string[];
}

export interface BacktestResult {
  /** One per row from `part.rows` on. */
  readonly probabilities: Float64Array;
  /** One per row of `others`. */
  readonly otherProbabilities: Float64Array;
  /** Rows of the training part with the risks that models of earlier rows gave them. */
  readonly earlier: { readonly rows: Int32Array; readonly probabilities: Float64Array };
  /** The fitted network packed as a subject model, when the job named the aspects. */
  readonly model: Uint8Array | null;
  readonly trainSeconds: number;
  readonly scoreSeconds: number;
  readonly summary: FitSummary | null;
  readonly reason: string | null;
}

/** Compares two models on rows that neither learnt from, each scoring them as it would have scored them live. */
export interface CompareJob {
  readonly job: 'compare';
  readonly vectors: LabelledVectors;
  /** Rows from this one on are compared. */
  readonly from: number;
  /** The DAG run of each row, as a number from 0. */
  readonly runs: Int32Array;
  /** The saved model of this kind of subject, and the time up to which it has learnt from outcomes. */
  readonly champion: SavedStart;
  /**
   * Risks of the rows from `from` on; or those of a network fitted on what was known before these rows: `fit` from scratch,
   * `fit_warm` going on from the champion.
   */
  readonly challenger: Float64Array | 'fit' | 'fit_warm';
  readonly seed: number;
}

export type Job = FitJob | BacktestJob | CompareJob;
export type JobResult<J extends Job> = J extends FitJob
  ? FitResult
  : J extends CompareJob
    ? Comparison
    : BacktestResult;

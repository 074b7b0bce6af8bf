/** Contract of models: what they learn from, what they answer. */
import type { UnixSeconds } from '../core/facts.js';
import type { ProgressListener } from '../core/progress.js';

export type SubjectKind = 'try' | 'dag_run';

/** Labelled vectors in the order of their decision times. */
export interface LabelledVectors {
  /** Column names; `values` is row-major, rows x features, NaN where unknown. */
  readonly features: readonly string[];
  readonly rows: number;
  readonly values: Float32Array;
  /** 1 failed, 0 success. */
  readonly labels: Uint8Array;
  /** Decision time of each row. */
  readonly decidedAt: Float64Array;
  /** When each label became known. */
  readonly labelKnownAt: Float64Array;
  /** 1 where the task's latest labelled outcome was a success (a failure here is an onset). */
  readonly afterSuccess: Uint8Array;
  /** How many rows each stands for, where successes were thinned out; 1 each unless given. */
  readonly weights?: Float32Array;
}

/** The part of the rows that a model may learn from. */
export interface TrainingPart {
  /** Rows before this one. */
  readonly rows: number;
  /** Labels known strictly before this time. */
  readonly knownBefore: UnixSeconds;
}

export interface TrainOptions {
  readonly seed: number;
  readonly onProgress: ProgressListener;
  readonly signal: AbortSignal;
}

/** A fitted model of one kind of subject. */
export interface RiskModel {
  /** Row-major vectors in, one calibrated probability per row out; a row's answer does not depend on the rows beside it. */
  predict(values: Float32Array, rows: number): Promise<Float64Array>;
  /** The model as bytes; the `load` of its kind reads them. */
  save(): Buffer;
}

/** A way to make risk models: the network and each baseline. */
export interface RiskModelKind {
  readonly name: string;
  /** Learns from vectors and leaves them as they are. Too little history is not an error: the model then answers a plain rate. */
  fit(vectors: LabelledVectors, part: TrainingPart, options: TrainOptions): Promise<RiskModel>;
  /** @throws AppError `input_invalid` when the bytes are not of this kind. */
  load(saved: Buffer): RiskModel;
}

/** Change of the log-odds that one aspect of the features (features/aspects.ts) causes against the subject's usual level. */
export interface GroupContribution {
  /** Name of the aspect. */
  readonly group: string;
  readonly logOdds: number;
}

export interface Explanation {
  readonly risk: number;
  /** Risk with every feature at its usual level for this subject. */
  readonly usualRisk: number;
  /** Largest first; they sum to logit(risk) - logit(usualRisk) within rounding. */
  readonly contributions: readonly GroupContribution[];
}

/** What the server works with: both models of one registry version, loaded. */
export interface LoadedModel {
  readonly version: string;
  readonly featureSetHash: string;
  readonly trainedAt: UnixSeconds;
  predict(kind: SubjectKind, values: Float32Array, rows: number): Promise<Float64Array>;
  /** Explains a few rows; slower than `predict`. */
  explain(kind: SubjectKind, values: Float32Array, rows: number): Promise<Explanation[]>;
  /** The model as it is now, for explaining later what it has scored: {@link observe} does not change it. */
  snapshot(): Pick<LoadedModel, 'explain'>;
  /**
   * Lets the model's level follow outcomes that ended since it was trained: vectors as they were at decision time, in the order
   * in which their outcomes became known. Those known before `learntUntil` are ignored, so that repeating is harmless.
   */
  observe(kind: SubjectKind, outcomes: LabelledVectors): Promise<void>;
  dispose(): void;
}

import type { UnixSeconds } from '../../core/facts.js';
import type { HoldoutMetrics } from '../training/jobs.js';
import type { FitSummary } from '../network/fit-risk-network.js';

/** One version in use at most; `retired` was in use before. */
export type ModelRole = 'champion' | 'candidate' | 'retired';

/** Quality on the latest part of the history, which the models that were measured had not seen. */
export interface VersionMetrics {
  readonly try: HoldoutMetrics;
  readonly dag_run: HoldoutMetrics;
}

/** How one kind of subject was learnt. */
export interface FitParameters extends FitSummary {
  /** Why the historical rate answers instead of a network; null when a network does. */
  readonly reason: string | null;
}

/** Which weights a training started from. */
export interface TrainingStart {
  /** The version whose weights it went on from; null from scratch. */
  readonly from: string | null;
  /** Trainings in a row that went on from earlier weights, this one included; 0 from scratch. */
  readonly warm_starts: number;
  /** Tries that the last training from scratch learnt from. */
  readonly scratch_rows: number;
  /** Why it began from scratch; null when it did not. */
  readonly reason: string | null;
}

export interface VersionParameters {
  readonly seed: number;
  /** Absent where nothing else was asked for than a training from scratch. */
  readonly start?: TrainingStart;
  /** Time up to which outcomes were learnt from. */
  readonly learnt_until: UnixSeconds;
  readonly try: FitParameters;
  readonly dag_run: FitParameters;
}

/** Who changed something: a person, a training, the schedule of trainings, or the watch over live calibration. */
export type ChangedBy = 'user' | 'training' | 'schedule' | 'guard';

/** Why a version changed its role, or did not. */
export interface ChangeNote {
  readonly by: ChangedBy;
  /** In words, with the figures. */
  readonly reason: string;
}

/** `kept_out`: it was compared with the champion and did not take its place. */
export interface VersionEvent extends ChangeNote {
  readonly at: UnixSeconds;
  readonly event: 'promoted' | 'retired' | 'rolled_back' | 'kept_out';
}

/** A row of the registry, without the weights. */
export interface ModelVersion {
  readonly version: string;
  readonly role: ModelRole;
  readonly createdAt: UnixSeconds;
  readonly promotedAt: UnixSeconds | null;
  readonly featureSetHash: string;
  /** Decision times of the first and last row learnt from. */
  readonly dataFrom: UnixSeconds | null;
  readonly dataTo: UnixSeconds | null;
  /** Tries learnt from. */
  readonly trainingRows: number;
  readonly metrics: VersionMetrics;
  readonly parameters: VersionParameters;
  /** Oldest first. */
  readonly history: readonly VersionEvent[];
}

/** Name of a version: the minute it was made, and the start of a hash of its weights, as in 2026-11-23T2050Z-ab12cd. */
export function versionName(createdAt: UnixSeconds, weightsHash: string): string {
  const [day, time] = new Date(createdAt * 1000).toISOString().split('T');
  return `${day!}T${time!.slice(0, 2)}${time!.slice(3, 5)}Z-${weightsHash.slice(0, 6)}`;
}

/** The part of an Airflow that actions read and change, the same for both REST APIs. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Refused } from './results.js';

export interface SiteDag {
  readonly isPaused: boolean;
  /** False when Airflow no longer finds its file. */
  readonly isActive: boolean;
}

export interface SiteRun {
  readonly state: string;
  /** Unix seconds; null while it has not ended. */
  readonly endedAt: UnixSeconds | null;
  readonly note: string | null;
}

/** A task instance in the state `failed` or `upstream_failed`. */
export interface FailedInstance {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly state: string;
}

export interface SitePool {
  readonly slots: number;
  readonly includeDeferred: boolean;
  readonly description: string | null;
}

/** Of v1 without map index: it does not tell it. */
export interface ClearedInstance {
  readonly taskId: string;
  readonly mapIndex: number | null;
}

/** Readings answer null for what is not there, and throw `AirflowError` otherwise; changes are sent once. */
export interface AirflowSite {
  /** Such as `3.2.1`. */
  readonly version: string;
  dag(dagId: string): Promise<SiteDag | null>;
  run(dagId: string, runId: string): Promise<SiteRun | null>;
  /** What failed in a run, and what did not run because of it; null when there are more than {@link MOST_FAILED}. */
  failedInstances(dagId: string, runId: string): Promise<readonly FailedInstance[] | null>;
  pool(name: string): Promise<SitePool | null>;
  /** True when Airflow 3.3 or later keeps deadlines for the run; null where that cannot be asked. */
  hasDeadlines(dagId: string, runId: string): Promise<boolean | null>;
  /** Clears what failed in a run; a dry run only tells what that would be. */
  clearFailed(dagId: string, runId: string, dryRun: boolean): Promise<readonly ClearedInstance[]>;
  setPaused(dagId: string, isPaused: boolean): Promise<void>;
  /** @param pool as it was read: Airflow 3 wants all of it, and changes the slots only */
  resizePool(name: string, pool: SitePool, slots: number): Promise<void>;
  /** @param conf what the run is given, as JSON */
  trigger(dagId: string, runId: string, conf: object, note: string): Promise<void>;
  setNote(dagId: string, runId: string, note: string): Promise<void>;
}

/** A person should look at a run in which more than this failed. */
export const MOST_FAILED = 100;
/** Characters that Airflow keeps of a note. */
export const LONGEST_NOTE = 1000;

/** What a call to Airflow is made of; `before` is JSON, kept in the ledger before the change is sent. */
export interface Call<Before> {
  /** Reads, compares with what is expected, tries a dry run where there is one; changes nothing. */
  prepare(site: AirflowSite): Promise<Ready<Before> | Refused>;
  /** Sends the change, once. */
  perform(site: AirflowSite, before: Before): Promise<void>;
  /** Reads whether the change has been made; what was read then, else null. */
  effect(site: AirflowSite, before: Before): Promise<object | null>;
  /** What can be said of a failure, beyond Airflow's words. */
  explainFailure?(site: AirflowSite): Promise<string | null>;
}

export interface Ready<Before> {
  readonly outcome: 'ready';
  readonly before: Before;
}

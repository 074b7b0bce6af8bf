/**
 * Domain types of what surrounds the runs: versions of DAGs, assets, dependencies between DAGs, import errors, what people did, and
 * deadlines.
 * The same conventions as in `facts.ts`.
 */
import type { FactTimes, PlatformObservation, UnixSeconds } from './facts.js';

/** One version of a DAG's code, as Airflow 3 numbers them; appended when any of these changes. */
export interface DagVersionObservation {
  readonly deployment: string;
  readonly dagId: string;
  /** From 1. */
  readonly versionNumber: number;
  readonly bundleName: string | null;
  /** Such as a commit; null where the bundle has no versions. */
  readonly bundleVersion: string | null;
  /** When Airflow first saw this code. */
  readonly createdAt: UnixSeconds;
}

export interface AssetTask {
  readonly dagId: string;
  readonly taskId: string;
}

/** An asset (Airflow 2: dataset) with what writes and what awaits it; appended when any of these changes. */
export interface AssetObservation {
  readonly deployment: string;
  readonly uri: string;
  /** The URI where Airflow has no names. */
  readonly name: string;
  /** False once no DAG speaks of it any more. */
  readonly isActive: boolean;
  readonly producingTasks: readonly AssetTask[];
  /** DAGs that are scheduled by it. */
  readonly consumingDags: readonly string[];
}

/** One update of an asset; appended once. */
export interface AssetEventObservation {
  readonly deployment: string;
  /** Airflow's number of the event. */
  readonly eventId: number;
  readonly eventTime: UnixSeconds;
  readonly uri: string;
  readonly name: string;
  /** Null when it came from outside of Airflow. */
  readonly dagId: string | null;
  readonly taskId: string | null;
  readonly runId: string | null;
  /** -1 when the task is not mapped. */
  readonly mapIndex: number | null;
}

/** Through an asset, by a task that triggers the other DAG, or by a sensor that awaits it. */
export const DEPENDENCY_KINDS = ['asset', 'trigger', 'sensor'] as const;
export type DependencyKind = (typeof DEPENDENCY_KINDS)[number];

/** What one DAG does to another; appended when it comes or goes. */
export interface DagDependencyObservation {
  readonly deployment: string;
  readonly fromDagId: string;
  readonly toDagId: string;
  readonly kind: DependencyKind;
  /** The URI of the asset, or the id of the task. */
  readonly via: string;
  readonly isActive: boolean;
}

/** A DAG file that Airflow cannot import; appended when the message changes, and when it is resolved. */
export interface ImportErrorObservation {
  readonly deployment: string;
  readonly file: string;
  /** Null where Airflow has no bundles. */
  readonly bundleName: string | null;
  /** When Airflow last said so, or when ORC saw that it no longer does. */
  readonly eventTime: UnixSeconds;
  /** The last line of the stack trace, which names the error, and the place in the file; null when hidden from this user. */
  readonly message: string | null;
  readonly isResolved: boolean;
}

/** What people and deployments do, apart from what Airflow does by itself. */
export const PERSON_ACTIONS = [
  'clear',
  'mark',
  'trigger',
  'pause',
  'delete',
  'backfill',
  'pool',
  'variable',
  'connection',
  'asset',
  'reparse',
  'command_line',
  'other',
] as const;
export type PersonAction = (typeof PERSON_ACTIONS)[number];

/** One row of Airflow's event log (audit log) that tells what a person did; appended once. It proves an attempt, not its success. */
export interface EventLogObservation {
  readonly deployment: string;
  /** Airflow's number of the row. */
  readonly eventId: number;
  readonly eventTime: UnixSeconds;
  /** As Airflow names it, such as `patch_dag`. */
  readonly event: string;
  readonly action: PersonAction;
  readonly dagId: string | null;
  readonly taskId: string | null;
  readonly runId: string | null;
  readonly mapIndex: number | null;
  readonly tryNumber: number | null;
  /** User name. */
  readonly owner: string | null;
  /** What the request asked for, of a fixed list of harmless keys; never values of variables, connections or conf. */
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/**
 * A deadline that Airflow itself keeps for a DAG run (a deadline alert of Airflow 3.1 and later): appended once when it is set and once
 * when it is missed. Airflow deletes the deadline of a run that ends in time, so among those that ORC did not see while they were
 * pending only missed ones are known: their share says nothing about how often runs are late.
 */
export interface DeadlineObservation {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  /** Airflow's id of this deadline of this run. */
  readonly deadlineId: string;
  /** Of the alert; null where it has none, and before Airflow 3.2. */
  readonly name: string | null;
  /** When the run is to have ended. */
  readonly deadlineAt: UnixSeconds;
  readonly isMissed: boolean;
  /** When it was set, or missed. */
  readonly eventTime: UnixSeconds;
}

/** What the feature engine needs of a version of a DAG; `eventTime` is when Airflow first saw the code. */
export type DagVersionFact = Pick<DagVersionObservation, 'deployment' | 'dagId' | 'versionNumber'> &
  FactTimes;

export type DagDependencyFact = DagDependencyObservation & FactTimes;

/**
 * A deadline of Airflow's own as forecasts read it: only one that was seen before it passed. Of those seen later Airflow has kept
 * the missed ones alone, which would make every run with a deadline look late.
 */
export type DeadlineFact = Pick<
  DeadlineObservation,
  'deployment' | 'dagId' | 'runId' | 'deadlineId' | 'deadlineAt'
> &
  FactTimes;

/** The measurement that the feature engine reads; `sql/read-surroundings.sql` and `sql/latest-fact-id.sql` name the same. */
export const ENGINE_MEASUREMENT = 'scheduler_heartbeat_age_seconds';

/** What the feature engine needs of such a measurement; of those of StatsD, one window a minute. */
export type PlatformFact = Pick<PlatformObservation, 'deployment' | 'value'> & {
  readonly name: typeof ENGINE_MEASUREMENT;
} & FactTimes;

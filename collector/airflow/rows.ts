/** What ORC reads of Airflow, the same whatever REST API tells it. `map.ts` turns these into observations. */
import type { UnixSeconds } from '../../core/facts.js';

export interface ApiDag {
  readonly dag_id: string;
  readonly is_paused: boolean;
  /** True when Airflow does not find the DAG any more. */
  readonly is_stale: boolean;
  readonly timetable_summary: string | null;
  readonly owners: readonly string[];
  readonly tags: readonly { readonly name: string }[];
  readonly next_dagrun_run_after: UnixSeconds | null;
  readonly fileloc: string | null;
}

export interface ApiTask {
  readonly task_id: string;
  readonly owner: string | null;
  readonly trigger_rule: string | null;
  readonly retries?: number | null | undefined;
  readonly queue: string | null;
  readonly pool: string | null;
  readonly pool_slots?: number | null | undefined;
  /** Seconds. */
  readonly execution_timeout: number | null;
  /** Seconds. */
  readonly retry_delay: number | null;
  readonly downstream_task_ids?: readonly string[] | null | undefined;
  readonly operator_name: string | null;
  readonly class_ref?: { readonly class_name: string | null } | null | undefined;
  readonly is_mapped?: boolean | null | undefined;
}

export interface ApiDagRun {
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly state: string;
  readonly run_type: string | null;
  readonly run_after: UnixSeconds | null;
  readonly logical_date: UnixSeconds | null;
  readonly queued_at: UnixSeconds | null;
  readonly start_date: UnixSeconds | null;
  readonly end_date: UnixSeconds | null;
}

/** A row of the list of task instances, or of the list of tries of one (which has no id). */
export interface ApiTaskInstance {
  /** Another one for each try and after each clearing; null in a list of tries. */
  readonly id?: string | null | undefined;
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly task_id: string;
  /** -1 when the task is not mapped. */
  readonly map_index: number;
  readonly try_number: number;
  readonly max_tries: number;
  readonly state: string | null;
  readonly scheduled_when: UnixSeconds | null;
  readonly queued_when: UnixSeconds | null;
  readonly start_date: UnixSeconds | null;
  readonly end_date: UnixSeconds | null;
  readonly operator: string | null;
  readonly pool: string | null;
  readonly queue: string | null;
  readonly hostname: string | null;
  readonly dag_version?: { readonly version_number: number } | null | undefined;
}

export interface ApiPool {
  readonly name: string;
  /** -1 for unlimited. */
  readonly slots: number;
  readonly occupied_slots: number;
  readonly running_slots: number;
  readonly queued_slots: number;
  readonly scheduled_slots: number;
  readonly deferred_slots?: number | null | undefined;
}

/** Tells that a DAG was parsed anew with a change. */
export interface ApiDagChange {
  /** Sorts by time. */
  readonly id: string;
  readonly dag_id: string;
}

/** Its id is a UUIDv7. */
export interface ApiDagVersion extends ApiDagChange {
  readonly version_number: number;
  readonly bundle_name: string | null;
  readonly bundle_version: string | null;
  readonly created_at: UnixSeconds;
}

/** Airflow 2 calls it a dataset; its name is its URI there. */
export interface ApiAsset {
  readonly uri: string;
  readonly name: string;
  readonly producing_tasks: readonly { readonly dag_id: string; readonly task_id: string }[];
  readonly scheduled_dags: readonly { readonly dag_id: string }[];
}

export interface ApiAssetEvent {
  readonly id: number;
  readonly uri: string;
  readonly name: string;
  readonly timestamp: UnixSeconds;
  /** Null when the event came from outside of Airflow. */
  readonly source_dag_id: string | null;
  readonly source_task_id: string | null;
  readonly source_run_id: string | null;
  readonly source_map_index: number | null;
}

/** A dependency that is not one through an asset. */
export interface ApiDagDependency {
  readonly from_dag_id: string;
  readonly to_dag_id: string;
  readonly kind: 'trigger' | 'sensor';
  readonly task_id: string;
}

export interface ApiImportError {
  readonly id: number;
  readonly filename: string;
  readonly bundle_name: string | null;
  readonly timestamp: UnixSeconds;
  /** What the stack trace ends with, a few lines; null when it is hidden from this user. */
  readonly message: string | null;
}

/** The deadline of one DAG run. Airflow deletes it when the run ends in time. */
export interface ApiDeadline {
  readonly id: string;
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly deadline_time: UnixSeconds;
  readonly missed: boolean;
  readonly created_at: UnixSeconds;
  /** Of the alert that it belongs to. */
  readonly alert_name: string | null;
}

/** When each component was last heard of; null for one that never ran, or that this Airflow does not have. */
export interface ApiHealth {
  readonly scheduler: UnixSeconds | null;
  readonly triggerer: UnixSeconds | null;
  readonly dag_processor: UnixSeconds | null;
}

/** A row of the event log (audit log). What it says beside these fields is dropped when an answer arrives. */
export interface ApiEventLog {
  readonly event_log_id: number;
  readonly when: UnixSeconds;
  readonly event: string;
  readonly dag_id: string | null;
  readonly task_id: string | null;
  readonly run_id: string | null;
  readonly map_index: number | null;
  readonly try_number: number | null;
  /** User name; of a task's own transition, the owner of the task. */
  readonly owner: string | null;
  readonly detail: EventDetail | null;
  /** True when a task wrote it about itself. */
  readonly is_transition: boolean;
}

/** What a request asked for: the harmless keys of a row's `extra`. */
export type EventDetail = Readonly<Record<string, unknown>>;

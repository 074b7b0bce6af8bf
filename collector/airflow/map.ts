/** Pure mapping of Airflow's answers to observations. */
import {
  FINAL_TRY_STATES,
  RUN_STATES,
  TRY_STATES,
  type DagObservation,
  type DagRunObservation,
  type PoolObservation,
  type RunState,
  type TaskObservation,
  type TryObservation,
  type TryState,
  type UnixSeconds,
} from '../../core/facts.js';
import type { ApiDag, ApiDagRun, ApiPool, ApiTask, ApiTaskInstance } from './rows.js';

const KNOWN_TRY_STATES: ReadonlySet<string> = new Set(TRY_STATES);
const KNOWN_RUN_STATES: ReadonlySet<string> = new Set(RUN_STATES);
const FINAL_RUN_STATES: ReadonlySet<string> = new Set<RunState>(['success', 'failed']);

export function mapDag(dag: ApiDag, deployment: string): DagObservation {
  return {
    deployment,
    dagId: dag.dag_id,
    isActive: !dag.is_stale,
    isPaused: dag.is_paused,
    schedule: dag.timetable_summary,
    // Airflow lists both in no fixed order; sorted, an unchanged DAG stays unchanged.
    owners: [...dag.owners].sort(),
    tags: dag.tags.map((tag) => tag.name).sort(),
    nextRunAfter: dag.next_dagrun_run_after,
    fileLocation: dag.fileloc,
  };
}

export function mapTask(task: ApiTask, dagId: string, deployment: string): TaskObservation {
  return {
    deployment,
    dagId,
    taskId: task.task_id,
    operator: task.class_ref?.class_name ?? task.operator_name,
    pool: task.pool,
    poolSlots: Math.trunc(task.pool_slots ?? 1),
    queue: task.queue,
    owner: task.owner,
    retries: Math.trunc(task.retries ?? 0),
    retryDelaySeconds: task.retry_delay,
    executionTimeoutSeconds: task.execution_timeout,
    triggerRule: task.trigger_rule,
    isMapped: task.is_mapped ?? false,
    downstreamTaskIds: [...(task.downstream_task_ids ?? [])].sort(),
    isActive: true,
  };
}

/** Null for a state that this version does not know. */
export function mapDagRun(run: ApiDagRun, deployment: string): DagRunObservation | null {
  if (!KNOWN_RUN_STATES.has(run.state)) return null;
  const state = run.state as RunState;
  return {
    deployment,
    dagId: run.dag_id,
    runId: run.dag_run_id,
    state,
    runType: run.run_type,
    runAfter: run.run_after,
    logicalDate: run.logical_date,
    queuedAt: run.queued_at,
    // A cleared run waits with the dates of its former life.
    startedAt: state === 'queued' ? null : run.start_date,
    endedAt: FINAL_RUN_STATES.has(state) ? run.end_date : null,
  };
}

/** What a row of task instances does not say itself. */
export interface TryContext {
  readonly deployment: string;
  readonly runType: string | null;
  readonly owner: string | null;
}

export type MappedTry =
  | { readonly observation: TryObservation }
  /** Why the row is no fact. */
  | { readonly skipped: 'not_scheduled' | 'no_attempt' | 'unknown_state' };

/**
 * One row of task instances, current or historical, as an observation of its try.
 *
 * Seen on Airflow 3.0.2, 3.2.1 and 3.3.2:
 * - `try_number` counts up when a try is scheduled: a task that waits in `up_for_retry` still shows the try that failed, and
 *   the history already holds that try as `failed`.
 * - A waiting row (state null, scheduled, queued) keeps the dates of the try before it, so dates count only from the state on
 *   that sets them.
 * - What Airflow decides without an attempt (skipped, upstream_failed, removed) has try number 0 and no queueing; an
 *   EmptyOperator succeeds as try 1 without one.
 * - Clearing a task that never ran leaves a historical "failed" try 0, and a person can mark such a task: no attempt, no fact.
 * - Resuming a deferred task sets a new queueing but keeps the start: such a queueing is later than the start and not the
 *   try's own.
 */
export function mapTry(row: ApiTaskInstance, context: TryContext): MappedTry {
  if (row.state === null) return { skipped: 'not_scheduled' };
  if (!KNOWN_TRY_STATES.has(row.state)) return { skipped: 'unknown_state' };
  const state = row.state as TryState;
  if (row.try_number < 1 && !DECIDED_STATES.has(state)) return { skipped: 'no_attempt' };
  const startedAt = isWaiting(state) ? null : row.start_date;
  const queuedAt = state === 'scheduled' ? null : notAfter(row.queued_when, startedAt);
  return {
    observation: {
      deployment: context.deployment,
      dagId: row.dag_id,
      runId: row.dag_run_id,
      taskId: row.task_id,
      mapIndex: row.map_index,
      tryNumber: row.try_number,
      state,
      runType: context.runType,
      scheduledAt: notAfter(row.scheduled_when, queuedAt ?? startedAt),
      queuedAt,
      startedAt,
      endedAt: FINAL_TRY_STATES.has(state) ? row.end_date : null,
      operator: row.operator,
      pool: row.pool,
      queue: row.queue,
      owner: context.owner,
      hostname: startedAt === null || row.hostname === '' ? null : row.hostname,
      extra: {
        max_tries: row.max_tries,
        ...(row.dag_version == null ? {} : { dag_version: row.dag_version.version_number }),
      },
    },
  };
}

/** States that Airflow sets without an attempt. */
const DECIDED_STATES: ReadonlySet<string> = new Set<TryState>(['skipped', 'upstream_failed', 'removed']);

function isWaiting(state: TryState): boolean {
  return state === 'scheduled' || state === 'queued';
}

function notAfter(time: UnixSeconds | null, limit: UnixSeconds | null): UnixSeconds | null {
  return time !== null && limit !== null && time > limit ? null : time;
}

/** When the newest thing that the observation tells happened; null when it has no time at all. */
export function tryEventTime(row: TryObservation): UnixSeconds | null {
  return row.endedAt ?? row.startedAt ?? row.queuedAt ?? row.scheduledAt;
}

/** As {@link tryEventTime}, for a DAG run. */
export function dagRunEventTime(row: DagRunObservation): UnixSeconds | null {
  return row.endedAt ?? row.startedAt ?? row.queuedAt ?? row.runAfter;
}

const RUN_ID_PREFIX =
  /^(scheduled|manual|backfill|dataset_triggered|asset_triggered|asset_materialization)__/;

/** The run type that Airflow's own naming of run ids tells, for runs that are not at hand. */
export function runTypeOfRunId(runId: string): string | null {
  return RUN_ID_PREFIX.exec(runId)?.[1] ?? null;
}

export function mapPool(pool: ApiPool, deployment: string): PoolObservation {
  return {
    deployment,
    pool: pool.name,
    slots: pool.slots,
    occupiedSlots: pool.occupied_slots,
    runningSlots: pool.running_slots,
    queuedSlots: pool.queued_slots,
    scheduledSlots: pool.scheduled_slots,
    deferredSlots: pool.deferred_slots ?? 0,
  };
}

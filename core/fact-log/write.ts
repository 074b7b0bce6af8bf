import type { Database, Queryable } from '../database/port.js';
import type {
  DagObservation,
  DagRunObservation,
  FailureReasonObservation,
  PlatformObservation,
  PoolObservation,
  TaskObservation,
} from '../facts.js';
import { appendBatches, type Observations } from './append-batches.js';
import { statement } from './sql.js';
import type { WriteOptions, WriteResult } from './write-tries.js';

export {
  writeTries,
  TryWriter,
  type EncodedTry,
  type WriteOptions,
  type WriteResult,
} from './write-tries.js';

const APPEND_DAG_RUNS = statement('append-dag-runs');
const APPEND_DAGS = statement('append-dags');
const APPEND_TASKS = statement('append-tasks');
const APPEND_POOLS = statement('append-pools');
const APPEND_FAILURE_REASONS = statement('append-failure-reasons');
const APPEND_PLATFORM = statement('append-platform');

/** Appends every observation that tells a state of its DAG run for the first time; conditions as for `writeTries`. */
export function writeDagRuns(
  connection: Queryable,
  observations: Observations<DagRunObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_DAG_RUNS, observations, options, (run) => ({
    deployment: run.deployment,
    dag_id: run.dagId,
    run_id: run.runId,
    state: run.state,
    run_type: run.runType,
    run_after: run.runAfter,
    logical_date: run.logicalDate,
    queued_at: run.queuedAt,
    started_at: run.startedAt,
    ended_at: run.endedAt,
  }));
}

/** Appends every DAG whose description differs from the latest one known; conditions as for `writeTries`. */
export function writeDags(
  connection: Queryable,
  observations: Observations<DagObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_DAGS, observations, options, (dag) => ({
    deployment: dag.deployment,
    dag_id: dag.dagId,
    is_active: dag.isActive,
    is_paused: dag.isPaused,
    schedule: dag.schedule,
    owners: dag.owners,
    tags: dag.tags,
    next_run_after: dag.nextRunAfter,
    file_location: dag.fileLocation,
  }));
}

/** Appends every task whose description differs from the latest one known; conditions as for `writeTries`. */
export function writeTasks(
  connection: Queryable,
  observations: Observations<TaskObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_TASKS, observations, options, (task) => ({
    deployment: task.deployment,
    dag_id: task.dagId,
    task_id: task.taskId,
    is_active: task.isActive,
    operator: task.operator,
    pool: task.pool,
    pool_slots: task.poolSlots,
    queue: task.queue,
    owner: task.owner,
    retries: task.retries,
    retry_delay_seconds: task.retryDelaySeconds,
    execution_timeout_seconds: task.executionTimeoutSeconds,
    trigger_rule: task.triggerRule,
    is_mapped: task.isMapped,
    downstream_task_ids: task.downstreamTaskIds,
  }));
}

/** Appends the slots of every pool that differ from the latest ones known; conditions as for `writeTries`. */
export function writePools(
  connection: Queryable,
  observations: Observations<PoolObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_POOLS, observations, options, (pool) => ({
    deployment: pool.deployment,
    pool: pool.pool,
    slots: pool.slots,
    occupied_slots: pool.occupiedSlots,
    running_slots: pool.runningSlots,
    queued_slots: pool.queuedSlots,
    scheduled_slots: pool.scheduledSlots,
    deferred_slots: pool.deferredSlots,
  }));
}

/** Appends the reason of every failed try that has none yet; conditions as for `writeTries`. */
export function writeFailureReasons(
  connection: Queryable,
  observations: Observations<FailureReasonObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_FAILURE_REASONS, observations, options, (reason) => ({
    deployment: reason.deployment,
    dag_id: reason.dagId,
    run_id: reason.runId,
    task_id: reason.taskId,
    map_index: reason.mapIndex,
    try_number: reason.tryNumber,
    pool: reason.pool,
    class: reason.failureClass,
    rule: reason.rule,
    template_id: reason.templateId,
    template: reason.template,
    evidence: reason.evidence,
    unread: reason.unread,
    ended_at: reason.endedAt,
  }));
}

/**
 * Appends measurements of the platform that are not in the log yet; conditions as for `writeTries`. The partitions of their days
 * must exist (`preparePlatformDays`).
 */
export function writePlatform(
  connection: Queryable,
  observations: Observations<PlatformObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(
    connection,
    APPEND_PLATFORM,
    observations,
    options,
    ({ deployment, eventTime, name, labels, value, maximum, sampleCount }) => ({
      deployment,
      event_time: eventTime,
      name,
      dag_id: labels.dagId,
      task_id: labels.taskId,
      pool: labels.pool,
      state: labels.state,
      queue: labels.queue,
      executor: labels.executor,
      host: labels.host,
      dag_file: labels.dagFile,
      value,
      maximum,
      sample_count: sampleCount,
    }),
  );
}

/**
 * Tells the planner what the log holds now. Call it after committing many facts (more than 10,000, say): statistics that
 * autovacuum takes while a long transaction writes see none of its rows.
 */
export async function refreshStatistics(database: Pick<Database, 'execute'>): Promise<void> {
  await database.execute('ANALYZE try_fact, dag_run_fact');
}

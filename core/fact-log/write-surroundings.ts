/** Appends what surrounds the runs. Conditions as for `writeTries`: inside a transaction, and writers take turns. */
import type { Queryable } from '../database/port.js';
import type {
  AssetEventObservation,
  AssetObservation,
  DagDependencyObservation,
  DagVersionObservation,
  DeadlineObservation,
  EventLogObservation,
  ImportErrorObservation,
} from '../surroundings.js';
import { appendBatches, type Observations } from './append-batches.js';
import { statement } from './sql.js';
import type { WriteOptions, WriteResult } from './write-tries.js';

const APPEND_DAG_VERSIONS = statement('append-dag-versions');
const APPEND_ASSETS = statement('append-assets');
const APPEND_ASSET_EVENTS = statement('append-asset-events');
const APPEND_DAG_DEPENDENCIES = statement('append-dag-dependencies');
const APPEND_IMPORT_ERRORS = statement('append-import-errors');
const APPEND_EVENT_LOG = statement('append-event-log');
const APPEND_DEADLINES = statement('append-deadlines');

/** Appends every DAG version that is new or was amended. */
export function writeDagVersions(
  connection: Queryable,
  observations: Observations<DagVersionObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_DAG_VERSIONS, observations, options, (version) => ({
    deployment: version.deployment,
    dag_id: version.dagId,
    version_number: version.versionNumber,
    bundle_name: version.bundleName,
    bundle_version: version.bundleVersion,
    created_at: version.createdAt,
  }));
}

/** Appends every asset whose description differs from the latest one known. */
export function writeAssets(
  connection: Queryable,
  observations: Observations<AssetObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_ASSETS, observations, options, (asset) => ({
    deployment: asset.deployment,
    uri: asset.uri,
    name: asset.name,
    is_active: asset.isActive,
    producing_tasks: asset.producingTasks.map(({ dagId, taskId }) => ({ dag_id: dagId, task_id: taskId })),
    consuming_dags: asset.consumingDags,
  }));
}

/** Appends every event of an asset that is not in the log yet. */
export function writeAssetEvents(
  connection: Queryable,
  observations: Observations<AssetEventObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_ASSET_EVENTS, observations, options, (event) => ({
    deployment: event.deployment,
    event_id: event.eventId,
    event_time: event.eventTime,
    uri: event.uri,
    name: event.name,
    dag_id: event.dagId,
    task_id: event.taskId,
    run_id: event.runId,
    map_index: event.mapIndex,
  }));
}

/** Appends every dependency that is new, came back or went. */
export function writeDagDependencies(
  connection: Queryable,
  observations: Observations<DagDependencyObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_DAG_DEPENDENCIES, observations, options, (dependency) => ({
    deployment: dependency.deployment,
    from_dag_id: dependency.fromDagId,
    to_dag_id: dependency.toDagId,
    kind: dependency.kind,
    via: dependency.via,
    is_active: dependency.isActive,
  }));
}

/** Appends every import error that is new, changed its message or was resolved. */
export function writeImportErrors(
  connection: Queryable,
  observations: Observations<ImportErrorObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_IMPORT_ERRORS, observations, options, (error) => ({
    deployment: error.deployment,
    file: error.file,
    bundle_name: error.bundleName,
    message: error.message,
    is_resolved: error.isResolved,
    event_time: error.eventTime,
  }));
}

/** Appends every row of the event log that is not in the log yet. */
export function writeEventLog(
  connection: Queryable,
  observations: Observations<EventLogObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_EVENT_LOG, observations, options, (row) => ({
    deployment: row.deployment,
    event_id: row.eventId,
    event_time: row.eventTime,
    event: row.event,
    action: row.action,
    dag_id: row.dagId,
    task_id: row.taskId,
    run_id: row.runId,
    map_index: row.mapIndex,
    try_number: row.tryNumber,
    owner: row.owner,
    detail: row.detail,
  }));
}

/** Appends every deadline that is not in the log yet: one row when it is set, one when it is missed. */
export function writeDeadlines(
  connection: Queryable,
  observations: Observations<DeadlineObservation>,
  options: WriteOptions,
): Promise<WriteResult> {
  return appendBatches(connection, APPEND_DEADLINES, observations, options, (deadline) => ({
    deployment: deadline.deployment,
    dag_id: deadline.dagId,
    run_id: deadline.runId,
    deadline_id: deadline.deadlineId,
    name: deadline.name,
    deadline_at: deadline.deadlineAt,
    is_missed: deadline.isMissed,
    event_time: deadline.eventTime,
  }));
}

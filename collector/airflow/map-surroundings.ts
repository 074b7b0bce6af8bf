/** Pure mapping of Airflow's answers about what surrounds the runs to observations. */
import { NO_PLATFORM_LABELS, type PlatformObservation, type UnixSeconds } from '../../core/facts.js';
import type {
  AssetEventObservation,
  AssetObservation,
  DagDependencyObservation,
  DagVersionObservation,
  DeadlineObservation,
  EventLogObservation,
  ImportErrorObservation,
} from '../../core/surroundings.js';
import { actionOf } from './event-log/action.js';
import type {
  ApiAsset,
  ApiAssetEvent,
  ApiDagDependency,
  ApiDagVersion,
  ApiDeadline,
  ApiEventLog,
  ApiHealth,
  ApiImportError,
} from './rows.js';

export function mapDagVersion(version: ApiDagVersion, deployment: string): DagVersionObservation {
  return {
    deployment,
    dagId: version.dag_id,
    versionNumber: version.version_number,
    bundleName: version.bundle_name,
    bundleVersion: version.bundle_version,
    createdAt: version.created_at,
  };
}

export function mapAsset(asset: ApiAsset, deployment: string): AssetObservation {
  const producingTasks = asset.producing_tasks
    .map((task) => ({ dagId: task.dag_id, taskId: task.task_id }))
    // Airflow lists both in no fixed order; sorted, an unchanged asset stays unchanged.
    .sort((a, b) => compare(a.dagId, b.dagId) || compare(a.taskId, b.taskId));
  const consumingDags = [...new Set(asset.scheduled_dags.map((dag) => dag.dag_id))].sort(compare);
  // Airflow 2 also lists datasets that no DAG speaks of any more.
  const isActive = producingTasks.length + consumingDags.length > 0;
  return { deployment, uri: asset.uri, name: asset.name, isActive, producingTasks, consumingDags };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Each DAG that writes an asset leads to each DAG that it schedules. */
export function dependenciesOfAssets(assets: readonly AssetObservation[]): DagDependencyObservation[] {
  return assets.flatMap(({ deployment, uri, producingTasks, consumingDags }) => {
    const producers = [...new Set(producingTasks.map((task) => task.dagId))];
    return producers.flatMap((fromDagId) =>
      consumingDags.map((toDagId) => ({
        deployment,
        fromDagId,
        toDagId,
        kind: 'asset' as const,
        via: uri,
        isActive: true,
      })),
    );
  });
}

export function mapDagDependency(row: ApiDagDependency, deployment: string): DagDependencyObservation {
  return {
    deployment,
    fromDagId: row.from_dag_id,
    toDagId: row.to_dag_id,
    kind: row.kind,
    via: row.task_id,
    isActive: true,
  };
}

export function mapAssetEvent(event: ApiAssetEvent, deployment: string): AssetEventObservation {
  return {
    deployment,
    eventId: event.id,
    eventTime: event.timestamp,
    uri: event.uri,
    name: event.name,
    dagId: event.source_dag_id,
    taskId: event.source_task_id,
    runId: event.source_run_id,
    mapIndex: event.source_map_index,
  };
}

export function mapImportError(error: ApiImportError, deployment: string): ImportErrorObservation {
  return {
    deployment,
    file: error.filename,
    bundleName: error.bundle_name,
    eventTime: error.timestamp,
    message: error.message,
    isResolved: false,
  };
}

/** Null for what no person did. @param actingUser the user as whom ORC acts, who is no person */
export function mapEventLog(
  row: ApiEventLog,
  deployment: string,
  actingUser: string | null,
): EventLogObservation | null {
  const action = actionOf(row.event, row.is_transition);
  if (action === null || (!row.is_transition && row.owner !== null && row.owner === actingUser)) return null;
  return {
    deployment,
    eventId: row.event_log_id,
    eventTime: row.when,
    event: row.event,
    action,
    dagId: row.dag_id,
    taskId: row.task_id,
    runId: row.run_id ?? runIdOf(row),
    mapIndex: row.map_index,
    tryNumber: row.try_number,
    owner: row.owner,
    detail: row.detail,
  };
}

/** One that is pending tells that it was set; one that was missed tells both, each at its time. */
export function mapDeadline(row: ApiDeadline, deployment: string): DeadlineObservation[] {
  const set = {
    deployment,
    dagId: row.dag_id,
    runId: row.dag_run_id,
    deadlineId: row.id,
    name: row.alert_name,
    deadlineAt: row.deadline_time,
    isMissed: false,
    eventTime: row.created_at,
  };
  // A deadline may lie before the moment when it was set: then it was missed from the first.
  const missed = { ...set, isMissed: true, eventTime: Math.max(row.created_at, row.deadline_time) };
  return row.missed ? [set, missed] : [set];
}

/** Clearing by the API names the run in the body of the request only. */
function runIdOf({ detail }: ApiEventLog): string | null {
  const runId = detail?.['dag_run_id'];
  return typeof runId === 'string' ? runId : null;
}

/**
 * Age of the last heartbeat of each component, under the names that StatsD's have (docs/statsd.md): absent for one that never ran.
 * @param now on Airflow's clock
 * @param eventTime the same moment on ours
 */
export function mapHealth(
  health: ApiHealth,
  deployment: string,
  now: UnixSeconds,
  eventTime: UnixSeconds,
): PlatformObservation[] {
  return (['scheduler', 'dag_processor', 'triggerer'] as const).flatMap((component) => {
    const heartbeat = health[component];
    if (heartbeat === null) return [];
    const name = `${component}_heartbeat_age_seconds`;
    return [measurement(deployment, eventTime, name, Math.max(0, now - heartbeat))];
  });
}

/** How many DAG files cannot be imported, under the name that StatsD's measurement has. */
export function mapImportErrorCount(
  count: number,
  deployment: string,
  eventTime: UnixSeconds,
): PlatformObservation {
  return measurement(deployment, eventTime, 'dag_processing_import_errors', count);
}

function measurement(
  deployment: string,
  eventTime: UnixSeconds,
  name: string,
  value: number,
): PlatformObservation {
  return { deployment, eventTime, name, labels: NO_PLATFORM_LABELS, value, maximum: value, sampleCount: 1 };
}

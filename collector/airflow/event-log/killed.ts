import type { TryObservation } from '../../../core/facts.js';
import type { EventLogObservation } from '../../../core/surroundings.js';

/**
 * A person's request ends a running try at once: within 50 ms on Airflow 2.11, 3.2.1 and 3.3.2. The log proves an attempt, not its
 * success, so a try that went on for longer than this was not ended by it.
 */
const ENDS_WITHIN_SECONDS = 10;
/** Starts are written by the worker's clock, requests by that of the API server. */
const CLOCKS_SECONDS = 1;

type Try = Pick<
  TryObservation,
  'deployment' | 'dagId' | 'runId' | 'taskId' | 'mapIndex' | 'startedAt' | 'endedAt'
>;

/**
 * Those of these tries that were killed: a person cleared or marked them, or their whole run, while they ran. Requests that name no run
 * (clearing a stretch of dates) decide nothing.
 */
export function killedTries<T extends Try>(tries: readonly T[], events: readonly EventLogObservation[]): T[] {
  const byRun = new Map<string, EventLogObservation[]>();
  for (const event of events) {
    if (event.dagId === null || event.runId === null || !endsTasks(event)) continue;
    const key = JSON.stringify([event.deployment, event.dagId, event.runId]);
    byRun.set(key, [...(byRun.get(key) ?? []), event]);
  }
  return tries.filter((row) => {
    const ofRun = byRun.get(JSON.stringify([row.deployment, row.dagId, row.runId])) ?? [];
    return ofRun.some((event) => concerns(event, row) && endedBy(event, row));
  });
}

/** Whether such a request, when it succeeds, ends tasks that run. */
function endsTasks({ action, event, detail }: EventLogObservation): boolean {
  if (detail?.['dry_run'] === true || detail?.['confirmed'] === 'false') return false;
  if (action === 'clear') return !isTrue(detail?.['only_failed']);
  // A run that is marked as queued keeps its tasks.
  return action === 'mark' && detail?.['state'] !== 'queued' && !event.endsWith('_queued');
}

function concerns(event: EventLogObservation, row: Try): boolean {
  const { taskId, mapIndex, detail } = event;
  const named = detail?.['task_ids'];
  const reachesOthers = ['include_downstream', 'include_upstream', 'downstream', 'upstream', 'recursive'];
  if (reachesOthers.some((key) => isTrue(detail?.[key]))) return true;
  if (taskId !== null) {
    const index = mapIndex ?? detail?.['map_index'] ?? null;
    return taskId === row.taskId && (index === null || Number(index) === row.mapIndex);
  }
  return Array.isArray(named) ? named.some((name) => isNamed(name, row)) : true;
}

/** A task by its id, or one of its mapped instances by a pair. */
function isNamed(name: unknown, row: Try): boolean {
  if (!Array.isArray(name)) return name === row.taskId;
  return name[0] === row.taskId && (name[1] === undefined || Number(name[1]) === row.mapIndex);
}

function endedBy({ eventTime }: EventLogObservation, { startedAt, endedAt }: Try): boolean {
  if (startedAt === null || endedAt === null) return false;
  return (
    eventTime >= startedAt - CLOCKS_SECONDS &&
    endedAt >= eventTime - CLOCKS_SECONDS &&
    endedAt <= eventTime + ENDS_WITHIN_SECONDS
  );
}

/** JSON bodies hold booleans, forms of web pages words. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

import type { PersonAction } from '../../../core/surroundings.js';

/** What tasks, executors and the scheduler write about task instances: more than all else together, and known from the tries. */
export const TRANSITION_EVENTS = [
  'running',
  'success',
  'failed',
  'up_for_retry',
  'up_for_reschedule',
  'deferred',
  'skipped',
  'upstream_failed',
  'removed',
  'restarting',
  'scheduled',
  'queued',
] as const;

/** The command by which an executor starts a task: no person types it. */
export const EXECUTOR_EVENTS = ['cli_task_run', 'cli_run'] as const;

const TRANSITIONS: ReadonlySet<string> = new Set(TRANSITION_EVENTS);
const EXECUTOR: ReadonlySet<string> = new Set(EXECUTOR_EVENTS);

/**
 * The first pattern that fits decides. Names are those of the functions behind the requests: of Airflow 3 (`patch_dag_run`), of the API of
 * Airflow 2 (with `api.` or `ui.` before them) and of its web pages (`dagrun_failed`).
 */
const ACTIONS: readonly (readonly [RegExp, PersonAction])[] = [
  [/^cli_/, 'command_line'],
  [/(?:^|_)clear(?:_|$)/, 'clear'],
  [/variable/, 'variable'],
  [/connection/, 'connection'],
  [/pool/, 'pool'],
  [/backfill/, 'backfill'],
  [/^(?:trigger|trigger_dag_run|post_dag_run|materialize_asset)$/, 'trigger'],
  [/asset|dataset/, 'asset'],
  [/^(?:patch_dags?|paused)$/, 'pause'],
  [/^patch_(?:mapped_)?task_instance$|^patch_(?:dag_run|task_group_instances)$/, 'mark'],
  [/^(?:post_)?set_task_instances?_state$|^update_dag_run_state$|^bulk_(?:task_instances|dag_runs)$/, 'mark'],
  [/^action_set_|^dagrun_(?:failed|success|queued)$|^(?:failed|success)$/, 'mark'],
  [/^delete|^action_muldelete$/, 'delete'],
  [/^reparse/, 'reparse'],
  [/^(?:post|patch|set|update|create|bulk)_/, 'other'],
];

/**
 * What a person did, by the name of the event; null for what Airflow does by itself and for pages that were only looked at.
 * @param isTransition a task wrote it about itself: Airflow 2 calls the marks on its web pages by the same names, `success` and `failed`
 */
export function actionOf(event: string, isTransition: boolean): PersonAction | null {
  if (isTransition || EXECUTOR.has(event)) return null;
  const name = event.replace(/^(?:api|ui)\./, '').toLowerCase();
  if (TRANSITIONS.has(name) && name !== 'success' && name !== 'failed') return null;
  return ACTIONS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

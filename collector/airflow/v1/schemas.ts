import { z } from 'zod';
import { instant, maybeInstant, maybeText, pageOf } from '../fields.js';
import type { ApiAsset, ApiAssetEvent, ApiDag, ApiDagRun, ApiTaskInstance } from '../rows.js';
import { sourceOfEvent } from '../surrounding-fields.js';
import { scheduleInterval } from './schedule-interval.js';
import { attemptNumber } from './try-number.js';

/**
 * The fields that ORC reads from REST API v1 of Airflow 2.9 to 2.11, told in the words of v2. Everything else (rendered fields, conf,
 * executor_config: large, and home of secrets) is dropped when an answer arrives.
 */

const apiDag = z
  .object({
    dag_id: z.string(),
    is_paused: z.boolean().nullish(),
    is_active: z.boolean().nullish(),
    schedule_interval: scheduleInterval,
    owners: z.array(z.string()),
    tags: z.array(z.object({ name: z.string() })).nullish(),
    next_dagrun_create_after: maybeInstant,
    fileloc: maybeText,
  })
  .transform((dag): ApiDag => ({
    dag_id: dag.dag_id,
    is_paused: dag.is_paused ?? false,
    is_stale: dag.is_active !== true,
    timetable_summary: dag.schedule_interval,
    // Airflow 2 keeps them in one text, `a, b`, and splits it at the commas.
    owners: dag.owners.map((owner) => owner.trim()),
    tags: dag.tags ?? [],
    next_dagrun_run_after: dag.next_dagrun_create_after,
    fileloc: dag.fileloc,
  }));

/** Runs of these types wait for the end of their data interval; the others are due when they are made. */
const INTERVAL_RUN_TYPES: ReadonlySet<string | null> = new Set(['scheduled', 'backfill']);

const apiDagRun = z
  .object({
    dag_id: z.string(),
    dag_run_id: z.string(),
    state: z.string(),
    run_type: maybeText,
    logical_date: instant,
    data_interval_end: maybeInstant,
    start_date: maybeInstant,
    end_date: maybeInstant,
  })
  .transform(({ data_interval_end, ...run }): ApiDagRun => {
    const intervalEnd = INTERVAL_RUN_TYPES.has(run.run_type) ? data_interval_end : null;
    // v1 does not tell when a run was queued.
    return { ...run, run_after: intervalEnd ?? run.logical_date, queued_at: null };
  });

const taskInstance = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  task_id: z.string(),
  map_index: z.int(),
  try_number: z.int(),
  max_tries: z.int(),
  state: maybeText,
  queued_when: maybeInstant,
  start_date: maybeInstant,
  end_date: maybeInstant,
  operator: maybeText,
  pool: maybeText,
  queue: maybeText,
  hostname: maybeText,
});

/** Rows of task instances, as the release with this minor number counts tries. */
export function taskInstancePageOf(minor: number) {
  const row = taskInstance.transform((raw): ApiTaskInstance => {
    const told = {
      ...raw,
      try_number: attemptNumber(raw.try_number, raw.state, minor),
      scheduled_when: null,
    };
    return { ...told, id: versionKey(told) };
  });
  return pageOf('task_instances', row);
}

/** Earlier tries have no version of their own. */
export const triesPage = pageOf(
  'task_instances',
  taskInstance.transform((row): ApiTaskInstance => ({ ...row, scheduled_when: null, id: null })),
);

/** Airflow 2 has no id that changes with each try and clearing: a retry raises `try_number`, a clearing `max_tries`. */
function versionKey(row: Omit<ApiTaskInstance, 'id'>): string {
  const { dag_id, dag_run_id, task_id, map_index, try_number, max_tries } = row;
  return JSON.stringify([dag_id, dag_run_id, task_id, map_index, try_number, max_tries]);
}

export const dagPage = pageOf('dags', apiDag);
export const dagRunPage = pageOf('dag_runs', apiDagRun);
/** Only the logical dates of DAG runs. */
export const logicalDatePage = pageOf('dag_runs', z.object({ logical_date: instant }));
export const datasetPage = pageOf(
  'datasets',
  z
    .object({
      uri: z.string(),
      producing_tasks: z.array(z.object({ dag_id: z.string(), task_id: z.string() })),
      consuming_dags: z.array(z.object({ dag_id: z.string() })),
    })
    .transform(({ consuming_dags, ...dataset }): ApiAsset => ({
      ...dataset,
      name: dataset.uri,
      scheduled_dags: consuming_dags,
    })),
);
export const datasetEventPage = pageOf(
  'dataset_events',
  z
    .object({ id: z.int(), dataset_uri: z.string(), ...sourceOfEvent })
    .transform(({ dataset_uri, ...event }): ApiAssetEvent => ({
      ...event,
      uri: dataset_uri,
      name: dataset_uri,
    })),
);

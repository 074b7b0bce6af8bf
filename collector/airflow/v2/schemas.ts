import { z } from 'zod';
import { instant, maybeInstant, maybeText, pageOf } from '../fields.js';
import { sourceOfEvent } from '../surrounding-fields.js';

/**
 * The fields that ORC reads from REST API v2 of Airflow 3.0 to 3.3. Everything else (rendered fields, conf, executor_config:
 * large, and home of secrets) is dropped when an answer arrives.
 */

const apiDag = z.object({
  dag_id: z.string(),
  is_paused: z.boolean(),
  is_stale: z.boolean(),
  timetable_summary: maybeText,
  owners: z.array(z.string()),
  tags: z.array(z.object({ name: z.string() })),
  next_dagrun_run_after: maybeInstant,
  fileloc: maybeText,
});

const apiDagRun = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  state: z.string(),
  run_type: maybeText,
  run_after: maybeInstant,
  logical_date: maybeInstant,
  queued_at: maybeInstant,
  start_date: maybeInstant,
  end_date: maybeInstant,
});

/** A row of the list of task instances, or of `/tries` (which has no id). */
export const apiTaskInstance = z.object({
  /** A new UUIDv7 for each try and after each clearing. */
  id: z.string().nullish(),
  dag_id: z.string(),
  dag_run_id: z.string(),
  task_id: z.string(),
  map_index: z.int(),
  try_number: z.int(),
  max_tries: z.int(),
  state: maybeText,
  scheduled_when: maybeInstant,
  queued_when: maybeInstant,
  start_date: maybeInstant,
  end_date: maybeInstant,
  operator: maybeText,
  pool: maybeText,
  queue: maybeText,
  hostname: maybeText,
  dag_version: z.object({ version_number: z.int() }).nullish(),
});

export const dagPage = pageOf('dags', apiDag);
export const dagRunPage = pageOf('dag_runs', apiDagRun);
export const taskInstancePage = pageOf('task_instances', apiTaskInstance);
/** Only the due times of DAG runs. */
export const dagRunDuePage = pageOf('dag_runs', z.object({ run_after: instant }));
export const dagVersionPage = pageOf(
  'dag_versions',
  z.object({
    id: z.string(),
    dag_id: z.string(),
    version_number: z.int(),
    bundle_name: maybeText,
    bundle_version: maybeText,
    created_at: instant,
  }),
);
const dagIds = z.array(z.object({ dag_id: z.string() }));

const asset = z.object({
  uri: z.string(),
  name: z.string(),
  producing_tasks: z.array(z.object({ dag_id: z.string(), task_id: z.string() })),
});

export const assetPage = pageOf(
  'assets',
  z.union([
    asset.extend({ scheduled_dags: dagIds }),
    // What Airflow 3.0 calls them.
    asset
      .extend({ consuming_dags: dagIds })
      .transform(({ consuming_dags, ...rest }) => ({ ...rest, scheduled_dags: consuming_dags })),
  ]),
);
export const assetEventPage = pageOf(
  'asset_events',
  z.object({ id: z.int(), uri: z.string(), name: z.string(), ...sourceOfEvent }),
);
export const deadlinePage = pageOf(
  'deadlines',
  z.object({
    id: z.string(),
    dag_id: z.string(),
    dag_run_id: z.string(),
    deadline_time: instant,
    missed: z.boolean(),
    created_at: instant,
    alert_name: maybeText,
  }),
);

/** Each table of Airflow, and the facts about it, as rows of a key and what is to be equal. */

const TRY_KEY = `
  json_build_array(dag_id, run_id, task_id, map_index, try_number)::text AS key,
  json_build_array(dag_id, run_id, task_id, map_index)::text AS instance, try_number`;

/** Try rows as both databases can tell them: dates count only from the state on that sets them (a waiting row keeps old ones). */
const TRY_VALUES = `
  state,
  CASE WHEN state NOT IN ('scheduled', 'queued') THEN (extract(epoch FROM started) * 1000000)::bigint::text END AS started,
  CASE WHEN state IN ('success', 'failed', 'up_for_retry', 'skipped', 'upstream_failed', 'removed')
    THEN (extract(epoch FROM ended) * 1000000)::bigint::text END AS ended`;

/**
 * Airflow 2 copies a task that is cleared while it runs to the history at once, as failed, and lets the same try end later: where both
 * tables have a try in one state, the end of the task counts.
 */
const WITHOUT_COPIES = `
  WHERE NOT EXISTS (
    SELECT FROM task_instance t
    WHERE (t.dag_id, t.run_id, t.task_id, t.map_index, t.try_number, t.state)
      = (h.dag_id, h.run_id, h.task_id, h.map_index, h.try_number, h.state))`;

const HISTORY = `
  UNION ALL
  SELECT dag_id, run_id, task_id, map_index, try_number, state, start_date, end_date, false
  FROM task_instance_history h`;

/** Airflow 2.9, which has no history, counts a try when it starts. */
const COUNTED_AT_START = `WHEN state IN ('scheduled', 'queued', 'deferred', 'up_for_reschedule') THEN try_number + 1`;

/**
 * Every row of task_instance and task_instance_history that is a try, or was decided without one. Airflow 2.9 counts an EmptyOperator from 0;
 * a later one that has taken over such a row cannot be told from one in which a person marked a task that never ran. A row without a
 * state tells no more than that the earlier tries are over: the scheduler has reset what nobody ran.
 */
export const airflowTries = ({ keepsHistory, wasAirflow2 }: Metadata): string => `
  SELECT DISTINCT ${TRY_KEY}, ${TRY_VALUES}, is_ambiguous
  FROM (
    SELECT dag_id, run_id, task_id, map_index,
      CASE ${keepsHistory ? '' : COUNTED_AT_START} WHEN state = 'success' THEN greatest(try_number, 1) ELSE try_number END AS try_number,
      state, start_date AS started, end_date AS ended,
      state IS NULL ${keepsHistory ? "OR state = 'success' AND try_number < 1" : ''} AS is_ambiguous
    FROM task_instance
    ${keepsHistory ? HISTORY : ''} ${keepsHistory && wasAirflow2 ? WITHOUT_COPIES : ''}
  ) AS every_try
  WHERE ${keepsHistory ? '' : 'state IS NOT NULL AND'} (try_number >= 1 OR state IN ('skipped', 'upstream_failed', 'removed'))`;

export const ORC_TRIES = `
  SELECT ${TRY_KEY}, fact_id, ${TRY_VALUES}
  FROM (SELECT *, started_at AS started, ended_at AS ended FROM try_fact WHERE deployment = $1) AS f
  ORDER BY fact_id`;

const RUN_VALUES = `
  state,
  CASE WHEN state <> 'queued' THEN (extract(epoch FROM started) * 1000000)::bigint::text END AS started,
  CASE WHEN state IN ('success', 'failed') THEN (extract(epoch FROM ended) * 1000000)::bigint::text END AS ended`;

/** A cleared run has the dates of its last life, and the log those of its first in that state: only the state is compared. */
export const AIRFLOW_RUNS = `
  SELECT json_build_array(dag_id, run_id)::text AS key, clear_number > 0 AS is_cleared, ${RUN_VALUES}
  FROM (SELECT *, start_date AS started, end_date AS ended FROM dag_run) AS r`;

export const ORC_RUNS = `
  SELECT json_build_array(dag_id, run_id)::text AS key, fact_id, ${RUN_VALUES}
  FROM (SELECT *, started_at AS started, ended_at AS ended FROM dag_run_fact WHERE deployment = $1) AS f
  ORDER BY fact_id`;

export const airflowDags = (isAirflow2: boolean): string => `
  SELECT json_build_array(dag_id)::text AS key,
    json_build_array(${isAirflow2 ? 'is_active' : 'NOT is_stale'}, is_paused)::text AS state
  FROM dag`;
export const ORC_DAGS = `
  SELECT json_build_array(dag_id)::text AS key, json_build_array(is_active, is_paused)::text AS state
  FROM dag_fact WHERE deployment = $1 ORDER BY fact_id`;

export const AIRFLOW_POOLS = `SELECT pool AS key, slots::text AS state FROM slot_pool`;
export const ORC_POOLS = `SELECT pool AS key, slots::text AS state FROM pool_fact WHERE deployment = $1 ORDER BY fact_id`;

/** Airflow 3 keeps assets that no DAG speaks of any more apart. */
export const airflowAssets = (isAirflow2: boolean): string =>
  isAirflow2
    ? `SELECT uri AS key, 'true' AS state FROM dataset`
    : `SELECT json_build_array(name, uri)::text AS key, 'true' AS state FROM asset JOIN asset_active USING (name, uri)`;
export const orcAssets = (isAirflow2: boolean): string => `
  SELECT ${isAirflow2 ? 'uri' : 'json_build_array(name, uri)::text'} AS key, is_active::text AS state
  FROM asset_fact WHERE deployment = $1 ORDER BY fact_id`;

const ASSET_EVENT_VALUES = `
  json_build_array(dag_id, task_id, run_id, map_index, (extract(epoch FROM happened) * 1000000)::bigint)::text AS state`;
export const airflowAssetEvents = (isAirflow2: boolean): string => `
  SELECT id::text AS key, ${ASSET_EVENT_VALUES}
  FROM (
    SELECT id, source_dag_id AS dag_id, source_task_id AS task_id, source_run_id AS run_id, source_map_index AS map_index,
      timestamp AS happened
    FROM ${isAirflow2 ? 'dataset_event' : 'asset_event'}
  ) AS e`;
export const ORC_ASSET_EVENTS = `
  SELECT event_id::text AS key, ${ASSET_EVENT_VALUES}
  FROM (SELECT *, event_time AS happened FROM asset_event_fact WHERE deployment = $1) AS f`;

export const AIRFLOW_IMPORT_ERRORS = `SELECT filename AS key, 'false' AS state FROM import_error`;
export const ORC_IMPORT_ERRORS = `
  SELECT file AS key, is_resolved::text AS state FROM import_error_fact WHERE deployment = $1 ORDER BY fact_id`;

/** Rows of requests and commands; what concerns a task instance by itself has its number of the try. */
export const AIRFLOW_LOG = `
  SELECT id::text AS key, json_build_array(event, dag_id, task_id, owner, (extract(epoch FROM dttm) * 1000000)::bigint)::text AS state
  FROM log WHERE try_number IS NULL AND event !~ ' ' AND event <> 'cli_task_run'`;
export const ORC_LOG = `
  SELECT event_id::text AS key,
    json_build_array(event, dag_id, task_id, owner, (extract(epoch FROM event_time) * 1000000)::bigint)::text AS state
  FROM event_log_fact WHERE deployment = $1`;

export const AIRFLOW_DAG_VERSIONS = `
  SELECT json_build_array(dag_id, version_number)::text AS key, (extract(epoch FROM created_at) * 1000000)::bigint::text AS state
  FROM dag_version`;
export const ORC_DAG_VERSIONS = `
  SELECT json_build_array(dag_id, version_number)::text AS key, (extract(epoch FROM created_at) * 1000000)::bigint::text AS state
  FROM dag_version_fact WHERE deployment = $1 ORDER BY fact_id`;

/** What a metadata database is like. */
interface Metadata {
  /** False in Airflow 2.9. */
  readonly keepsHistory: boolean;
  readonly wasAirflow2: boolean;
}

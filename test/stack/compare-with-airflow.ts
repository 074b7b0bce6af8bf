import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';

/** How one table of Airflow compares with the facts about it. */
export interface Comparison {
  readonly table: string;
  /** Rows in Airflow. */
  readonly airflow: number;
  /** Rows whose key, state, start and end (to the microsecond) the fact log has. */
  readonly equal: number;
  /** Rows of Airflow that the log does not have, as `key: values`. */
  readonly missing: readonly string[];
  /** Keys whose latest fact is in no row of Airflow. */
  readonly unexpected: readonly string[];
  /** Keys that Airflow had once and has no more. */
  readonly forgotten: readonly string[];
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

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
 * a later one that has taken over such a row cannot be told from one in which a person marked a task that never ran.
 */
const airflowTries = ({ keepsHistory, wasAirflow2 }: Metadata): string => `
  SELECT DISTINCT ${TRY_KEY}, ${TRY_VALUES}, is_ambiguous
  FROM (
    SELECT dag_id, run_id, task_id, map_index,
      CASE ${keepsHistory ? '' : COUNTED_AT_START} WHEN state = 'success' THEN greatest(try_number, 1) ELSE try_number END AS try_number,
      state, start_date AS started, end_date AS ended, ${keepsHistory ? "state = 'success' AND try_number < 1" : 'false'} AS is_ambiguous
    FROM task_instance
    ${keepsHistory ? HISTORY : ''} ${keepsHistory && wasAirflow2 ? WITHOUT_COPIES : ''}
  ) AS every_try
  WHERE state IS NOT NULL AND (try_number >= 1 OR state IN ('skipped', 'upstream_failed', 'removed'))`;

const ORC_TRIES = `
  SELECT ${TRY_KEY}, fact_id, ${TRY_VALUES}
  FROM (SELECT *, started_at AS started, ended_at AS ended FROM try_fact WHERE deployment = $1) AS f
  ORDER BY fact_id`;

const RUN_VALUES = `
  state,
  CASE WHEN state <> 'queued' THEN (extract(epoch FROM started) * 1000000)::bigint::text END AS started,
  CASE WHEN state IN ('success', 'failed') THEN (extract(epoch FROM ended) * 1000000)::bigint::text END AS ended`;

/** A cleared run has the dates of its last life, and the log those of its first in that state: only the state is compared. */
const AIRFLOW_RUNS = `
  SELECT json_build_array(dag_id, run_id)::text AS key, clear_number > 0 AS is_cleared, ${RUN_VALUES}
  FROM (SELECT *, start_date AS started, end_date AS ended FROM dag_run) AS r`;

const ORC_RUNS = `
  SELECT json_build_array(dag_id, run_id)::text AS key, fact_id, ${RUN_VALUES}
  FROM (SELECT *, started_at AS started, ended_at AS ended FROM dag_run_fact WHERE deployment = $1) AS f
  ORDER BY fact_id`;

const airflowDags = (isAirflow2: boolean): string => `
  SELECT json_build_array(dag_id)::text AS key,
    json_build_array(${isAirflow2 ? 'is_active' : 'NOT is_stale'}, is_paused)::text AS state
  FROM dag`;
const ORC_DAGS = `
  SELECT json_build_array(dag_id)::text AS key, json_build_array(is_active, is_paused)::text AS state
  FROM dag_fact WHERE deployment = $1 ORDER BY fact_id`;

const AIRFLOW_POOLS = `SELECT pool AS key, slots::text AS state FROM slot_pool`;
const ORC_POOLS = `SELECT pool AS key, slots::text AS state FROM pool_fact WHERE deployment = $1 ORDER BY fact_id`;

/** Airflow 3 keeps assets that no DAG speaks of any more apart. */
const airflowAssets = (isAirflow2: boolean): string =>
  isAirflow2
    ? `SELECT uri AS key, 'true' AS state FROM dataset`
    : `SELECT json_build_array(name, uri)::text AS key, 'true' AS state FROM asset JOIN asset_active USING (name, uri)`;
const orcAssets = (isAirflow2: boolean): string => `
  SELECT ${isAirflow2 ? 'uri' : 'json_build_array(name, uri)::text'} AS key, is_active::text AS state
  FROM asset_fact WHERE deployment = $1 ORDER BY fact_id`;

const ASSET_EVENT_VALUES = `
  json_build_array(dag_id, task_id, run_id, map_index, (extract(epoch FROM happened) * 1000000)::bigint)::text AS state`;
const airflowAssetEvents = (isAirflow2: boolean): string => `
  SELECT id::text AS key, ${ASSET_EVENT_VALUES}
  FROM (
    SELECT id, source_dag_id AS dag_id, source_task_id AS task_id, source_run_id AS run_id, source_map_index AS map_index,
      timestamp AS happened
    FROM ${isAirflow2 ? 'dataset_event' : 'asset_event'}
  ) AS e`;
const ORC_ASSET_EVENTS = `
  SELECT event_id::text AS key, ${ASSET_EVENT_VALUES}
  FROM (SELECT *, event_time AS happened FROM asset_event_fact WHERE deployment = $1) AS f`;

const AIRFLOW_IMPORT_ERRORS = `SELECT filename AS key, 'false' AS state FROM import_error`;
const ORC_IMPORT_ERRORS = `
  SELECT file AS key, is_resolved::text AS state FROM import_error_fact WHERE deployment = $1 ORDER BY fact_id`;

/** Rows of requests and commands; what concerns a task instance by itself has its number of the try. */
const AIRFLOW_LOG = `
  SELECT id::text AS key, json_build_array(event, dag_id, task_id, owner, (extract(epoch FROM dttm) * 1000000)::bigint)::text AS state
  FROM log WHERE try_number IS NULL AND event !~ ' ' AND event <> 'cli_task_run'`;
const ORC_LOG = `
  SELECT event_id::text AS key,
    json_build_array(event, dag_id, task_id, owner, (extract(epoch FROM event_time) * 1000000)::bigint)::text AS state
  FROM event_log_fact WHERE deployment = $1`;

const AIRFLOW_DAG_VERSIONS = `
  SELECT json_build_array(dag_id, version_number)::text AS key, (extract(epoch FROM created_at) * 1000000)::bigint::text AS state
  FROM dag_version`;
const ORC_DAG_VERSIONS = `
  SELECT json_build_array(dag_id, version_number)::text AS key, (extract(epoch FROM created_at) * 1000000)::bigint::text AS state
  FROM dag_version_fact WHERE deployment = $1 ORDER BY fact_id`;

/** What a metadata database is like. */
interface Metadata {
  /** False in Airflow 2.9. */
  readonly keepsHistory: boolean;
  readonly wasAirflow2: boolean;
}

export interface CompareOptions {
  /** An Airflow 2 has written a part of it. */
  readonly wasAirflow2?: boolean;
  /** An Airflow 2.9 has, which is a later one now: it kept no earlier tries, and the log those that it saw. */
  readonly hadNoHistory?: boolean;
  /** Also assets, their events, import errors, the event log and DAG versions. */
  readonly withSurroundings?: boolean;
}

/**
 * Compares the fact log with Airflow's own tables, row for row: tries with task_instance and task_instance_history, DAG runs with
 * dag_run, DAGs and pools, and what surrounds them. Let Airflow rest while it runs.
 * @param airflowUrl metadata database, PostgreSQL
 */
export async function compareWithAirflow(
  database: Database,
  deployment: string,
  airflowUrl: string,
  { wasAirflow2 = false, hadNoHistory = false, withSurroundings = false }: CompareOptions = {},
): Promise<Comparison[]> {
  const airflow = await connect(airflowUrl, { logger: silentLogger(), applicationName: 'orc test' });
  try {
    const [found] = await airflow.query<{ isAirflow2: boolean; keepsHistory: boolean }>(
      `SELECT bool_or(table_name = 'dag' AND column_name = 'is_active') AS "isAirflow2",
         bool_or(table_name = 'task_instance_history') AS "keepsHistory"
       FROM information_schema.columns`,
    );
    const { isAirflow2, keepsHistory } = found!;
    const compareTable = async (table: string, theirs: string, ours: string): Promise<Comparison> =>
      compare(
        table,
        await airflow.query<ValueRow>(theirs),
        await database.query<ValueRow>(ours, [deployment]),
        hadNoHistory || !keepsHistory,
      );
    const tries = airflowTries({ keepsHistory, wasAirflow2: isAirflow2 || wasAirflow2 });
    return [
      await compareTable('task_instance + task_instance_history', tries, ORC_TRIES),
      await compareTable('dag_run', AIRFLOW_RUNS, ORC_RUNS),
      await compareTable('dag', airflowDags(isAirflow2), ORC_DAGS),
      await compareTable('slot_pool', AIRFLOW_POOLS, ORC_POOLS),
      ...(withSurroundings ? await compareSurroundings(compareTable, isAirflow2) : []),
    ];
  } finally {
    await airflow.close();
  }
}

type CompareTable = (table: string, theirs: string, ours: string) => Promise<Comparison>;

async function compareSurroundings(compareTable: CompareTable, isAirflow2: boolean): Promise<Comparison[]> {
  return [
    await compareTable('asset', airflowAssets(isAirflow2), orcAssets(isAirflow2)),
    await compareTable('asset_event', airflowAssetEvents(isAirflow2), ORC_ASSET_EVENTS),
    await compareTable('import_error', AIRFLOW_IMPORT_ERRORS, ORC_IMPORT_ERRORS),
    await compareTable('log of people', AIRFLOW_LOG, ORC_LOG),
    ...(isAirflow2 ? [] : [await compareTable('dag_version', AIRFLOW_DAG_VERSIONS, ORC_DAG_VERSIONS)]),
  ];
}

interface ValueRow extends Record<string, unknown> {
  readonly key: string;
  readonly state: string;
  readonly started?: string | null;
  readonly ended?: string | null;
  readonly is_cleared?: boolean;
  /** The log may have it or not. */
  readonly is_ambiguous?: boolean;
  /** Of a try: its task instance, and its number. */
  readonly instance?: string;
  readonly try_number?: number;
}

function compare(
  table: string,
  theirs: readonly ValueRow[],
  ours: readonly ValueRow[],
  hadNoHistory: boolean,
): Comparison {
  const known = new Set(ours.flatMap((row) => [text(entry(row)), text(stateOnly(row))]));
  const expected = theirs
    .filter((row) => row.is_ambiguous !== true)
    .map((row) => (row.is_cleared === true ? stateOnly(row) : entry(row)));
  const latest = new Map(ours.map((row) => [row.key, row]));
  const there = new Set(theirs.map((row) => text(entry(row))));
  // The second life of a cleared run may pass through states that its first one ended after.
  const cleared = new Set(theirs.flatMap((row) => (row.is_cleared === true ? [row.key] : [])));
  const tries = indexTries(theirs);
  const missing = expected.filter((row) => !known.has(text(row)));
  const extra = [...latest.values()].filter((row) => !there.has(text(entry(row))) && !cleared.has(row.key));
  const forgotten = extra.filter((row) => isForgotten(row, tries, hadNoHistory));
  return {
    table,
    airflow: expected.length,
    equal: expected.length - missing.length,
    missing: missing.map(text),
    unexpected: extra.filter((row) => !forgotten.includes(row)).map((row) => text(entry(row))),
    forgotten: forgotten.map((row) => text(entry(row))),
  };
}

/**
 * Whether Airflow has forgotten this try: the executor lost it before it started, and the next one has taken its row. Only a try
 * that was running goes to the history (`fetch_handle_failure_context` in Airflow's `taskinstance.py`, 2.10 to 3.3). Airflow 2.9 also
 * forgets one that waited when its run was ended: it goes back to the number before.
 */
function isForgotten(row: ValueRow, theirs: TryIndex, hadNoHistory: boolean): boolean {
  const mayBe = hadNoHistory || row.state === 'up_for_retry';
  if (!mayBe || theirs.keys.has(row.key)) return false;
  const last = theirs.lastTries.get(row.instance!) ?? 0;
  return last > row.try_number! || (hadNoHistory && WAITING.has(row.state) && last === row.try_number! - 1);
}

const WAITING: ReadonlySet<string> = new Set(['scheduled', 'queued', 'deferred', 'up_for_reschedule']);

interface TryIndex {
  readonly keys: ReadonlySet<string>;
  /** The last try of every task instance. */
  readonly lastTries: ReadonlyMap<string, number>;
}

function indexTries(rows: readonly ValueRow[]): TryIndex {
  const lastTries = new Map<string, number>();
  for (const { instance, try_number: number } of rows) {
    if (instance === undefined || number === undefined) continue;
    lastTries.set(instance, Math.max(number, lastTries.get(instance) ?? 0));
  }
  return { keys: new Set(rows.map(({ key }) => key)), lastTries };
}

function entry(row: ValueRow): Entry {
  const { key, state, started, ended } = row;
  return { key, value: JSON.stringify([state, started ?? null, ended ?? null]) };
}

function stateOnly(row: ValueRow): Entry {
  return { key: row.key, value: row.state };
}

function text({ key, value }: Entry): string {
  return `${key}: ${value}`;
}

/** One line per table: `dag_run: 120 rows in Airflow, 120 equal, 0 missing, 0 unexpected, 0 forgotten by Airflow`. */
export function formatComparison(comparisons: readonly Comparison[]): string {
  return comparisons
    .map((part) => {
      const counts = `${part.table}: ${part.airflow} rows in Airflow, ${part.equal} equal, ${part.missing.length} missing, ${part.unexpected.length} unexpected, ${part.forgotten.length} forgotten by Airflow`;
      const examples = [
        ...part.missing.slice(0, 5).map((row) => `  missing ${row}`),
        ...part.unexpected.slice(0, 5).map((row) => `  unexpected ${row}`),
      ];
      return [counts, ...examples].join('\n');
    })
    .join('\n');
}

import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';
import {
  airflowTries,
  ORC_TRIES,
  AIRFLOW_RUNS,
  ORC_RUNS,
  airflowDags,
  ORC_DAGS,
  AIRFLOW_POOLS,
  ORC_POOLS,
  airflowAssets,
  orcAssets,
  airflowAssetEvents,
  ORC_ASSET_EVENTS,
  AIRFLOW_IMPORT_ERRORS,
  ORC_IMPORT_ERRORS,
  AIRFLOW_LOG,
  ORC_LOG,
  AIRFLOW_DAG_VERSIONS,
  ORC_DAG_VERSIONS,
} from './compared-tables.js';

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
  /** Null for a try that the scheduler has reset. */
  readonly state: string | null;
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
    unexpected: extra
      .filter((row) => !forgotten.includes(row))
      .map((row) => text(entry(row)) + besides(row, theirs)),
    forgotten: forgotten.map((row) => text(entry(row))),
  };
}

/** What Airflow has of the task instance of a try that it does not have. */
function besides({ instance }: ValueRow, theirs: readonly ValueRow[]): string {
  if (instance === undefined) return '';
  const rows = theirs.filter((row) => row.instance === instance).map((row) => text(entry(row)));
  return `; Airflow has ${rows.length === 0 ? 'nothing of it' : rows.join(' and ')}`;
}

/**
 * Whether Airflow has forgotten this try: the executor lost it before it started, and the next one has taken its row, or the scheduler has
 * reset that. Only a try that was running goes to the history (`fetch_handle_failure_context` in Airflow's `taskinstance.py`, 2.10 to
 * 3.3). It was last seen as it waited for its retry, or as it was queued while the API server, which it needs to start, went away.
 * Airflow 2.9 also forgets one that waited when its run was ended, though it may have run before: it goes back to the number before.
 */
function isForgotten(row: ValueRow, theirs: TryIndex, hadNoHistory: boolean): boolean {
  const { key, instance, try_number: number, state } = row;
  const neverRan = NEVER_RAN.has(String(state));
  if (!(hadNoHistory || neverRan) || theirs.keys.has(key)) return false;
  const last = theirs.lastTries.get(instance!) ?? 0;
  if (last > number! || (neverRan && (theirs.resets.get(instance!) ?? 0) >= number!)) return true;
  return hadNoHistory && WAITING.has(String(state)) && last === number! - 1;
}

const NEVER_RAN: ReadonlySet<string> = new Set(['queued', 'up_for_retry']);
const WAITING: ReadonlySet<string> = new Set([
  'scheduled',
  'queued',
  'running',
  'deferred',
  'up_for_reschedule',
]);

interface TryIndex {
  readonly keys: ReadonlySet<string>;
  /** The last try of every task instance. */
  readonly lastTries: ReadonlyMap<string, number>;
  /** The try of a task instance that the scheduler has reset. */
  readonly resets: ReadonlyMap<string, number>;
}

function indexTries(rows: readonly ValueRow[]): TryIndex {
  const lastTries = new Map<string, number>();
  const resets = new Map<string, number>();
  for (const { instance, try_number: number, state } of rows) {
    if (instance === undefined || number === undefined) continue;
    const tries = state === null ? resets : lastTries;
    tries.set(instance, Math.max(number, tries.get(instance) ?? 0));
  }
  const keys = new Set(rows.filter(({ state }) => state !== null).map(({ key }) => key));
  return { keys, lastTries, resets };
}

function entry(row: ValueRow): Entry {
  const { key, state, started, ended } = row;
  return { key, value: JSON.stringify([state, started ?? null, ended ?? null]) };
}

function stateOnly(row: ValueRow): Entry {
  return { key: row.key, value: String(row.state) };
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

/** Which columns of Airflow's tables ORC reads, by generation of the schema. */

/** Airflow 2 keeps runs by their `execution_date`; Airflow 3 has `run_after`, versions of DAGs, and an id for each try. */
export type Generation = 2 | 3;

export type Columns = Readonly<Record<string, readonly string[]>>;

const TRY = [
  'dag_id',
  'run_id',
  'task_id',
  'map_index',
  'try_number',
  'max_tries',
  'state',
  'queued_dttm',
  'start_date',
  'end_date',
  'operator',
  'pool',
  'queue',
  'hostname',
];
const RUN = [
  'id',
  'dag_id',
  'run_id',
  'state',
  'run_type',
  'queued_at',
  'start_date',
  'end_date',
  'updated_at',
];
const DAG = ['dag_id', 'is_paused', 'owners', 'next_dagrun_create_after', 'fileloc'];
const SERIALIZED = ['dag_id', 'data', 'data_compressed', 'last_updated'];
const ALWAYS: Columns = {
  alembic_version: ['version_num'],
  dag_tag: ['dag_id', 'name'],
  log: ['dttm', 'dag_id', 'run_id'],
  slot_pool: ['id', 'pool', 'slots', 'include_deferred'],
};

/** Needed where the table exists: from Airflow 2.10 on. */
export const HISTORY_TABLE = 'task_instance_history';

export const NEEDED: Readonly<Record<Generation, Columns>> = {
  2: {
    ...ALWAYS,
    dag: [...DAG, 'is_active', 'is_subdag', 'schedule_interval'],
    dag_run: [...RUN, 'execution_date', 'data_interval_end'],
    task_instance: [...TRY, 'pool_slots', 'updated_at'],
    [HISTORY_TABLE]: TRY,
    serialized_dag: SERIALIZED,
  },
  3: {
    ...ALWAYS,
    dag: [...DAG, 'is_stale', 'timetable_summary'],
    dag_run: [...RUN, 'logical_date', 'run_after'],
    task_instance: [...TRY, 'scheduled_dttm', 'dag_version_id', 'pool_slots', 'updated_at'],
    [HISTORY_TABLE]: [...TRY, 'scheduled_dttm', 'dag_version_id'],
    serialized_dag: [...SERIALIZED, 'id', 'created_at'],
    dag_version: ['id', 'version_number'],
  },
};

/** Every table of both generations. */
export const TABLES: readonly string[] = [
  ...new Set([...Object.keys(NEEDED[2]), ...Object.keys(NEEDED[3])]),
].sort();

/** The GRANT that lets a role read what ORC reads, and nothing else: no `conf`, no rendered fields, no connections. */
export function grantsFor(generation: Generation, role: string, tables?: readonly string[]): string {
  return Object.entries(NEEDED[generation])
    .filter(([table]) => tables?.includes(table) ?? true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([table, columns]) => `GRANT SELECT (${columns.join(', ')}) ON ${table} TO ${role};`)
    .join('\n');
}

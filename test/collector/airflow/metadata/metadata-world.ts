import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, SqlValue } from '../../../../core/database/port.js';
import { deploymentSchema, type DeploymentConfig } from '../../../../core/config/schema.js';
import { emptyDatabase, type TemporaryDatabase } from '../../../support/database.js';
import type { FakeRun, FakeTaskInstance, FakeWorld } from '../fake-rows.js';

/** The real tables of these releases (pg_dump of what `airflow db migrate` makes). */
export const SCHEMAS = {
  '2.11.0': join(import.meta.dirname, 'schemas/airflow-2.11.0.sql'),
  '3.2.1': join(import.meta.dirname, '../../../../bench/airflow-3.2.1.sql'),
  '3.3.2': join(import.meta.dirname, 'schemas/airflow-3.3.2.sql'),
} as const;
export type Release = keyof typeof SCHEMAS;

/** An empty metadata database of this release. */
export async function metadataDatabase(release: Release): Promise<TemporaryDatabase> {
  const temporary = await emptyDatabase();
  const sql = await readFile(SCHEMAS[release], 'utf8');
  await temporary.database.execute(sql);
  return temporary;
}

export function metadataDeployment(url: string, more: Record<string, unknown> = {}): DeploymentConfig {
  return deploymentSchema.parse({
    name: 'test',
    url: 'http://127.0.0.1:1',
    metadata_database_url: url,
    ...more,
  });
}

const TRY_COLUMNS = `task_id, dag_id, run_id, map_index, start_date, end_date, state, try_number, max_tries, hostname, pool,
  pool_slots, queue, operator, queued_dttm, scheduled_dttm, updated_at, dag_version_id`;

/** Replaces what an Airflow 3 metadata database holds by this world; ids of runs and tries stay the same from call to call. */
export async function storeWorld(database: Database, world: FakeWorld): Promise<void> {
  await database.transaction(async (connection) => {
    await connection.execute(
      'TRUNCATE dag, dag_tag, dag_run, task_instance, task_instance_history, dag_version, serialized_dag, slot_pool',
    );
    const insert = (sql: string, values: readonly SqlValue[]): Promise<number> =>
      connection.execute(sql, values);
    for (const [index, dag] of world.dags.entries()) {
      const version = uuid(index, 1);
      await insert(
        `INSERT INTO dag (dag_id, is_paused, is_stale, bundle_name, owners, timetable_type, timetable_summary, max_active_tasks,
           max_consecutive_failed_dag_runs, has_task_concurrency_limits, fileloc)
         VALUES ($1, $2, $3, 'dags', $4, 'cron', $5, 16, 0, false, $6)`,
        [
          dag.dag_id,
          dag.is_paused,
          dag.is_stale,
          (dag['owners'] as string[]).join(', '),
          dag['timetable_summary'] as string,
          dag['fileloc'] as string,
        ],
      );
      for (const tag of dag['tags'] as { name: string }[]) {
        await insert('INSERT INTO dag_tag (dag_id, name) VALUES ($1, $2)', [dag.dag_id, tag.name]);
      }
      await insert(
        `INSERT INTO dag_version (id, version_number, dag_id, bundle_name, created_at, last_updated)
         VALUES ($1, 1, $2, 'dags', to_timestamp(0), to_timestamp(0))`,
        [version, dag.dag_id],
      );
      await insert(
        `INSERT INTO serialized_dag (id, dag_id, data, created_at, last_updated, dag_hash, dag_version_id)
         VALUES ($1, $2, $3, to_timestamp(0), to_timestamp(0), '', $1)`,
        [version, dag.dag_id, JSON.stringify(serialise(world.tasks.get(dag.dag_id) ?? []))],
      );
    }
    for (const [index, run] of world.runs.entries()) await insertRun(insert, run, index + 1);
    const rows = { task_instance: world.instances, task_instance_history: world.history };
    for (const [table, list] of Object.entries(rows)) {
      for (const [index, row] of list.entries()) await insertTry(insert, table, row, index, world);
    }
    for (const [index, pool] of world.pools.entries()) {
      await insert('INSERT INTO slot_pool (id, pool, slots, include_deferred) VALUES ($1, $2, $3, false)', [
        index + 1,
        pool['name'] as string,
        pool['slots'] as number,
      ]);
    }
  });
}

/** Replaces the deadlines that an Airflow 3.2 keeps; call after {@link storeWorld}. */
export async function storeDeadlines(database: Database, { deadlines, runs }: FakeWorld): Promise<void> {
  await database.transaction(async (connection) => {
    await connection.execute('TRUNCATE deadline, deadline_alert');
    const alert = uuid(0, 4);
    await connection.execute(
      `INSERT INTO deadline_alert (id, created_at, serialized_dag_id, name, reference, "interval", callback_def)
       VALUES ($1, now(), $1, 'on time', '{}', 60, '{"secret": "never read"}')`,
      [alert],
    );
    for (const row of deadlines) {
      const run =
        1 +
        runs.findIndex(({ dag_id, dag_run_id }) => dag_id === row.dag_id && dag_run_id === row.dag_run_id);
      await connection.execute(
        `INSERT INTO deadline (id, created_at, last_updated_at, dagrun_id, deadline_time, missed, callback_id, deadline_alert_id)
         VALUES ($1, $2, $3, $4, $5, $6, $1, $7)`,
        [row.id, row.created_at, row.last_updated_at, run, row.deadline_time, row.missed, alert],
      );
    }
  });
}

type Insert = (sql: string, values: readonly SqlValue[]) => Promise<number>;

function insertRun(insert: Insert, run: FakeRun, id: number): Promise<number> {
  return insert(
    `INSERT INTO dag_run (id, dag_id, run_id, state, run_type, run_after, logical_date, queued_at, start_date, end_date, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      run.dag_id,
      run.dag_run_id,
      run.state,
      run.run_type,
      run.run_after,
      run.logical_date,
      run.queued_at,
      run.start_date,
      run.end_date,
      run.updated_at,
    ],
  );
}

function insertTry(
  insert: Insert,
  table: string,
  row: FakeTaskInstance,
  index: number,
  world: FakeWorld,
): Promise<number> {
  const isHistory = table === 'task_instance_history';
  const version = uuid(
    world.dags.findIndex(({ dag_id }) => dag_id === row.dag_id),
    1,
  );
  const values = [
    row.task_id,
    row.dag_run_id,
    row.dag_id,
    row.map_index,
    row.start_date,
    row.end_date,
    row.state,
    row.try_number,
    row.max_tries,
    row.hostname,
    row.pool,
    row.queue,
    row.operator,
    row.queued_when,
    row.scheduled_when,
    row.updated_at,
    row.dag_version === null ? null : version,
    uuid(index, isHistory ? 3 : 2),
  ];
  return insert(
    `INSERT INTO ${table} (${isHistory ? 'task_instance_id' : 'id'}, ${TRY_COLUMNS})
     VALUES ($18, $1, $3, $2, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14, $15, $16, $17)`,
    values,
  );
}

function uuid(index: number, kind: number): string {
  return `00000000-0000-7000-8000-${kind}${String(index).padStart(11, '0')}`;
}

/** As Airflow 3 serialises a DAG. */
function serialise(tasks: readonly Record<string, unknown>[]): object {
  return {
    __version: 3,
    dag: {
      tasks: tasks.map((task) => ({
        __type: 'operator',
        __var: {
          task_id: task['task_id'],
          owner: task['owner'],
          retries: task['retries'],
          task_type: (task['class_ref'] as { class_name: string }).class_name,
          _operator_name: task['operator_name'],
          downstream_task_ids: task['downstream_task_ids'],
        },
      })),
    },
  };
}

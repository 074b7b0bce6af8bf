import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectAirflow } from '../../../../collector/airflow/index.js';
import { parseSchedule } from '../../../../collector/airflow/metadata/dags.js';
import { silentLogger } from '../../../../core/logger.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../../support/database.js';
import { NO_WAIT } from '../harness.js';
import { metadataDatabase, metadataDeployment } from './metadata-world.js';

let metadata: TemporaryDatabase;
let store: TemporaryDatabase;

beforeEach(async () => {
  [metadata, store] = await Promise.all([metadataDatabase('2.11.0'), temporaryDatabase()]);
  await metadata.database.execute(HISTORY);
});

afterEach(async () => {
  await Promise.all([metadata.drop(), store.drop()]);
});

/** A daily DAG that ran twice: once on time with a retry, once by hand. */
const HISTORY = `
  INSERT INTO dag (dag_id, is_paused, is_active, is_subdag, owners, schedule_interval, max_active_tasks,
    max_consecutive_failed_dag_runs, has_task_concurrency_limits, fileloc)
  VALUES ('sales', false, true, false, 'ops, data', '"@daily"', 16, 0, false, '/dags/sales.py'),
    ('sales.sub', false, true, true, 'ops', NULL, 16, 0, false, '/dags/sales.py');
  INSERT INTO dag_run (id, dag_id, run_id, execution_date, data_interval_end, start_date, end_date, queued_at, state, run_type, updated_at)
  VALUES
    (1, 'sales', 'scheduled__1', '2026-01-01Z', '2026-01-02Z', '2026-01-02T00:00:02Z', '2026-01-02T00:01Z', '2026-01-02T00:00:01Z', 'success', 'scheduled', '2026-01-02T00:01Z'),
    (2, 'sales', 'manual__2', '2026-01-03T12:00Z', '2026-01-03Z', '2026-01-03T12:00:02Z', '2026-01-03T12:01Z', '2026-01-03T12:00:01Z', 'failed', 'manual', '2026-01-03T12:01Z');
  INSERT INTO task_instance (dag_id, run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, queued_dttm, hostname,
    pool, pool_slots, queue, operator, updated_at)
  VALUES
    ('sales', 'scheduled__1', 'load', -1, 'success', 2, 1, '2026-01-02T00:00:30Z', '2026-01-02T00:00:40Z', '2026-01-02T00:00:29Z', 'w', 'default_pool', 1, 'default', 'PythonOperator', '2026-01-02T00:01Z'),
    ('sales', 'manual__2', 'load', -1, 'failed', 1, 1, '2026-01-03T12:00:30Z', '2026-01-03T12:00:40Z', '2026-01-03T12:00:29Z', 'w', 'default_pool', 1, 'default', 'PythonOperator', '2026-01-03T12:01Z');
  INSERT INTO task_instance_history (id, dag_id, run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, queued_dttm,
    hostname, pool, pool_slots, queue, operator)
  VALUES (1, 'sales', 'scheduled__1', 'load', -1, 'failed', 1, 1, '2026-01-02T00:00:10Z', '2026-01-02T00:00:20Z', '2026-01-02T00:00:09Z', 'w', 'default_pool', 1, 'default', 'PythonOperator');
  INSERT INTO slot_pool (id, pool, slots, include_deferred) VALUES (1, 'default_pool', 128, true)`;

describe('the metadata database of Airflow 2', () => {
  it('tells runs with the time when they were due, and earlier tries', async () => {
    const result = await collectAirflow(metadataDeployment(metadata.url), {
      database: store.database,
      logger: silentLogger(),
      clock: () => Date.now() / 1000,
      sleep: NO_WAIT,
    });
    expect(result).toMatchObject({ airflowVersion: '2.10.3', dags: { received: 1 }, tries: { appended: 3 } });
    const runs = await store.database.query(
      `SELECT run_id, run_after = logical_date AS is_due_at_once, extract(epoch FROM run_after)::bigint AS due
       FROM dag_run_fact ORDER BY run_id`,
    );
    expect(runs).toEqual([
      { run_id: 'manual__2', is_due_at_once: true, due: Date.parse('2026-01-03T12:00Z') / 1000 },
      { run_id: 'scheduled__1', is_due_at_once: false, due: Date.parse('2026-01-02') / 1000 },
    ]);
    const tries = await store.database.query(
      'SELECT run_id, try_number, state FROM try_fact ORDER BY run_id, try_number',
    );
    expect(tries).toEqual([
      { run_id: 'manual__2', try_number: 1, state: 'failed' },
      { run_id: 'scheduled__1', try_number: 1, state: 'failed' },
      { run_id: 'scheduled__1', try_number: 2, state: 'success' },
    ]);
    const dags = await store.database.query('SELECT dag_id, schedule, owners FROM dag_fact');
    expect(dags).toEqual([{ dag_id: 'sales', schedule: '@daily', owners: ['data', 'ops'] }]);
  });
});

describe('a schedule of Airflow 2', () => {
  it.each([
    [null, null],
    ['null', null],
    ['"0 6 * * *"', '0 6 * * *'],
    ['{"type": "timedelta", "attrs": {"days": 1, "seconds": 20, "microseconds": 0}}', '1 day, 0:00:20'],
    ['{"type": "relativedelta", "attrs": {"months": 1, "days": 0, "day": null}}', 'months=1'],
    ['{"type": "moon"}', null],
    ['no JSON', null],
  ])('%s is %s', (stored, shown) => {
    expect(parseSchedule(stored)).toBe(shown);
  });
});

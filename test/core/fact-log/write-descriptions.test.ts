import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DagObservation, PoolObservation, TaskObservation } from '../../../core/facts.js';
import { counts } from '../../../core/fact-log/read.js';
import { writeDagRuns, writeDags, writePools, writeTasks } from '../../../core/fact-log/write.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { dagRunObservation, IMPORTED, LIVE, readAll } from './observations.js';

let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});
beforeEach(async () => {
  await store.database.execute('TRUNCATE dag_fact, task_fact, pool_fact, dag_run_fact');
});

const dag: DagObservation = {
  deployment: 'default',
  dagId: 'dag',
  isActive: true,
  isPaused: false,
  schedule: '0 3 * * *',
  owners: ['someone', 'a, "quoted" \\ one'],
  tags: [],
  nextRunAfter: 1_700_000_000.25,
  fileLocation: '/dags/dag.py',
};
const task: TaskObservation = {
  deployment: 'default',
  dagId: 'dag',
  taskId: 'group.task 😀',
  operator: 'PythonOperator',
  pool: 'default_pool',
  poolSlots: 1,
  queue: null,
  owner: null,
  retries: 2,
  retryDelaySeconds: 300.5,
  executionTimeoutSeconds: null,
  triggerRule: 'all_success',
  isMapped: false,
  downstreamTaskIds: ['b', 'c'],
  isActive: true,
};
const pool: PoolObservation = {
  deployment: 'default',
  pool: 'default_pool',
  slots: -1,
  occupiedSlots: 3,
  runningSlots: 2,
  queuedSlots: 1,
  scheduledSlots: 5,
  deferredSlots: 0,
};

describe('descriptions', () => {
  test('come back as they were written', async () => {
    await store.database.transaction(async (connection) => {
      await writeDags(connection, [dag], LIVE);
      await writeTasks(connection, [task], LIVE);
      await writePools(connection, [pool], LIVE);
    });
    const facts = await readAll(store.database);
    expect(facts.map(({ kind }) => kind)).toEqual(['dag', 'task', 'pool']);
    expect(facts[0]?.fact).toMatchObject(dag);
    expect(facts[1]?.fact).toMatchObject(task);
    expect(facts[2]?.fact).toMatchObject(pool);
  });

  const otherDag: DagObservation = { ...dag, isPaused: true };
  const otherTask: TaskObservation = { ...task, downstreamTaskIds: ['b'] };
  const otherPool: PoolObservation = { ...pool, queuedSlots: 2 };

  test.each([
    ['dags', writeDags, [dag, dag, otherDag, dag], { ...dag, dagId: 'another' }],
    ['tasks', writeTasks, [task, task, otherTask, task], { ...task, taskId: 'another' }],
    ['pools', writePools, [pool, pool, otherPool, pool], { ...pool, pool: 'another' }],
  ])('%s are appended only when they differ from the latest', async (kind, write, sequence, another) => {
    type Write = (connection: unknown, rows: readonly unknown[], options: unknown) => Promise<unknown>;
    const run = (rows: readonly unknown[]): Promise<unknown> =>
      store.database.transaction((connection) => (write as unknown as Write)(connection, rows, LIVE));
    expect(await run(sequence)).toEqual({ received: 4, appended: 3, refused: 0 });
    expect(await run([sequence[0]])).toEqual({ received: 1, appended: 0, refused: 0 });
    expect(await run([another, sequence[2], sequence[0]])).toEqual({ received: 3, appended: 3, refused: 0 });
    expect((await counts(store.database))[kind as 'dags']).toBe(6);
  });

  test('the same names in another deployment are others', async () => {
    await store.database.transaction((connection) => writeDags(connection, [dag], LIVE));
    const result = await store.database.transaction((connection) =>
      writeDags(connection, [{ ...dag, deployment: 'second' }], LIVE),
    );
    expect(result).toMatchObject({ appended: 1 });
  });

  test('two writers at once append a change once', async () => {
    const { database } = store;
    const write = (): Promise<{ appended: number }> =>
      database.transaction((connection) => writeDags(connection, [dag, otherDag], LIVE));
    const results = await Promise.all([write(), write()]);
    // The second starts from the end of the first, so both steps of it are changes; but never two equal rows in a row.
    expect(results.map(({ appended }) => appended).sort()).toEqual([2, 2]);
    const rows = await database.query('SELECT is_paused FROM dag_fact ORDER BY fact_id');
    expect(rows.map((row) => row['is_paused'])).toEqual([false, true, false, true]);
  });

  test('what PostgreSQL cannot hold is refused', async () => {
    const result = await store.database.transaction((connection) =>
      writeDags(connection, [{ ...dag, tags: ['nul\0'] }, dag], LIVE),
    );
    expect(result).toEqual({ received: 2, appended: 1, refused: 1 });
  });
});

describe('DAG runs', () => {
  const queued = dagRunObservation({ state: 'queued', startedAt: null, endedAt: null });
  const running = dagRunObservation({ state: 'running', endedAt: null });
  const success = dagRunObservation();
  const failed = dagRunObservation({ state: 'failed' });

  async function phases(): Promise<unknown[]> {
    const rows = await store.database.query('SELECT state, new_phases FROM dag_run_fact ORDER BY fact_id');
    return rows.map((row) => [row['state'], row['new_phases']]);
  }

  test.each([
    ['one batch', [[queued, running, running, success, failed]]],
    ['several', [[queued], [running, queued], [success], [running, failed]]],
  ])('each fact tells the phases that no earlier one told, in %s', async (_name, batches) => {
    for (const batch of batches) {
      await store.database.transaction((connection) => writeDagRuns(connection, batch, IMPORTED));
    }
    expect(await phases()).toEqual([
      ['queued', 1],
      ['running', 2],
      ['success', 4],
      ['failed', 0],
    ]);
  });

  test('come back as they were written', async () => {
    const run = dagRunObservation({
      runId: 'manual__2026-01-01T00:00:00+00:00 ⏱',
      logicalDate: 1_699_999_999.123456,
    });
    await store.database.transaction((connection) => writeDagRuns(connection, [run], IMPORTED));
    const facts = await readAll(store.database);
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      kind: 'dag_run',
      fact: { ...run, newPhases: 7, eventTime: 1_700_000_300 },
    });
  });
});

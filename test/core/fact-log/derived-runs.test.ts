import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tryLabel, type DagRunFact, type TryObservation } from '../../../core/facts.js';
import { latestFactId, readDagRunHistory } from '../../../core/fact-log/read.js';
import { statement } from '../../../core/fact-log/sql.js';
import { writeDagRuns } from '../../../core/fact-log/write.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { all, append, dagRunObservation, IMPORTED, LIVE, readAll, tryObservation } from './observations.js';

let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});
beforeEach(async () => {
  await store.database.execute('TRUNCATE try_fact, dag_run_fact');
});

async function runs(scope: { afterFactId?: number } = {}): Promise<DagRunFact[]> {
  const facts = await readAll(store.database, scope);
  return facts.flatMap((row) => (row.kind === 'dag_run' ? [row.fact] : []));
}

const T = 1_700_000_000;

function endedTry(change: Partial<TryObservation>): TryObservation {
  return tryObservation({ queuedAt: T, startedAt: T + 1, endedAt: T + 10, ...change });
}

describe('DAG runs derived from tries', () => {
  test('queued with the first try, ended with the last', async () => {
    await append(store.database, [
      endedTry({ taskId: 'b', queuedAt: T + 20, startedAt: T + 25, endedAt: T + 70 }),
      endedTry({ taskId: 'a', queuedAt: null, startedAt: T + 5, endedAt: T + 18 }),
    ]);
    expect(await runs()).toEqual([
      {
        factId: await latestFactId(store.database),
        eventTime: T + 70,
        knownAt: IMPORTED.knownAt,
        visibilityAssumed: true,
        deployment: 'default',
        dagId: 'dag',
        runId: 'run',
        state: 'success',
        newPhases: 7,
        runType: 'scheduled',
        runAfter: null,
        logicalDate: null,
        queuedAt: T + 5,
        startedAt: T + 5,
        endedAt: T + 70,
      },
    ]);
  });

  test.each([
    ['a failure that a later try repaired', ['up_for_retry', 'success'], 'success'],
    ['a last try that failed', ['up_for_retry', 'failed'], 'failed'],
    ['a retry that never came', ['up_for_retry'], 'failed'],
    ['upstream_failed alone', ['upstream_failed'], 'success'],
    ['a try that was killed', ['up_for_retry', 'killed'], 'success'],
  ] as const)('%s', async (_name, states, expected) => {
    await append(
      store.database,
      states.map((state, index) => endedTry({ state, tryNumber: index + 1 })),
    );
    await append(store.database, [endedTry({ taskId: 'other' })]);
    expect(await runs()).toMatchObject([{ state: expected, newPhases: 7 }]);
  });

  test('the label is the first final state; a later mark changes nothing', async () => {
    await append(store.database, [
      endedTry({ state: 'failed' }),
      endedTry({ state: 'success', endedAt: T + 9999 }),
    ]);
    expect(await runs()).toMatchObject([{ state: 'failed', endedAt: T + 10 }]);
  });

  test('an unfinished latest try leaves the run without an end; an unfinished earlier one does not', async () => {
    const running = { state: 'running', endedAt: null } as const;
    await append(store.database, [
      endedTry({ state: 'up_for_retry' }),
      endedTry({ ...running, tryNumber: 2 }),
    ]);
    expect(await runs()).toMatchObject([{ state: 'running', newPhases: 3, endedAt: null }]);
    await append(store.database, [endedTry({ tryNumber: 3, endedAt: T + 50 })]);
    expect(await runs()).toMatchObject([{ state: 'success', newPhases: 7, endedAt: T + 50 }]);
  });

  test('a mapped task fails with any of its instances', async () => {
    await append(store.database, [
      endedTry({ mapIndex: 0 }),
      endedTry({ mapIndex: 1, state: 'failed' }),
      endedTry({ mapIndex: 2 }),
    ]);
    expect(await runs()).toMatchObject([{ state: 'failed' }]);
  });

  test('a run with facts of its own is not derived', async () => {
    await append(store.database, [endedTry({ state: 'failed' }), endedTry({ runId: 'second' })]);
    await store.database.transaction((connection) =>
      writeDagRuns(connection, [dagRunObservation()], IMPORTED),
    );
    const found = await runs();
    expect(found.map(({ runId, state }) => [runId, state])).toEqual([
      ['second', 'success'],
      ['run', 'success'],
    ]);
  });

  test('what an earlier reading has told is not told again', async () => {
    await append(store.database, [endedTry({ state: 'running', endedAt: null })]);
    expect(await runs()).toMatchObject([{ newPhases: 3 }]);
    const seen = await latestFactId(store.database);
    expect(await runs({ afterFactId: seen })).toEqual([]);
    await append(store.database, [endedTry({ state: 'failed', endedAt: T + 33 })]);
    expect(await runs({ afterFactId: seen })).toMatchObject([
      { newPhases: 4, state: 'failed', queuedAt: T, endedAt: T + 33 },
    ]);
    const end = await latestFactId(store.database);
    await append(store.database, [endedTry({ taskId: 'late', endedAt: T + 99 })]);
    expect(await runs({ afterFactId: end })).toEqual([]);
  });

  test('facts that were collected live make the run visible when the last became known', async () => {
    await append(store.database, [endedTry({ taskId: 'a' })], { ...LIVE, knownAt: T + 11 });
    await append(store.database, [endedTry({ taskId: 'b' })], { ...LIVE, knownAt: T + 42 });
    expect(await runs()).toMatchObject([{ visibilityAssumed: false, knownAt: T + 42 }]);
  });

  test('any tries of any runs give what the definition gives', async () => {
    const row = fc
      .record({
        runId: fc.constantFrom('r1', 'r2', 'r3'),
        taskId: fc.constantFrom('a', 'b'),
        mapIndex: fc.constantFrom(-1, 0),
        tryNumber: fc.integer({ min: 1, max: 3 }),
        state: fc.constantFrom(
          'running',
          'success',
          'failed',
          'up_for_retry',
          'skipped',
          'upstream_failed' as const,
        ),
        queuedAt: fc.constantFrom(null, T, T + 5),
        startedAt: fc.constantFrom(T + 6, T + 7),
        endedAt: fc.constantFrom(T + 8, T + 9),
      })
      .map((change) =>
        tryObservation({ ...change, endedAt: change.state === 'running' ? null : change.endedAt }),
      );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(row, { maxLength: 12, selector: tryKey }), async (observations) => {
        await store.database.execute('TRUNCATE try_fact');
        await append(store.database, observations);
        const found = (await runs()).map(({ runId, state, queuedAt, startedAt, endedAt }) => ({
          runId,
          state,
          queuedAt,
          startedAt,
          endedAt,
        }));
        expect(found.sort((a, b) => (a.runId < b.runId ? -1 : 1))).toEqual(expectedRuns(observations));
      }),
      { numRuns: 60 },
    );
  });
});

describe('statistics that were taken in the middle of an import, which say that the log is empty', () => {
  test('do not lead to a scan by fact id for each run', async () => {
    const { database } = store;
    await append(
      database,
      Array.from({ length: 5000 }, (_, index) =>
        endedTry({ runId: `run ${index % 100}`, taskId: `task ${index}` }),
      ),
    );
    const lines: string[] = [];
    const explain = database.transaction(async (connection) => {
      await connection.execute("DELETE FROM pg_statistic WHERE starelid = 'try_fact'::regclass");
      await connection.execute(
        "UPDATE pg_class SET reltuples = 0, relpages = pg_relation_size(oid) / 8192 WHERE oid = 'try_fact'::regclass",
      );
      // Both indexes then look equally cheap; without the other one, the planner takes that of fact_id if it can.
      const key = 'try_fact_dag_id_run_id_task_id_map_index_try_number_state_d_key';
      await connection.execute(`ALTER TABLE try_fact DROP CONSTRAINT ${key}`);
      await connection.query(statement('set-read-scope'), [0, Number.MAX_SAFE_INTEGER, '', false, 0, true]);
      const plan = await connection.query(`EXPLAIN ${statement('read-facts')}`);
      lines.push(...plan.map((row) => String(row['QUERY PLAN'])));
      throw new Error('roll back');
    });
    await expect(explain).rejects.toThrow('roll back');
    const scan = lines.findIndex((text) => text.includes(' on try_fact f '));
    expect(scan).toBeGreaterThan(0);
    expect(lines[scan + 1]).not.toContain('fact_id <=');
    expect(lines[scan]).not.toContain('try_fact_pkey');
  });
});

describe('the history of DAG runs', () => {
  test('one row per run, real or derived, in the order of their beginning', async () => {
    await append(store.database, [
      endedTry({
        runId: 'derived',
        queuedAt: T + 500,
        startedAt: T + 501,
        endedAt: T + 502,
        state: 'failed',
      }),
      endedTry({ runId: 'real' }),
    ]);
    await store.database.transaction(async (connection) => {
      const real = dagRunObservation({ runId: 'real' });
      await writeDagRuns(connection, [{ ...real, state: 'running', endedAt: null }, real], IMPORTED);
      await writeDagRuns(connection, [{ ...real, state: 'failed' }], IMPORTED);
      await writeDagRuns(
        connection,
        [{ ...real, runId: 'open', state: 'running', endedAt: null, queuedAt: T + 900 }],
        LIVE,
      );
    });
    const history = await all(readDagRunHistory(store.database));
    expect(history.map(({ runId, state, newPhases, endedAt }) => [runId, state, newPhases, endedAt])).toEqual(
      [
        ['real', 'success', 7, T + 300],
        ['derived', 'failed', 7, T + 502],
        ['open', 'running', 3, null],
      ],
    );
  });
});

function tryKey({ runId, taskId, mapIndex, tryNumber }: TryObservation): string {
  return [runId, taskId, mapIndex, tryNumber].join('/');
}

function expectedRuns(observations: readonly TryObservation[]): object[] {
  const runIds = [...new Set(observations.map(({ runId }) => runId))].sort();
  return runIds.map((runId) => {
    const tries = observations.filter((row) => row.runId === runId);
    const last = tries.filter(
      (row) =>
        !tries.some(
          (other) =>
            other.taskId === row.taskId && other.mapIndex === row.mapIndex && other.tryNumber > row.tryNumber,
        ),
    );
    const hasEnded = last.every(({ endedAt }) => endedAt !== null);
    const isFailed = last.some(({ state }) => tryLabel(state) === 1);
    return {
      runId,
      state: hasEnded ? (isFailed ? 'failed' : 'success') : 'running',
      queuedAt: Math.min(
        ...tries.map(({ queuedAt, startedAt }) => Math.min(queuedAt ?? Infinity, startedAt ?? Infinity)),
      ),
      startedAt: Math.min(...tries.map(({ startedAt }) => startedAt ?? Infinity)),
      endedAt: hasEnded ? Math.max(...tries.map(({ endedAt }) => endedAt ?? 0)) : null,
    };
  });
}

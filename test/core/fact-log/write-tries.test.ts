import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FINAL_TRY_STATES, TRY_STATES, type TryObservation } from '../../../core/facts.js';
import { latestFactId } from '../../../core/fact-log/read.js';
import { writeTries } from '../../../core/fact-log/write.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { append, IMPORTED, KNOWN_AT, readTries, tryObservation } from './observations.js';

let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});
beforeEach(async () => {
  await store.database.execute('TRUNCATE try_fact');
});

const queued = tryObservation({ state: 'queued', startedAt: null, endedAt: null });
const running = tryObservation({ state: 'running', endedAt: null });
const success = tryObservation();
const failed = tryObservation({ state: 'failed', endedAt: 1_700_000_999 });

async function phases(): Promise<[string, number][]> {
  const facts = await readTries(store.database);
  return facts.sort((a, b) => a.factId - b.factId).map(({ state, newPhases }) => [state, newPhases]);
}

describe('writing tries', () => {
  test('each fact tells the phases that no earlier one told', async () => {
    for (const observation of [queued, running, success]) {
      expect(await append(store.database, [observation])).toEqual({ received: 1, appended: 1, refused: 0 });
    }
    expect(await phases()).toEqual([
      ['queued', 1],
      ['running', 2],
      ['success', 4],
    ]);
  });

  test('within one batch too', async () => {
    expect(await append(store.database, [queued, running, success])).toMatchObject({ appended: 3 });
    expect(await phases()).toEqual([
      ['queued', 1],
      ['running', 2],
      ['success', 4],
    ]);
  });

  test('a try that is first seen ended tells all phases, and an older state seen later none', async () => {
    await append(store.database, [success]);
    await append(store.database, [running]);
    expect(await phases()).toEqual([
      ['success', 7],
      ['running', 0],
    ]);
  });

  test('the same observation again changes nothing', async () => {
    await append(store.database, [success]);
    const before = await readTries(store.database);
    expect(await append(store.database, [success, success, success])).toEqual({
      received: 3,
      appended: 0,
      refused: 0,
    });
    expect(await readTries(store.database)).toEqual(before);
  });

  test('a second final state is a mark: kept, but not an outcome', async () => {
    await append(store.database, [success, failed]);
    await append(store.database, [tryObservation({ state: 'killed' })]);
    expect(await phases()).toEqual([
      ['success', 7],
      ['failed', 0],
      ['killed', 0],
    ]);
  });

  test('a dropped repetition tells nothing: its phases are left to the next fact', async () => {
    await append(store.database, [tryObservation({ state: 'running', queuedAt: null, endedAt: null })]);
    await append(store.database, [running, success]);
    expect(await phases()).toEqual([
      ['running', 2],
      ['success', 5],
    ]);
  });

  test('the event time is the latest of its times, else when it was scheduled, else when it was learnt', async () => {
    await append(store.database, [
      success,
      running,
      queued,
      tryObservation({
        state: 'scheduled',
        scheduledAt: 1_700_000_050,
        queuedAt: null,
        startedAt: null,
        endedAt: null,
      }),
      tryObservation({ state: 'removed', queuedAt: null, startedAt: null, endedAt: null }),
    ]);
    const facts = await readTries(store.database);
    expect(Object.fromEntries(facts.map(({ state, eventTime }) => [state, eventTime]))).toEqual({
      success: 1_700_000_200,
      running: 1_700_000_110,
      queued: 1_700_000_100,
      scheduled: 1_700_000_050,
      removed: KNOWN_AT,
    });
  });

  test('what PostgreSQL cannot hold is refused by name, and the rest is kept', async () => {
    const refused: string[] = [];
    const result = await store.database.transaction((connection) =>
      writeTries(
        connection,
        [
          success,
          tryObservation({ taskId: 'nul\0' }),
          tryObservation({ hostname: '\ud800' }),
          tryObservation({ taskId: 'deep', extra: { a: { b: 'nul\0' } } }),
          tryObservation({ taskId: 'surrogate', extra: { '\udc00': 1 } }),
          tryObservation({ taskId: '😀'.repeat(700) }),
          tryObservation({ taskId: '😀'.repeat(590) }),
        ],
        { ...IMPORTED, onRefused: ({ taskId }, reason) => refused.push(`${taskId.slice(0, 9)}: ${reason}`) },
      ),
    );
    expect(result).toEqual({ received: 7, appended: 2, refused: 5 });
    expect(refused).toEqual([
      'nul\0: it holds a NUL character (U+0000), which PostgreSQL cannot store',
      'task: it holds half of a surrogate pair, which is not a Unicode character',
      'deep: extra: it holds a NUL character (U+0000), which PostgreSQL cannot store',
      'surrogate: extra: it holds half of a surrogate pair, which is not a Unicode character',
      '😀😀😀😀\ud83d: deployment, dag_id, run_id and task_id have 2813 bytes together; at most 2400 are accepted',
    ]);
  });

  test('more than one slice: all arrive, in order', async () => {
    const many = Array.from({ length: 45_000 }, (_, index) =>
      tryObservation({ taskId: `task ${index % 30_000}` }),
    );
    expect(await append(store.database, many)).toEqual({ received: 45_000, appended: 30_000, refused: 0 });
    const ids = await store.database.query('SELECT task_id FROM try_fact ORDER BY fact_id');
    expect(ids.map((row) => row['task_id'])).toEqual(many.slice(0, 30_000).map(({ taskId }) => taskId));
  });

  test('two writers of the same rows at once: no fact twice, no phase twice, ids in the order of commits', async () => {
    const { database } = store;
    const states = [queued, running, success, failed];
    const batch = (order: readonly TryObservation[]): TryObservation[] =>
      Array.from({ length: 50 }, (_, index) =>
        order.map((row) => ({ ...row, taskId: `task ${index}` })),
      ).flat();
    const results = await Promise.all([
      append(database, batch(states)),
      append(database, batch(states.toReversed())),
      append(database, batch([running, failed])),
      append(database, batch([success, queued])),
    ]);
    expect(results.reduce((sum, { appended }) => sum + appended, 0)).toBe(200);
    const told = await database.query(
      'SELECT task_id, sum(new_phases)::int AS told, count(*)::int AS facts FROM try_fact GROUP BY task_id',
    );
    expect(told).toHaveLength(50);
    for (const row of told) expect(row).toMatchObject({ told: 7, facts: 4 });
  });

  test('a writer waits for the one before it, so that nobody reads past an uncommitted fact', async () => {
    const { database } = store;
    let second: Promise<unknown> = Promise.resolve();
    await database.transaction(async (connection) => {
      await writeTries(connection, [running], IMPORTED);
      second = append(database, [success]);
      const waiting = 'SELECT count(*)::int AS n FROM pg_locks WHERE locktype = $1 AND NOT granted';
      while ((await connection.query(waiting, ['advisory']))[0]?.['n'] === 0);
      expect(await latestFactId(database)).toBe(0);
    });
    await second;
    expect(await phases()).toEqual([
      ['running', 3],
      ['success', 4],
    ]);
  });

  test('an aborted transaction leaves nothing', async () => {
    const work = store.database.transaction(async (connection) => {
      await writeTries(connection, [success], IMPORTED);
      throw new Error('stop');
    });
    await expect(work).rejects.toThrow('stop');
    expect(await readTries(store.database)).toEqual([]);
  });

  test('whatever the batches, the log is that of one observation after another', async () => {
    const observation = fc.record({
      taskId: fc.constantFrom('a', 'b'),
      state: fc.constantFrom(...TRY_STATES),
      queuedAt: fc.constantFrom(null, 1_700_000_100),
      startedAt: fc.constantFrom(null, 1_700_000_110),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(observation, { maxLength: 8 }), { maxLength: 4 }),
        async (batches) => {
          await store.database.execute('TRUNCATE try_fact');
          for (const batch of batches)
            await append(
              store.database,
              batch.map((change) => tryObservation(change)),
            );
          const rows = await store.database.query(
            'SELECT task_id, state, new_phases FROM try_fact ORDER BY fact_id',
          );
          expect(rows.map((row) => [row['task_id'], row['state'], row['new_phases']])).toEqual(
            expectedLog(batches.flat()),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

type Told = Pick<TryObservation, 'taskId' | 'state' | 'queuedAt' | 'startedAt'>;

function expectedLog(observations: readonly Told[]): [string, string, number][] {
  const log: [string, string, number][] = [];
  for (const { taskId, state, queuedAt, startedAt } of observations) {
    const earlier = log.filter(([id]) => id === taskId);
    if (earlier.some(([, other]) => other === state)) continue;
    const told = earlier.reduce((bits, [, , phases]) => bits | phases, 0);
    const own =
      (queuedAt === null ? 0 : 1) | (startedAt === null ? 0 : 2) | (FINAL_TRY_STATES.has(state) ? 4 : 0);
    log.push([taskId, state, own & ~told]);
  }
  return log;
}

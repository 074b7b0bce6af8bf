import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareDecisions } from '../../../core/fact-log/decision-order.js';
import { counts, latestFactId, readDecisions, readFacts } from '../../../core/fact-log/read.js';
import { firstVisibleAt } from '../../../core/fact-log/visible-time.js';
import { writeDagRuns } from '../../../core/fact-log/write.js';
import { tryLabel } from '../../../core/facts.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import {
  all,
  anyTry,
  append,
  dagRunObservation,
  IMPORTED,
  KNOWN_AT,
  LIVE,
  readAll,
  readTries,
  tryObservation,
} from './observations.js';

let store: TemporaryDatabase;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
});
beforeEach(async () => {
  await store.database.execute('TRUNCATE try_fact, dag_run_fact, dag_fact, task_fact, pool_fact');
});

describe('reading tries', () => {
  test('any try comes back as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyTry, { maxLength: 15 }), async (observations) => {
        await store.database.execute('TRUNCATE try_fact');
        const { refused } = await append(store.database, observations);
        expect(refused).toBe(0);
        const facts = (await readTries(store.database)).sort((a, b) => a.factId - b.factId);
        const firsts = observations.filter(
          (row, index) => observations.findIndex((other) => keyOf(other) === keyOf(row)) === index,
        );
        expect(facts).toEqual(
          firsts.map((row, index) => ({
            ...row,
            extra: withoutMinusZero(row.extra),
            knownAt: KNOWN_AT,
            visibilityAssumed: true,
            factId: facts[index]?.factId,
            eventTime: facts[index]?.eventTime,
            newPhases: facts[index]?.newPhases,
          })),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('an extra of 3 MB and rows beyond a network chunk come whole', async () => {
    const text = 'ä'.repeat(1_500_000);
    await append(store.database, [
      tryObservation({ taskId: 'large', extra: { text } }),
      ...Array.from({ length: 3000 }, (_, index) =>
        tryObservation({ taskId: `task ${index}`, extra: { index } }),
      ),
    ]);
    const facts = await readTries(store.database);
    expect(facts).toHaveLength(3001);
    expect(facts.find(({ taskId }) => taskId === 'large')?.extra).toEqual({ text });
    expect(facts.find(({ taskId }) => taskId === 'task 2999')?.extra).toEqual({ index: 2999 });
  });

  test('an empty log has no facts', async () => {
    expect(await readAll(store.database)).toEqual([]);
    expect(await latestFactId(store.database)).toBe(0);
    expect(await counts(store.database)).toEqual({ tries: 0, dagRuns: 0, dags: 0, tasks: 0, pools: 0 });
  });
});

describe('the order of facts', () => {
  test('is that of the first visible time, then the fact id, with live and imported facts and any lag', async () => {
    const { database } = store;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anyTry, fc.boolean()), { maxLength: 12 }),
        fc.constantFrom(0, 60, 86_400),
        async (rows, lagSeconds) => {
          await database.execute('TRUNCATE try_fact');
          for (const [row, isLive] of rows)
            await append(database, [row], isLive ? { ...LIVE, knownAt: 1.5e9 } : IMPORTED);
          const facts = (await readAll(database, { lagSeconds, deriveRuns: false })).map((row) => row.fact);
          const sorted = await readTries(database);
          sorted.sort(
            (a, b) => firstVisibleAt(a, lagSeconds) - firstVisibleAt(b, lagSeconds) || a.factId - b.factId,
          );
          expect(facts.map(({ factId }) => factId)).toEqual(sorted.map(({ factId }) => factId));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a try that was told in several steps comes once for each, at the time of the step', async () => {
    const running = tryObservation({ state: 'running', endedAt: null });
    await append(store.database, [
      tryObservation({ taskId: 'other', queuedAt: 1_700_000_150, startedAt: 1_700_000_151 }),
    ]);
    await append(store.database, [running, tryObservation()]);
    const facts = await readTries(store.database);
    expect(facts.map(({ taskId, state, newPhases }) => [taskId, state, newPhases])).toEqual([
      ['task', 'running', 3],
      ['other', 'success', 7],
      ['task', 'success', 4],
    ]);
  });
});

describe('the scope of a reading', () => {
  test('facts after and up to an id, and of one deployment', async () => {
    const { database } = store;
    await append(database, [tryObservation({ taskId: 'a' }), tryObservation({ taskId: 'b' })]);
    const middle = await latestFactId(database);
    await append(database, [
      tryObservation({ taskId: 'c' }),
      tryObservation({ taskId: 'd', deployment: "o'ther; DROP TABLE try_fact" }),
    ]);
    const tasks = async (scope: object): Promise<string[]> => {
      const facts = await readAll(database, { ...scope, deriveRuns: false });
      return facts.map((row) => (row.kind === 'try' ? row.fact.taskId : row.kind));
    };
    expect(await tasks({ untilFactId: middle })).toEqual(['a', 'b']);
    expect(await tasks({ afterFactId: middle })).toEqual(['c', 'd']);
    expect(await tasks({ afterFactId: middle - 1, untilFactId: middle })).toEqual(['b']);
    expect(await tasks({ deployment: "o'ther; DROP TABLE try_fact" })).toEqual(['d']);
    expect(await tasks({ deployment: '' })).toEqual([]);
  });

  test('a part of the log is found by index', async () => {
    await append(store.database, [tryObservation()]);
    await all(readFacts(store.database, { afterFactId: 1 }));
    const plan = await store.database.transaction(async (connection) => {
      await connection.execute('SET LOCAL enable_seqscan = off');
      return connection.query('EXPLAIN SELECT * FROM try_fact WHERE fact_id > (SELECT 1)');
    });
    expect(JSON.stringify(plan)).toContain('try_fact_pkey');
  });

  test('counts', async () => {
    await append(store.database, [tryObservation({ state: 'running', endedAt: null }), tryObservation()]);
    await store.database.transaction((connection) =>
      writeDagRuns(connection, [dagRunObservation()], IMPORTED),
    );
    expect(await counts(store.database)).toEqual({ tries: 2, dagRuns: 1, dags: 0, tasks: 0, pools: 0 });
  });
});

describe('a reading that is left early', () => {
  const many = Array.from({ length: 40_000 }, (_, index) => tryObservation({ taskId: `task ${index}` }));

  test('ends its statement and leaves the database usable', async () => {
    const { database } = store;
    await append(database, many);
    for (let round = 0; round < 15; round++) {
      let seen = 0;
      for await (const batch of readFacts(database)) {
        seen += batch.length;
        if (seen > 0) break;
      }
      expect(seen).toBeLessThan(40_000);
    }
    expect(await counts(database)).toMatchObject({ tries: 40_000 });
  });

  test('a consumer that throws gets its own error', async () => {
    await append(store.database, many.slice(0, 10));
    const reading = async (): Promise<void> => {
      for await (const batch of readFacts(store.database)) throw new Error(`stop at ${batch.length}`);
    };
    await expect(reading()).rejects.toThrow('stop at');
  });

  test('an error of the database reaches the consumer', async () => {
    await store.database.execute('ALTER TABLE pool_fact RENAME TO pool_gone');
    try {
      await expect(readAll(store.database)).rejects.toThrow('pool_fact');
    } finally {
      await store.database.execute('ALTER TABLE pool_gone RENAME TO pool_fact');
    }
  });
});

describe('decisions', () => {
  test('every labelled try that ended, once, in the order of a backtest', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc
            .tuple(anyTry, fc.constantFrom(null, 1.7e9, 1.7e9 + 1), fc.constantFrom(null, 1.7e9))
            .map(([row, queuedAt, startedAt]) => ({ ...row, queuedAt, startedAt })),
          { maxLength: 15 },
        ),
        async (observations) => {
          await store.database.execute('TRUNCATE try_fact');
          await append(store.database, observations);
          const expected = (await readTries(store.database))
            .filter(({ state, newPhases }) => tryLabel(state) !== null && (newPhases & 4) !== 0)
            .filter(({ queuedAt, startedAt }) => queuedAt !== null || startedAt !== null)
            .sort(compareDecisions);
          expect(await all(readDecisions(store.database))).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});

function keyOf(row: {
  deployment: string;
  dagId: string;
  runId: string;
  taskId: string;
  mapIndex: number;
  tryNumber: number;
  state: string;
}): string {
  return JSON.stringify([
    row.deployment,
    row.dagId,
    row.runId,
    row.taskId,
    row.mapIndex,
    row.tryNumber,
    row.state,
  ]);
}

/** JSON has one zero. */
function withoutMinusZero(extra: unknown): unknown {
  return JSON.parse(JSON.stringify(extra)) as unknown;
}

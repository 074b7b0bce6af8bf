import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Queryable } from '../../../core/database/port.js';
import { temporaryDatabase } from '../../support/database.js';
import { FakeAirflow } from './fake-airflow.js';
import { expectedTries, smallWorld } from './fake-world.js';
import { collect, dumpFacts, failureOf, tryKeys } from './harness.js';
import { FakeAirflow2 } from './v1/fake-airflow-2.js';

const TABLES = [
  'dag_fact',
  'task_fact',
  'dag_run_fact',
  'try_fact',
  'pool_fact',
  'collection_state',
  'failure_reason_fact',
  'failure_log_queue',
];
/** Small spans and pages: many requests and commits to be interrupted at. */
const SMALL = { tuning: { targetRows: 6, maxRows: 12 }, config: { page_size: 4 } };

let airflow: FakeAirflow;

async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const temporary = await temporaryDatabase();
  try {
    return await work(temporary.database);
  } finally {
    await temporary.drop();
  }
}

async function clear(database: Database): Promise<void> {
  await database.execute(`TRUNCATE ${TABLES.join(', ')}`);
}

async function uninterrupted(): Promise<{ facts: string[]; requests: number }> {
  return withDatabase(async (database) => {
    await collect(airflow, database, SMALL);
    const requests = airflow.requests.length;
    expect(await tryKeys(database)).toEqual(expectedTries(airflow.world));
    return { facts: await dumpFacts(database), requests };
  });
}

/** Facts of the log that the uninterrupted collection does not have. */
async function strangers(database: Database, facts: readonly string[]): Promise<string[]> {
  const known = new Set(facts);
  return (await dumpFacts(database)).filter((fact) => !known.has(fact));
}

const KINDS = [
  { api: 'REST v1', create: () => new FakeAirflow2(smallWorld()), dueFrom: 'execution_date_gte' },
  { api: 'REST v2', create: () => new FakeAirflow(smallWorld()), dueFrom: 'run_after_gte' },
];

describe.each(KINDS)('a collection over $api that is interrupted and called again', (kind) => {
  beforeEach(async () => {
    airflow = await kind.create().start();
  });
  afterEach(() => airflow.stop());

  it('stopped at any request, ends with the same facts', async () => {
    const { facts, requests } = await uninterrupted();
    expect(requests).toBeGreaterThan(30);
    await withDatabase(async (database) => {
      for (let stopAt = 1; stopAt <= requests; stopAt++) {
        await clear(database);
        const controller = new AbortController();
        airflow.requests.length = 0;
        airflow.interfere = ({ count }) => {
          if (count === stopAt) controller.abort();
          return undefined;
        };
        const error = await failureOf(collect(airflow, database, { ...SMALL, signal: controller.signal }));
        expect(error, `at request ${stopAt}`).toMatchObject({ code: 'cancelled' });
        expect(await strangers(database, facts)).toEqual([]);
        airflow.interfere = () => undefined;
        await collect(airflow, database, SMALL);
        expect(await dumpFacts(database), `stopped at request ${stopAt}`).toEqual(facts);
      }
    });
  });

  it('stopped again and again, each time one request later, ends with the same facts', async () => {
    const { facts } = await uninterrupted();
    await withDatabase(async (database) => {
      let isDone = false;
      for (let patience = 5; !isDone; patience++) {
        const controller = new AbortController();
        airflow.requests.length = 0;
        airflow.interfere = ({ count }) => {
          if (count === patience) controller.abort();
          return undefined;
        };
        isDone = await collect(airflow, database, { ...SMALL, signal: controller.signal }).then(
          () => true,
          () => false,
        );
        expect(await strangers(database, facts)).toEqual([]);
      }
      expect(await dumpFacts(database)).toEqual(facts);
    });
  });

  it('cut off from the database in any transaction, ends with the same facts', async () => {
    const { facts } = await uninterrupted();
    await withDatabase(async (database) => {
      for (let failAt = 1, hasFailed = true; hasFailed; failAt++) {
        await clear(database);
        const broken = failing(database, failAt);
        hasFailed = await collect(airflow, broken, SMALL).then(
          () => false,
          () => true,
        );
        expect(await strangers(database, facts)).toEqual([]);
        await collect(airflow, database, SMALL);
        expect(await dumpFacts(database), `failed in transaction ${failAt}`).toEqual(facts);
      }
    });
  });

  it('goes on where it was, instead of reading everything again', async () => {
    await withDatabase(async (database) => {
      const controller = new AbortController();
      await failureOf(
        collect(airflow, database, {
          ...SMALL,
          signal: controller.signal,
          onProgress: ({ step, done }) => {
            if (step === 'history' && done >= 6) controller.abort();
          },
        }),
      );
      const [before] = await database.query<{ count: number }>(
        'SELECT count(*)::integer AS count FROM dag_run_fact',
      );
      expect(before!.count).toBeGreaterThanOrEqual(6);
      const seen = airflow.requests.length;
      await collect(airflow, database, SMALL);
      const dueFrom = airflow.requests.slice(seen).flatMap(({ query }) => query.get(kind.dueFrom) ?? []);
      const oldest = airflow.world.runs[0]!.run_after;
      expect(dueFrom.length).toBeGreaterThan(0);
      expect(dueFrom.every((from) => from > oldest)).toBe(true);
    });
  });
});

/** The database, whose n-th transaction fails when its work is done: as a server that dies before the commit. */
function failing(database: Database, failAt: number): Database {
  let count = 0;
  return {
    query: (sql, parameters) => database.query(sql, parameters),
    execute: (sql, parameters) => database.execute(sql, parameters),
    session: (work) => database.session(work),
    close: () => database.close(),
    transaction: <T>(work: (connection: Queryable) => Promise<T>): Promise<T> => {
      count++;
      const isLast = count === failAt;
      return database.transaction(async (connection) => {
        const result = await work(connection);
        if (isLast) throw new Error('the database is gone');
        return result;
      });
    },
  };
}

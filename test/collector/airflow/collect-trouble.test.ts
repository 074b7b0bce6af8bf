import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../core/database/port.js';
import { formatInstant } from '../../../collector/airflow/instant.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { FakeAirflow, type FakeOptions, type FakeRequest, type Interference } from './fake-airflow.js';
import type { FakeWorld } from './fake-rows.js';
import { addInstance, addRun, expectedTries, retry, smallWorld, uuid7 } from './fake-world.js';
import { collect, countFacts, dumpFacts, failureOf, tryKeys } from './harness.js';

let temporary: TemporaryDatabase;
let database: Database;
let airflow: FakeAirflow;

beforeEach(async () => {
  temporary = await temporaryDatabase();
  database = temporary.database;
});
afterEach(async () => {
  await airflow.stop();
  await temporary.drop();
});

async function serve(world: FakeWorld = smallWorld(), options: FakeOptions = {}): Promise<FakeAirflow> {
  airflow = await new FakeAirflow(world, options).start();
  return airflow;
}

const GATEWAY: Interference = {
  status: 504,
  body: '<html><title>504 Gateway Time-out</title></html>',
  headers: { 'content-type': 'text/html' },
};

function spanSeconds(request: FakeRequest, field: string): number {
  const from = request.query.get(`${field}_gte`);
  const to = request.query.get(`${field}_lte`);
  return from === null
    ? 0
    : (to === null ? airflow.world.now : Date.parse(to) / 1000) - Date.parse(from) / 1000;
}

describe('an Airflow that is slow', () => {
  it('behind a proxy that gives up: asks for half the time, and goes on', async () => {
    const fake = await serve();
    fake.interfere = (request) =>
      request.path.endsWith('/taskInstances') && spanSeconds(request, 'run_after') > 86_400
        ? GATEWAY
        : undefined;
    const result = await collect(fake, database);
    expect(result.mode).toBe('full');
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('also when it reads changes after a long absence', async () => {
    const fake = await serve();
    await collect(fake, database);
    const { world } = fake;
    for (let hour = 0; hour < 20; hour++) {
      world.now += 3600;
      addInstance(world, addRun(world, 'hourly', `manual__away ${hour}`, world.now - 600), 'poll');
    }
    const asked: number[] = [];
    fake.interfere = (request) => {
      const seconds = spanSeconds(request, 'updated_at');
      asked.push(seconds);
      return seconds > 7200 ? GATEWAY : undefined;
    };
    const result = await collect(fake, database);
    expect(result).toMatchObject({ mode: 'incremental', dagRuns: { appended: 20 }, tries: { appended: 20 } });
    expect(Math.max(...asked)).toBeGreaterThan(70_000);
    expect(await tryKeys(database)).toEqual(expectedTries(world));
  });

  it('at every size: says so, with what to do, and keeps what was committed', async () => {
    const fake = await serve();
    fake.interfere = ({ path }) => (path.endsWith('/taskInstances') ? GATEWAY : undefined);
    const error = await failureOf(collect(fake, database));
    expect(error).toMatchObject({ code: 'airflow_unreachable', kind: 'timeout', retryable: true });
    expect(error.message).toContain(
      'a proxy in front of Airflow gave up waiting (HTTP 504 titled "504 Gateway Time-out")',
    );
    expect(error.fix).toContain('raising the time-out of the proxy');
    expect(await dumpFacts(database, ['dag_run_fact', 'try_fact'])).toEqual([]);
    fake.interfere = () => undefined;
    await collect(fake, database);
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('halves a span with too many rows, whatever the paging', async () => {
    const fake = await serve();
    await collect(fake, database, { tuning: { maxRows: 6, targetRows: 4 } });
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });
});

describe('large answers', () => {
  it('reads 20 MB in one field, and drops it', async () => {
    const fake = await serve();
    fake.world.instances[3]!.rendered_fields = { script: 'x'.repeat(20_000_000) };
    await collect(fake, database);
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('asks for fewer rows at once when a page is beyond the limit', async () => {
    const fake = await serve();
    for (const row of fake.world.instances) row.rendered_fields = { script: 'x'.repeat(100_000) };
    await collect(fake, database, { connection: { maxResponseBytes: 2 ** 20 } });
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
    const limits = fake.requests
      .filter(({ path }) => path.endsWith('/taskInstances'))
      .map(({ query }) => Number(query.get('limit')));
    expect(Math.min(...limits)).toBeLessThan(10);
  });

  it('names the limit when a single row is beyond it, and leaves nothing half-written', async () => {
    const fake = await serve();
    fake.world.instances.at(-1)!.rendered_fields = { script: 'x'.repeat(20_000_000) };
    const error = await failureOf(collect(fake, database, { connection: { maxResponseBytes: 2 ** 20 } }));
    expect(error).toMatchObject({ code: 'airflow_bad_answer', kind: 'too_large' });
    expect(error.message).toBe(
      `${fake.url}/api/v2/dags/~/dagRuns/~/taskInstances: the answer is larger than 1 MiB`,
    );
    expect(await dumpFacts(database, ['dag_run_fact', 'try_fact'])).toEqual([]);
  });
});

describe('a server that changes under way', () => {
  it('whose tokens expire in the middle', async () => {
    const fake = await serve(smallWorld(), { tokenSeconds: 100 });
    // Time flies: 15 s for each request, so that a token lasts for half a dozen.
    fake.interfere = () => {
      fake.world.now += 15;
      return undefined;
    };
    await collect(fake, database, { config: { page_size: 4 }, clock: () => 1000 });
    expect(fake.logins).toBeGreaterThan(2);
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('whose secret changes in the middle', async () => {
    const fake = await serve();
    fake.interfere = ({ count }) => {
      if (count === 9) fake.tokenSecret = 'second';
      return undefined;
    };
    await collect(fake, database, { config: { page_size: 4 } });
    expect(fake.logins).toBe(2);
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('whose password changes in the middle: a clear end, nothing half-written, and on with the new one', async () => {
    const fake = await serve();
    fake.interfere = ({ count }) => {
      if (count === 12) {
        fake.tokenSecret = 'second';
        fake.password = 'another';
      }
      return undefined;
    };
    const error = await failureOf(collect(fake, database, { config: { page_size: 4 } }));
    expect(error).toMatchObject({ code: 'airflow_unauthorized' });
    expect(error.message).not.toContain('secret-password');
    await collect(fake, database, { config: { password: 'another' } });
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('that restarts in the middle', async () => {
    const fake = await serve();
    let isDown = false;
    let attempts = 0;
    fake.interfere = ({ count }) => {
      if (count !== 11) return undefined;
      isDown = true;
      void fake.stop();
      return 'hang';
    };
    await collect(fake, database, {
      config: { page_size: 4 },
      sleep: async () => {
        if (isDown && ++attempts === 3) {
          isDown = false;
          await fake.start();
        }
      },
    });
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it.each([{ hasCursors: false }, { hasCursors: true }])(
    'whose task instances change pages while they are read (cursors $hasCursors)',
    async ({ hasCursors }) => {
      const world = smallWorld();
      const fake = await serve(world, { hasCursors });
      // Before each of ten pages, the first three rows move to the end with a new id, as retries and clearings make them.
      let moves = 0;
      fake.interfere = ({ path }) => {
        if (!path.endsWith('/taskInstances') || ++moves > 10) return undefined;
        const rows = [...world.instances].sort((a, b) => (a.id < b.id ? -1 : 1));
        for (const row of rows.slice(0, 3)) {
          row.id = uuid7(world.now + 1);
          row.updated_at = formatInstant(world.now);
        }
        return undefined;
      };
      await collect(fake, database, { config: { page_size: 5 } });
      expect(await tryKeys(database)).toEqual(expectedTries(world));
    },
  );

  it('whose tasks retry while they are read', async () => {
    const world = smallWorld();
    const fake = await serve(world);
    const attempted = world.instances.filter((row) => row.try_number > 0);
    let moves = 0;
    fake.interfere = ({ path }) => {
      if (path.endsWith('/taskInstances') && moves++ < 6) retry(world, attempted[moves * 3]!, world.now - 10);
      return undefined;
    };
    await collect(fake, database, { config: { page_size: 5 } });
    const keys = new Set(await tryKeys(database));
    expect(expectedTries(world).filter((key) => !keys.has(key))).toEqual([]);
  });
});

describe('what is wrong from the beginning writes nothing', () => {
  it.each([
    ['a wrong password', { password: 'guess' }, 'airflow_unauthorized'],
    ['a wrong prefix', { url: 'http://127.0.0.1:PORT/wrong' }, 'airflow_unsupported'],
  ])('%s', async (_, config, code) => {
    const fake = await serve();
    const url = (config as { url?: string }).url?.replace('PORT', new URL(fake.url).port) ?? fake.url;
    const error = await failureOf(collect(fake, database, { config: { ...config, url } }));
    expect(error).toMatchObject({ code });
    expect(error.fix).toBeTruthy();
    expect(await countFacts(database)).toBe(0);
    expect(await database.query('SELECT * FROM collection_state')).toEqual([]);
  });
});

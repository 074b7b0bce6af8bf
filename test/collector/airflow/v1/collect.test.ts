import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatInstant } from '../../../../collector/airflow/instant.js';
import type { Database } from '../../../../core/database/port.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../../support/database.js';
import { FakeAirflow, type Interference } from '../fake-airflow.js';
import type { FakeWorld } from '../fake-rows.js';
import {
  T0,
  addDag,
  addInstance,
  addRun,
  emptyWorld,
  expectedTries,
  retry,
  smallWorld,
} from '../fake-world.js';
import { collect, dumpFacts, failureOf, tryKeys } from '../harness.js';
import { FakeAirflow2 } from './fake-airflow-2.js';

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

async function serve(world: FakeWorld): Promise<FakeAirflow> {
  airflow = await new FakeAirflow2(world).start();
  return airflow;
}

const GATEWAY: Interference = {
  status: 504,
  body: '<html><title>504 Gateway Time-out</title></html>',
  headers: { 'content-type': 'text/html' },
};

describe('a collection from Airflow 2', () => {
  it('reads all of a history, then only what changed, with user and password in every request', async () => {
    const fake = await serve(smallWorld());
    const { world } = fake;
    const full = await collect(fake, database, {
      config: { page_size: 4 },
      tuning: { targetRows: 8, maxRows: 30 },
    });
    expect(full).toMatchObject({ mode: 'full', restVersion: 'v1', airflowVersion: '2.11.0' });
    expect(full.dagRuns.appended).toBe(9);
    expect(full.pools.appended).toBe(1);
    expect(await tryKeys(database)).toEqual(expectedTries(world));
    expect(fake.logins).toBe(0);

    const again = await collect(fake, database);
    expect(again).toMatchObject({ mode: 'incremental', tries: { appended: 0 }, dagRuns: { appended: 0 } });

    world.now += 3600;
    const run = addRun(world, 'hourly', 'manual__new', world.now - 600, { run_type: 'manual' });
    retry(world, addInstance(world, run, 'poll'), world.now - 500, 'failed');
    const seen = fake.requests.length;
    const changes = await collect(fake, database);
    expect(changes).toMatchObject({ mode: 'incremental', tries: { appended: 2 }, dagRuns: { appended: 1 } });
    expect(await tryKeys(database)).toEqual(expectedTries(world));
    expect(fake.requests.slice(seen).filter(({ path }) => path.endsWith('/tries'))).toHaveLength(1);
  });

  it('trusts no two pages of a list without order', async () => {
    const fake = await serve(smallWorld());
    await collect(fake, database);
    const { world } = fake;
    world.now += 3600;
    // All in one moment: no span of time parts them.
    const run = addRun(world, 'hourly', 'manual__wide', world.now - 30, {
      updated_at: formatInstant(world.now - 9),
    });
    for (let index = 0; index < 60; index++) {
      addInstance(world, run, 'poll', { map_index: index, updated_at: formatInstant(world.now - 10) });
    }
    await collect(fake, database, { config: { page_size: 20 } });
    expect(await tryKeys(database)).toEqual(expectedTries(world));
  });

  it('finds a task that was skipped before its run was cleared', async () => {
    const world = emptyWorld(T0 + 1000);
    addDag(world, 'dag', ['first', 'second']);
    const run = addRun(world, 'dag', 'r', T0, { start_date: formatInstant(T0 + 500) });
    addInstance(world, run, 'first');
    const second = addInstance(world, run, 'second', {
      start_date: formatInstant(T0 + 510),
      end_date: formatInstant(T0 + 520),
    });
    const decided = {
      try_number: 0,
      state: 'skipped',
      start_date: formatInstant(T0 + 9),
      end_date: formatInstant(T0 + 9),
    };
    world.history.push({ ...second, ...decided });
    const fake = await serve(world);
    await collect(fake, database);
    expect(await tryKeys(database)).toEqual(expectedTries(world));
  });

  it('reads the tasks of a new DAG at once', async () => {
    const fake = await serve(smallWorld());
    await collect(fake, database);
    expect(await collect(fake, database)).toMatchObject({ tasks: { received: 0 } });
    addDag(fake.world, 'newcomer', ['a', 'b']);
    fake.world.now += 60;
    expect(await collect(fake, database)).toMatchObject({ tasks: { appended: 2 } });
  });

  it('keeps ids with dots, slashes, spaces and emoji apart and whole', async () => {
    const world = emptyWorld();
    for (const id of ['a.b', 'a b', 'a/b', 'ä🚀', 'a%2Fb', "o'brien", 'a+b:c~d']) {
      addDag(world, id, [id]);
      addInstance(world, addRun(world, id, `run ${id}`, T0 - 1000), id);
    }
    const fake = await serve(world);
    await collect(fake, database);
    expect(await tryKeys(database)).toEqual(expectedTries(world));
    expect((await dumpFacts(database)).join('\n')).not.toContain('never read');
  });
});

describe('an Airflow 2 in trouble', () => {
  it('that cannot answer for many runs at once is asked for fewer', async () => {
    const fake = await serve(smallWorld());
    const asked: number[] = [];
    fake.interfere = ({ path, count }) =>
      path.endsWith('/taskInstances/list') && count % 3 !== 0 && asked.push(count) < 6 ? GATEWAY : undefined;
    await collect(fake, database);
    expect(asked.length).toBeGreaterThan(2);
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('that cannot answer for one run at once is read page by page', async () => {
    const fake = await serve(smallWorld());
    fake.interfere = ({ path }) => (path.endsWith('/taskInstances/list') ? GATEWAY : undefined);
    await collect(fake, database, { config: { page_size: 2 } });
    expect(await tryKeys(database)).toEqual(expectedTries(fake.world));
  });

  it('is upgraded to Airflow 3 and read on', async () => {
    const world = smallWorld();
    const fake = await serve(world);
    await collect(fake, database);
    const { port } = new URL(fake.url);
    await fake.stop();
    const upgraded = await new FakeAirflow(
      { ...world, now: world.now + 3600 },
      { port: Number(port) },
    ).start();
    airflow = upgraded;
    const run = addRun(world, 'hourly', 'manual__after', upgraded.world.now - 600, { run_type: 'manual' });
    addInstance(world, run, 'poll');
    const result = await collect(upgraded, database);
    expect(result).toMatchObject({ mode: 'incremental', restVersion: 'v2', tries: { appended: 1 } });
    expect(await tryKeys(database)).toEqual(expectedTries(world));
  });

  it('with a wrong password says so, and writes nothing', async () => {
    const fake = await serve(smallWorld());
    const error = await failureOf(collect(fake, database, { config: { password: 'guess' } }));
    expect(error).toMatchObject({ code: 'airflow_unauthorized' });
    expect(error.message).toBe(`${fake.url} refuses user "viewer" (HTTP 401: Unauthorized)`);
    expect(error.fix).toContain('airflow.api.auth.backend.basic_auth');
    expect(await dumpFacts(database)).toEqual([]);
  });

  it('without credentials says what to set', async () => {
    const fake = await serve(smallWorld());
    const error = await failureOf(collect(fake, database, { config: { username: null, password: null } }));
    expect(error).toMatchObject({ code: 'airflow_unauthorized' });
    expect(error.fix).toContain('`username` and `password`');
  });
});

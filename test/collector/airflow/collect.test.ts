import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../core/database/port.js';
import { formatInstant } from '../../../collector/airflow/instant.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { FakeAirflow, type FakeOptions } from './fake-airflow.js';
import type { FakeWorld } from './fake-rows.js';
import {
  T0,
  addDag,
  addInstance,
  addRun,
  addVersion,
  emptyWorld,
  expectedTries,
  retry,
  smallWorld,
  task,
} from './fake-world.js';
import { collect, dumpFacts, tryKeys } from './harness.js';

const DAY = 86_400;
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

async function serve(world: FakeWorld, options: FakeOptions = {}): Promise<FakeAirflow> {
  airflow = await new FakeAirflow(world, options).start();
  return airflow;
}

describe.each([{ hasCursors: false }, { hasCursors: true }])(
  'a collection, cursors $hasCursors',
  ({ hasCursors }) => {
    it('reads all of a history, then only what changed', async () => {
      const world = smallWorld();
      const fake = await serve(world, { hasCursors, maxPageLimit: 4 });
      const full = await collect(fake, database, { tuning: { targetRows: 8, maxRows: 30 } });
      expect(full.mode).toBe('full');
      expect(full.dagRuns.appended).toBe(9);
      expect(full.tries.appended).toBe(expectedTries(world).length);
      expect(await tryKeys(database)).toEqual(expectedTries(world));
      expect(Math.abs(full.watermark - world.now)).toBeLessThan(2);

      const again = await collect(fake, database);
      expect(again).toMatchObject({ mode: 'incremental', tries: { appended: 0 }, dagRuns: { appended: 0 } });

      world.now += 3600;
      const run = addRun(world, 'hourly', 'manual__new', world.now - 600, { run_type: 'manual' });
      retry(world, addInstance(world, run, 'poll'), world.now - 500, 'failed');
      const seen = fake.requests.length;
      const changes = await collect(fake, database);
      expect(changes).toMatchObject({
        mode: 'incremental',
        tries: { appended: 2 },
        dagRuns: { appended: 1 },
      });
      expect(await tryKeys(database)).toEqual(expectedTries(world));
      expect(fake.requests.slice(seen).filter((request) => request.path.endsWith('/tries'))).toHaveLength(1);
    });
  },
);

it('drops what is large or secret, and asks with a time zone', async () => {
  const fake = await serve(smallWorld());
  await collect(fake, database);
  expect((await dumpFacts(database)).join('\n')).not.toContain('never read');
  const filters = fake.requests.flatMap(({ query }) =>
    [...query].filter(([name]) => /_(?:gte|lte)$/.test(name)),
  );
  expect(filters.length).toBeGreaterThan(0);
  for (const [, value] of filters) expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

it('takes an Airflow without DAGs, and DAGs without runs', async () => {
  const world = emptyWorld();
  const fake = await serve(world);
  expect(await collect(fake, database)).toMatchObject({
    mode: 'full',
    dags: { received: 0 },
    tries: { received: 0 },
  });
  addDag(world, 'never_ran', ['a', 'b']);
  world.now += 4000;
  expect(await collect(fake, database)).toMatchObject({
    mode: 'incremental',
    dags: { appended: 1 },
    tasks: { appended: 2 },
    dagRuns: { received: 0 },
  });
});

it('keeps ids with dots, slashes, spaces and emoji apart and whole', async () => {
  const world = emptyWorld();
  const ids = ['a.b', 'a b', 'a/b', 'ä🚀', 'a%2Fb', "o'brien", '-- drop', 'a+b:c~d'];
  for (const id of ids) {
    addDag(world, id, [id]);
    const run = addRun(world, id, `run ${id}`, T0 - 1000);
    retry(world, addInstance(world, run, id), T0 - 900);
  }
  const fake = await serve(world);
  await collect(fake, database);
  const expected = expectedTries(world).filter((key) => {
    // Airflow cannot route an id with a slash: its earlier tries are not to be had.
    const [dagId, , , , tryNumber] = JSON.parse(key) as [string, string, string, number, number];
    return dagId !== 'a/b' || tryNumber === 2;
  });
  expect(await tryKeys(database)).toEqual(expected);
  const tasks = await database.query<{ task_id: string }>('SELECT task_id FROM task_fact');
  expect(tasks.map((row) => row.task_id).sort()).toEqual(ids.filter((id) => id !== 'a/b').sort());
});

it('marks history as assumed and what comes later as live', async () => {
  const world = smallWorld();
  const fake = await serve(world);
  await collect(fake, database);
  const assumed = async (): Promise<Record<string, unknown>[]> =>
    database.query(
      'SELECT visibility_assumed AS assumed, count(*)::integer AS count FROM try_fact GROUP BY 1 ORDER BY 1',
    );
  const count = expectedTries(world).length;
  expect(await assumed()).toEqual([{ assumed: true, count }]);
  world.now += 600;
  const run = addRun(world, 'hourly', 'manual__live', world.now - 300);
  addInstance(world, run, 'poll');
  const late = addRun(world, 'hourly', 'manual__old', world.now - 30 * DAY, {
    updated_at: formatInstant(world.now - 5),
  });
  addInstance(world, late, 'poll', { updated_at: formatInstant(world.now - 5) });
  await collect(fake, database);
  expect(await assumed()).toEqual([
    { assumed: false, count: 1 },
    { assumed: true, count: count + 1 },
  ]);
  const [live] = await database.query<{ known: number }>(
    'SELECT extract(epoch FROM known_at)::double precision AS known FROM try_fact WHERE NOT visibility_assumed',
  );
  expect(live!.known).toBeCloseTo(world.now, 3);
});

it('follows a try through its states, each once', async () => {
  const world = emptyWorld();
  addDag(world, 'dag', ['t']);
  const fake = await serve(world);
  await collect(fake, database);
  world.now += 60;
  const run = addRun(world, 'dag', 'r', world.now - 30, {
    state: 'running',
    end_date: null,
    updated_at: formatInstant(world.now),
  });
  const row = addInstance(world, run, 't', { state: null, try_number: 0 });
  const step = async (more: Partial<typeof row>): Promise<void> => {
    Object.assign(row, more, { updated_at: formatInstant(world.now) });
    await collect(fake, database);
    world.now += 20;
  };
  await step({});
  await step({ state: 'scheduled', try_number: 1 });
  await step({ state: 'queued' });
  await step({ state: 'running' });
  await step({ state: 'running' });
  world.history.push({ ...row, state: 'failed' });
  await step({ state: 'up_for_retry' });
  await step({ state: 'scheduled', try_number: 2 });
  await step({ state: 'success' });
  const facts = await database.query<{ try_number: number; state: string; new_phases: number }>(
    'SELECT try_number, state, new_phases FROM try_fact ORDER BY fact_id',
  );
  expect(facts.map((fact) => [fact.try_number, fact.state, fact.new_phases])).toEqual(
    [
      [1, 'scheduled', 0],
      [1, 'queued', 1],
      [1, 'running', 2],
      [1, 'up_for_retry', 4],
      [2, 'scheduled', 0],
      [1, 'failed', 0],
      [2, 'success', 7],
    ].sort((a, b) => Number(a[0]) - Number(b[0]) || 0),
  );
});

describe('descriptions', () => {
  const latest = (table: string, id: string): Promise<Record<string, unknown>[]> =>
    database.query(
      `SELECT DISTINCT ON (${id}) ${id} AS id, is_active AS active FROM ${table} ORDER BY ${id}, fact_id DESC`,
    );

  it('makes DAGs inactive that are stale or deleted, and keeps their facts', async () => {
    const world = smallWorld();
    const fake = await serve(world);
    await collect(fake, database);
    world.dags.find((dag) => dag.dag_id === 'hourly')!.is_stale = true;
    world.dags = world.dags.filter((dag) => dag.dag_id !== 'sales.daily');
    world.runs = world.runs.filter((run) => run.dag_id !== 'sales.daily');
    world.instances = world.instances.filter((row) => row.dag_id !== 'sales.daily');
    const before = await tryKeys(database);
    world.now += 60;
    expect(await collect(fake, database)).toMatchObject({ dags: { appended: 2 } });
    expect(await latest('dag_fact', 'dag_id')).toEqual([
      { id: 'hourly', active: false },
      { id: 'never_ran', active: true },
      { id: 'sales.daily', active: false },
    ]);
    expect(await tryKeys(database)).toEqual(before);
    expect(await collect(fake, database)).toMatchObject({ dags: { appended: 0 } });
  });

  it('reads tasks again when a DAG has a new version, and after an hour', async () => {
    const world = smallWorld();
    const fake = await serve(world);
    await collect(fake, database);
    expect(fake.count('/tasks')).toBe(3);
    world.tasks.set('hourly', [task('poll', { retries: 5 }), task('added')]);
    world.tasks.set('sales.daily', [task('extract'), task('report')]);
    world.now += 60;
    addVersion(world, 'hourly');
    expect(await collect(fake, database)).toMatchObject({ tasks: { received: 2, appended: 2 } });
    expect(fake.count('/tasks')).toBe(4);
    world.now += 3600;
    expect(await collect(fake, database)).toMatchObject({ tasks: { appended: 1 } });
    expect(await latest('task_fact', 'task_id')).toContainEqual({ id: 'group.load', active: false });
  });

  it('collects without the right to see versions', async () => {
    const fake = await serve(smallWorld());
    fake.interfere = ({ path }) =>
      path.endsWith('/dagVersions') ? { status: 403, body: '{"detail":"Forbidden"}' } : undefined;
    expect(await collect(fake, database)).toMatchObject({ tasks: { appended: 5 } });
  });
});

describe('how far back', () => {
  it('reads from `since`, and the part before it when asked for more', async () => {
    const world = smallWorld();
    const fake = await serve(world);
    const part = await collect(fake, database, { since: T0 + 3 * DAY });
    expect(part.dagRuns.appended).toBe(6);
    expect(await collect(fake, database, { since: T0 + 4 * DAY })).toMatchObject({ mode: 'incremental' });
    const rest = await collect(fake, database, { since: T0 + 1 * DAY });
    expect(rest).toMatchObject({ mode: 'full', dagRuns: { appended: 2 } });
    const all = await collect(fake, database);
    expect(all).toMatchObject({ mode: 'full', dagRuns: { appended: 1 } });
    expect(await tryKeys(database)).toEqual(expectedTries(world));
    expect(await collect(fake, database)).toMatchObject({ mode: 'incremental' });
  });

  it('starts over, twice nothing, when the address changes', async () => {
    const world = smallWorld();
    const fake = await serve(world);
    await collect(fake, database);
    const facts = await dumpFacts(database);
    await fake.stop();
    const moved = await serve(world, { prefix: '/new' });
    const again = await collect(moved, database);
    expect(again).toMatchObject({
      mode: 'full',
      tries: { appended: 0 },
      dagRuns: { appended: 0 },
      tasks: { appended: 0 },
    });
    expect(await dumpFacts(database)).toEqual(facts);
  });
});

it('shows progress towards the number of DAG runs', async () => {
  const fake = await serve(smallWorld());
  const seen: string[] = [];
  await collect(fake, database, {
    tuning: { targetRows: 5, maxRows: 12 },
    onProgress: ({ step, done, total }) => {
      if (step === 'history') seen.push(`${done}/${total ?? '?'}`);
    },
  });
  expect(seen.at(-1)).toBe('9/9');
  expect(seen.length).toBeGreaterThan(3);
});

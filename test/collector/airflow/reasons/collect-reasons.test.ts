import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../../core/database/port.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../../support/database.js';
import { FakeAirflow } from '../fake-airflow.js';
import type { FakeWorld } from '../fake-rows.js';
import { T0, addDag, addInstance, addRun, emptyWorld, retry } from '../fake-world.js';
import { collect, type CollectMore } from '../harness.js';
import { FakeAirflow2 } from '../v1/fake-airflow-2.js';

const LOG = readFileSync(
  join(import.meta.dirname, '../../../golden/failure-reasons/data.mapped_missing_file.airflow-3.2.1.log'),
  'utf8',
);
const LOG_OF_2 = readFileSync(
  join(import.meta.dirname, '../../../golden/failure-reasons/data.duplicate_key.airflow-2.11.0.log'),
  'utf8',
);
const NO_LOG = '{"event":"::group::Log message source details","sources":["Log file not found on worker"]}\n';

let temporary: TemporaryDatabase;
let database: Database;
let world: FakeWorld;
let airflow: FakeAirflow;

beforeEach(async () => {
  temporary = await temporaryDatabase();
  database = temporary.database;
  world = emptyWorld(T0 + 100_000);
  addDag(world, 'sales', ['load', 'report']);
});
afterEach(async () => {
  await airflow.stop();
  await temporary.drop();
});

async function serve(log: string | null = LOG): Promise<void> {
  airflow = await new FakeAirflow(world).start();
  airflow.log = () => log;
}

/** A run due so long ago, with a task that has failed. */
function fail(runId: string, secondsAgo: number, taskId = 'load', mapIndex = -1): void {
  const run = addRun(world, 'sales', runId, world.now - secondsAgo, { state: 'failed' });
  addInstance(world, run, taskId, { state: 'failed', map_index: mapIndex });
}

interface Reason extends Record<string, unknown> {
  readonly run_id: string;
  readonly class: string;
  readonly unread: string | null;
  readonly template_id: string | null;
}

function reasons(): Promise<Reason[]> {
  return database.query<Reason>(
    `SELECT run_id, task_id, map_index, try_number, pool, class, rule, template_id, template, evidence, unread,
       visibility_assumed, extract(epoch FROM event_time)::double precision AS event_time,
       extract(epoch FROM known_at)::double precision AS known_at
     FROM failure_reason_fact ORDER BY fact_id`,
  );
}

const pass = (config: Record<string, unknown> = {}, more: CollectMore = {}) =>
  collect(airflow, database, { config: { failure_reasons: config }, ...more });

const logsAsked = (): string[] =>
  airflow.requests.filter(({ path }) => path.includes('/logs/')).map(({ path }) => path);

describe('reasons of failures', () => {
  it('those of history count as known when the tries ended, later ones when they were learnt', async () => {
    await serve();
    fail('old', 50_000, 'load', 3);
    expect(await pass()).toMatchObject({ mode: 'full', failureReasons: 1 });
    const endedAt = world.now - 50_000 + 9.999999;
    expect(await reasons()).toEqual([
      {
        run_id: 'old',
        task_id: 'load',
        map_index: 3,
        try_number: 1,
        pool: 'default_pool',
        class: 'data',
        rule: 'missing_input',
        template_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        template: expect.stringContaining(
          'FileNotFoundError: [Errno <*>] No such file or directory',
        ) as string,
        evidence: "FileNotFoundError: [Errno 2] No such file or directory: '/in/a.csv'",
        unread: null,
        visibility_assumed: true,
        event_time: expect.closeTo(endedAt, 5) as number,
        known_at: expect.closeTo(world.now, 3) as number,
      },
    ]);
    const [asked] = airflow.requests.filter(({ path }) => path.includes('/logs/'));
    expect(asked!.path).toBe('/api/v2/dags/sales/dagRuns/old/taskInstances/load/logs/1');
    expect(asked!.query.get('map_index')).toBe('3');

    world.now += 1000;
    fail('new', 60);
    expect(await pass()).toMatchObject({ mode: 'incremental', failureReasons: 1 });
    expect((await reasons())[1]).toMatchObject({ run_id: 'new', visibility_assumed: false });
  });

  it('those that an interrupted first collection left behind count like the others of history', async () => {
    await serve();
    fail('older', 50_000);
    fail('newer', 40_000);
    const controller = new AbortController();
    airflow.log = () => {
      controller.abort();
      return LOG;
    };
    await expect(pass({}, { signal: controller.signal })).rejects.toThrow('stopped while logs were read');
    airflow.log = () => LOG;
    await pass();
    world.now += 1000;
    fail('live', 60);
    await pass();
    const found = await database.query(
      'SELECT run_id, visibility_assumed FROM failure_reason_fact ORDER BY event_time',
    );
    expect(found).toEqual([
      { run_id: 'older', visibility_assumed: true },
      { run_id: 'newer', visibility_assumed: true },
      { run_id: 'live', visibility_assumed: false },
    ]);
  });

  it('no log is asked for twice, and no try explained twice', async () => {
    await serve();
    fail('a', 5000);
    fail('b', 4000);
    await pass();
    await pass();
    world.now += 300;
    await pass();
    expect(logsAsked()).toHaveLength(2);
    expect(await reasons()).toHaveLength(2);
  });

  it('each failed try of a task instance has its own', async () => {
    await serve();
    const run = addRun(world, 'sales', 'a', world.now - 5000);
    retry(world, addInstance(world, run, 'load'), world.now - 4000, 'failed');
    await pass();
    expect(
      logsAsked()
        .map((path) => path.at(-1))
        .sort(),
    ).toEqual(['1', '2']);
  });

  it('reads the newest failures first, so many in a pass, and the rest in the next', async () => {
    await serve();
    await pass();
    world.now += 600;
    for (const [index, secondsAgo] of [500, 100, 400, 200, 300].entries()) fail(`run ${index}`, secondsAgo);
    const newestFirst = ['run 1', 'run 3', 'run 4', 'run 2', 'run 0'];
    expect(await pass({ per_pass: 2 })).toMatchObject({ failureReasons: 2 });
    await pass({ per_pass: 2 });
    await pass({ per_pass: 2 });
    expect((await reasons()).map(({ run_id }) => run_id)).toEqual(newestFirst);
  });

  it('of history reads the newest of each task first, up to a bound', async () => {
    await serve();
    for (let index = 0; index < 5; index++) fail(`run ${index}`, 9000 - index * 1000);
    fail('report', 50_000, 'report');
    await pass({ history: 2, per_pass: 1 });
    expect((await reasons()).map(({ run_id }) => run_id)).toEqual(['run 4', 'report']);
    expect(await pass({ history: 2 })).toMatchObject({ failureReasons: 0 });
  });

  it('asks again for a log that is not there yet, a few times, and then says why', async () => {
    await serve(NO_LOG);
    await pass();
    fail('a', 60);
    world.now += 30;
    const asked: number[] = [];
    for (const seconds of [0, 4, 1, 59, 1, 599, 1]) {
      world.now += seconds;
      await pass();
      asked.push(logsAsked().length);
    }
    expect(asked).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(await reasons()).toMatchObject([
      { class: 'unknown', evidence: null, template_id: null, unread: 'Log file not found on worker' },
    ]);
    world.now += 5000;
    await pass();
    expect(logsAsked()).toHaveLength(4);
  });

  it('a try that Airflow no longer has is not asked for again', async () => {
    await serve(null);
    fail('a', 5000);
    await pass();
    expect(await reasons()).toMatchObject([{ class: 'unknown', unread: 'Airflow no longer has this try' }]);
  });

  it('keeps only the end of a long log in view', async () => {
    const filler = `{"timestamp":"2026-11-24T00:00:00Z","level":"error","event":"KeyError: old"}\n`;
    await serve(filler.repeat(20_000) + LOG);
    fail('a', 5000);
    await pass({ log_kib: 8 });
    expect(await reasons()).toMatchObject([{ class: 'data', unread: null }]);
  });

  it('gives up on a log without end, and on nothing else', async () => {
    await serve('x'.repeat(300_000));
    fail('a', 5000);
    await pass({}, { connection: { maxResponseBytes: 200_000 } });
    expect(await reasons()).toMatchObject([{ class: 'unknown', unread: 'the log is too large' }]);
  });

  it.each([403, 500])('where logs are answered with %i, collection goes on without them', async (status) => {
    await serve();
    airflow.interfere = ({ path }) => (path.includes('/logs/') ? { status, body: '{}' } : undefined);
    for (let index = 0; index < 5; index++) fail(`run ${index}`, 5000 + index);
    expect(await pass()).toMatchObject({ failureReasons: 0, tries: { appended: 5 } });
    expect(logsAsked()).toHaveLength(status === 403 ? 1 : 3);
    airflow.interfere = () => undefined;
    world.now += 4000;
    expect(await pass()).toMatchObject({ failureReasons: 5 });
  });

  it('what hangs costs the time that logs may take, not the pass', async () => {
    await serve();
    airflow.interfere = ({ path }) => (path.includes('/logs/') ? 'hang' : undefined);
    await pass();
    fail('a', 60);
    const quick = { config: { poll_interval_seconds: 1, failure_reasons: {} } };
    expect(await collect(airflow, database, quick)).toMatchObject({ failureReasons: 0 });
    airflow.interfere = () => undefined;
    expect(await pass()).toMatchObject({ failureReasons: 1 });
  });

  it('asks for nothing when switched off', async () => {
    await serve();
    fail('a', 5000);
    expect(await pass({ enabled: false })).toMatchObject({ failureReasons: 0 });
    expect(logsAsked()).toEqual([]);
  });

  it('lines of one template keep its id over restarts', async () => {
    await serve();
    fail('a', 5000);
    await pass();
    world.now += 100;
    airflow.log = () => LOG.replaceAll('/in/a.csv', '/elsewhere/b.csv');
    fail('b', 50);
    await pass();
    const [first, second] = await reasons();
    expect(second!.template_id).toBe(first!.template_id);
  });

  it('reads the logs of Airflow 2', async () => {
    airflow = await new FakeAirflow2(world).start();
    airflow.log = () => LOG_OF_2;
    fail('a', 5000);
    await pass();
    expect(await reasons()).toMatchObject([{ class: 'data', rule: 'broken_constraint', unread: null }]);
    expect(logsAsked()).toEqual(['/api/v1/dags/sales/dagRuns/a/taskInstances/load/logs/1']);
  });
});

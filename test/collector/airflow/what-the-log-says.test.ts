/** After every fault, the log says in one line what happened. The facts after each are the business of the tests beside this one. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatInstant } from '../../../collector/airflow/instant.js';
import { pollAirflow } from '../../../collector/airflow/index.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { FakeAirflow, type Interference } from './fake-airflow.js';
import { smallWorld } from './fake-world.js';
import { collect, deploymentOf, NO_WAIT } from './harness.js';
import { listeningLogger, type LogLine } from './log-lines.js';

let temporary: TemporaryDatabase;
let fake: FakeAirflow;
beforeEach(async () => {
  temporary = await temporaryDatabase();
  fake = await new FakeAirflow(smallWorld()).start();
});
afterEach(async () => {
  await fake.stop();
  await temporary.drop();
});

const RETRIED = 'request to Airflow failed, trying again';

/** What the log says beside that an Airflow was found. */
async function linesOf(more: Parameters<typeof collect>[2] = {}): Promise<LogLine[]> {
  const { logger, lines } = listeningLogger();
  await collect(fake, temporary.database, { logger, ...more });
  return lines.filter(({ msg }) => msg !== 'Airflow found');
}

it.each<[string, Interference, string]>([
  ['HTTP 429', { status: 429, headers: { 'retry-after': '1' } }, 'HTTP 429'],
  ['HTTP 500', { status: 500 }, 'HTTP 500'],
  ['HTTP 502', { status: 502 }, 'HTTP 502'],
  ['a reset', 'reset', 'connection'],
  ['half an answer', 'truncate', 'JSON'],
])('a request that meets %s', async (_how, interference, word) => {
  fake.interfere = ({ count }) => (count === 9 ? interference : undefined);
  const lines = await linesOf();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 40, msg: RETRIED, attempt: 1 });
  expect((lines[0]!['err'] as Error).message).toContain(word);
});

it('a gateway that gives up on a wide span', async () => {
  let isFirst = true;
  fake.interfere = ({ path, query }) => {
    if (!isFirst || !path.endsWith('/taskInstances') || !query.has('run_after_gte')) return undefined;
    isFirst = false;
    return { status: 504 };
  };
  const lines = await linesOf();
  expect(lines.map(({ msg }) => msg)).toEqual(['Airflow answers too slowly: asking for less at once']);
});

it.each([
  ['has expired', 'Token Expired', 401],
  ['was signed with a former secret', 'Invalid JWT token', 403],
])('a token that %s', async (_how, reason, status) => {
  fake.interfere = ({ count }) => {
    if (count === 9) return { status, body: JSON.stringify({ detail: reason }) };
    return undefined;
  };
  const lines = await linesOf();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    msg: 'Airflow no longer accepts its token: logging in anew',
    status,
    reason,
  });
});

it('clocks that differ, once for as long as they do', async () => {
  const { logger, lines } = listeningLogger();
  const controller = new AbortController();
  let passes = 0;
  const skewSeconds = 3600;
  let skew = skewSeconds;
  await pollAirflow(deploymentOf(fake.url), {
    database: temporary.database,
    logger,
    clock: () => fake.world.now - skew,
    signal: controller.signal,
    sleep: () => {
      passes++;
      if (passes === 2) skew = 0;
      if (passes === 4) controller.abort();
      return Promise.resolve();
    },
  });
  expect(lines.map(({ msg }) => msg)).toEqual([
    'Airflow found',
    "the clocks differ: Airflow's less that of ORC",
    'the clocks of Airflow and ORC agree again',
  ]);
  expect(lines[1]).toMatchObject({ level: 40 });
  // The header of the time is cut to whole seconds.
  expect(Math.abs((lines[1]!['skew_seconds'] as number) - skewSeconds)).toBeLessThan(2);
});

it('an Airflow that goes away, comes back, and is of another version then', async () => {
  const { logger, lines } = listeningLogger();
  const controller = new AbortController();
  let passes = 0;
  await pollAirflow(deploymentOf(fake.url), {
    database: temporary.database,
    logger,
    clock: () => fake.world.now,
    signal: controller.signal,
    connection: { retryForSeconds: 0 },
    sleep: async () => {
      passes++;
      if (passes === 1) await fake.stop();
      if (passes === 3) {
        fake.world.version = '3.3.2';
        await fake.start();
      }
      if (passes === 4) controller.abort();
      await NO_WAIT();
    },
  });
  const failed = 'collection from Airflow failed, will be tried again';
  expect(lines.map(({ msg }) => msg)).toEqual([
    'Airflow found',
    failed,
    failed,
    'Airflow is of another version now',
    'collection from Airflow works again',
  ]);
  expect(lines[3]).toMatchObject({ former_version: '3.2.1', airflow_version: '3.3.2' });
  expect(lines[4]).toMatchObject({ failures: 2 });
});

it('DAGs that are gone', async () => {
  await linesOf();
  fake.world.dags.shift();
  fake.world.now += 3600;
  expect(await linesOf()).toEqual([expect.objectContaining({ msg: 'DAGs have left Airflow', count: 1 })]);
});

it('a DAG run that is cleared, once for each of its lives', async () => {
  await linesOf();
  const { world } = fake;
  const run = world.runs.find(({ state }) => state === 'success')!;
  Object.assign(run, {
    state: 'queued',
    start_date: null,
    end_date: null,
    updated_at: formatInstant(world.now),
  });
  const cleared = { msg: 'DAG runs have been cleared and run anew', count: 1, run_id: run.dag_run_id };
  expect(await linesOf()).toEqual([expect.objectContaining(cleared)]);
});

it('a collector that was killed, and two at once', async () => {
  const { logger, lines } = listeningLogger();
  const poll = (passes: number, work: () => Promise<void> = NO_WAIT): Promise<void> => {
    const controller = new AbortController();
    let count = 0;
    return pollAirflow(deploymentOf(fake.url), {
      database: temporary.database,
      logger,
      clock: () => fake.world.now,
      signal: controller.signal,
      sleep: async () => {
        await work();
        if (++count === passes) controller.abort();
      },
    });
  };
  const said = (): string[] => lines.splice(0).flatMap(({ msg }) => (msg === 'Airflow found' ? [] : [msg]));
  await poll(2);
  expect(said(), 'alone, and stopped').toEqual([]);
  await temporary.database.execute(
    `UPDATE collection_state SET state = state || '{"hasLeft": false}' WHERE stream = 'collector'`,
  );
  await poll(1);
  expect(said(), 'after one that was killed').toEqual([
    'the last collector was not stopped in order, or is still at work: going on from what is committed',
  ]);
  const meet = meetingPoint();
  await Promise.all([poll(3, meet), poll(3, meet)]);
  expect(new Set(said()), 'two at once').toEqual(
    new Set([
      'the last collector was not stopped in order, or is still at work: going on from what is committed',
      'another collector works on this deployment too: one is enough, two ask Airflow everything twice',
    ]),
  );
});

/** Where two wait for each other, again and again. */
function meetingPoint(): () => Promise<void> {
  let goOn: (() => void) | null = null;
  return () =>
    new Promise((resolve) => {
      if (goOn === null) goOn = resolve;
      else {
        goOn();
        goOn = null;
        resolve();
      }
    });
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../core/logger.js';
import { AirflowError, pollAirflow, type CollectorStatus } from '../../../collector/airflow/index.js';
import { failureWaitSeconds, restSeconds } from '../../../collector/airflow/poll.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { FakeAirflow } from './fake-airflow.js';
import { addEventLog, addInstance, addRun, expectedTries, retry, smallWorld } from './fake-world.js';
import { deploymentOf, tryKeys } from './harness.js';

let temporary: TemporaryDatabase;
let airflow: FakeAirflow;

/** Runs the loop; between two passes `between` acts (given how many passes have ended), until it returns false. */
async function poll(
  between: (waits: number) => boolean | Promise<boolean>,
): Promise<{ statuses: CollectorStatus[]; waits: number[] }> {
  const statuses: CollectorStatus[] = [];
  const waits: number[] = [];
  const controller = new AbortController();
  await pollAirflow(deploymentOf(airflow.url, { poll_interval_seconds: 60 }), {
    database: temporary.database,
    logger: silentLogger(),
    clock: () => airflow.world.now,
    signal: controller.signal,
    chance: () => 0.5,
    onStatus: (status) => statuses.push(status),
    connection: { retryForSeconds: 0 },
    sleep: async (seconds) => {
      waits.push(seconds);
      airflow.world.now += seconds;
      if (!(await between(waits.length))) controller.abort();
    },
  });
  return { statuses, waits };
}

describe('pollAirflow', () => {
  beforeEach(async () => {
    temporary = await temporaryDatabase();
    airflow = await new FakeAirflow(smallWorld()).start();
  });
  afterEach(async () => {
    await airflow.stop();
    await temporary.drop();
  });

  it('reads history, then changes at the interval, and tells how it goes', async () => {
    const { world } = airflow;
    const { statuses, waits } = await poll((passes) => {
      addInstance(world, addRun(world, 'hourly', `manual__p${passes}`, world.now - 30), 'poll');
      return passes < 3;
    });
    expect(waits).toEqual([60, 60, 60]);
    const last = statuses.at(-1)!;
    expect(last).toMatchObject({
      deployment: 'test',
      source: 'airflow_rest',
      state: 'ok',
      airflowVersion: '3.2.1',
      errors: {},
    });
    expect(last.rows.tries.appended).toBe(expectedTries(world).length - 1);
    expect(last.watermark! - (world.now - 60)).toBeLessThan(2);
    expect(statuses.some((status) => status.state === 'starting' && status.rows.tries.appended > 0)).toBe(
      true,
    );
  });

  it('goes on through an outage and loses nothing', async () => {
    const { world } = airflow;
    const { statuses, waits } = await poll(async (passes) => {
      if (passes === 1) await airflow.stop();
      if (passes >= 1 && passes <= 6) {
        const run = addRun(world, 'hourly', `manual__dark${passes}`, world.now - 30);
        retry(world, addInstance(world, run, 'poll'), world.now - 15);
      }
      if (passes === 6) await airflow.start();
      return passes < 7;
    });
    expect(waits.slice(1, 6).map(Math.round)).toEqual([2, 4, 7, 14, 28]);
    const failing = statuses.filter((status) => status.state === 'failing');
    expect(failing.at(-1)).toMatchObject({
      errors: { unreachable: 5 },
      lastError: { fix: expect.any(String) as string },
    });
    expect(failing.at(-1)!.lastError!.message).toContain('refuses the connection');
    expect(statuses.at(-1)!.state).toBe('ok');
    expect(await tryKeys(temporary.database)).toEqual(expectedTries(world));
  });

  it('asks for the earlier tries of a task instance once, however often it shows up', async () => {
    const { world } = airflow;
    const run = addRun(world, 'hourly', 'manual__long', world.now - 30, { state: 'running', end_date: null });
    const row = addInstance(world, run, 'poll');
    retry(world, row, world.now - 20, 'running');
    await poll((passes) => {
      row.updated_at = new Date(world.now * 1000).toISOString().replace('Z', '000Z');
      return passes < 5;
    });
    const asked = airflow.requests.filter(
      ({ path }) => path.includes('manual__long') && path.endsWith('/tries'),
    );
    expect(asked).toHaveLength(1);
  });

  it('asks again for earlier tries that were not to be had when it first asked', async () => {
    const { world } = airflow;
    const run = addRun(world, 'hourly', 'manual__late', world.now - 30, { state: 'running', end_date: null });
    retry(world, addInstance(world, run, 'poll'), world.now - 20, 'running');
    let isFirst = true;
    airflow.interfere = ({ path }) => {
      if (!isFirst || !path.includes('manual__late') || !path.endsWith('/tries')) return undefined;
      isFirst = false;
      return { status: 404, body: JSON.stringify({ detail: 'not found' }) };
    };
    await poll((passes) => passes < 2);
    expect(isFirst).toBe(false);
    expect(await tryKeys(temporary.database)).toEqual(expectedTries(world));
  });

  it('asks again at the next pass for what Airflow could not answer once', async () => {
    const { world } = airflow;
    addEventLog(world, 'patch_dag', world.now - 30);
    let isFirst = true;
    airflow.interfere = ({ path }) => {
      if (!isFirst || !path.includes('eventLogs')) return undefined;
      isFirst = false;
      return { status: 502 };
    };
    const { statuses } = await poll((passes) => passes < 2);
    expect(isFirst).toBe(false);
    expect(statuses.at(-1)).toMatchObject({ errors: {}, rows: { eventLog: { appended: 1 } } });
  });

  it('goes on at the interval after one slow pass, as in a restart, and rests after a second one', async () => {
    const { world } = airflow;
    let pass = 0;
    airflow.interfere = ({ path }) => {
      if (path.endsWith('/version') && [2, 4, 5].includes(pass + 1)) world.now += 40;
      return undefined;
    };
    const { waits } = await poll((passes) => {
      pass = passes;
      return passes < 5;
    });
    expect(waits.map(Math.round)).toEqual([60, 20, 60, 20, 120]);
  });

  it('ends at once when it is stopped before it began', async () => {
    await pollAirflow(deploymentOf(airflow.url), {
      database: temporary.database,
      logger: silentLogger(),
      clock: () => airflow.world.now,
      signal: AbortSignal.abort(),
    });
    expect(airflow.requests).toEqual([]);
  });
});

describe('restSeconds', () => {
  it.each([
    ['the rest of the interval', 2, 2, 60, 58],
    ['three times as long as the pass', 20, 20, 60, 60],
    ['so too when the pass took longer than the interval', 90, 90, 60, 270],
    ['five minutes at most', 600, 600, 60, 300],
    ['that after the shorter of two passes', 50, 2, 60, 10],
    ['nothing after one pass that took longer than the interval', 90, 0, 60, 0],
  ])('is %s', (_what, passSeconds, lastPassSeconds, intervalSeconds, seconds) => {
    expect(restSeconds(passSeconds, lastPassSeconds, intervalSeconds, 0.5)).toBeCloseTo(seconds);
  });
});

describe('failureWaitSeconds', () => {
  it('grows to a limit, and is patient with a refused login', () => {
    const gone = new AirflowError('unreachable', 'gone');
    expect([1, 2, 3, 20].map((failures) => failureWaitSeconds(gone, failures, 15, 1))).toEqual([2, 4, 8, 60]);
    expect(failureWaitSeconds(gone, 20, 600, 1)).toBe(600);
    const refused = new AirflowError('unauthorized', 'no');
    expect([1, 2, 20].map((failures) => failureWaitSeconds(refused, failures, 60, 1))).toEqual([
      60, 120, 300,
    ]);
  });
});

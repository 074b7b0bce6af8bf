/**
 * Bad days: a real Airflow behind a proxy that breaks things, and an Airflow, a clock and a database that do. After each, the fact
 * log equals Airflow's own tables, row for row.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  collectAirflow,
  pollAirflow,
  type CollectOptions,
  type CollectorStatus,
} from '../../collector/airflow/index.js';
import { systemClock } from '../../core/clock.js';
import { deploymentSchema, type DeploymentConfig } from '../../core/config/schema.js';
import { openDatabase } from '../../core/database/open.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger, type Logger } from '../../core/logger.js';
import { listeningLogger, type LogLine } from '../collector/airflow/log-lines.js';
import { CollectorAirflow } from './collector-airflow.js';
import { compareWithAirflow, formatComparison } from './compare-with-airflow.js';
import { startDatabaseGate } from './database-gate.js';
import { startFaultProxy, type Fault, type FaultProxy } from './fault-proxy.js';
import { until, untilCaughtUp } from './until.js';

const POSTGRES_PORT = 15_939;
const airflow = new CollectorAirflow(18_480, POSTGRES_PORT);
const directory = mkdtempSync(join(tmpdir(), 'orc-faults-'));
let proxy: FaultProxy;
let store: Database;
/** What the collector says in one test. */
let said: readonly LogLine[] = [];
let logger: Logger = silentLogger();

function deploymentOf(name: string, settings: Record<string, unknown> = {}): DeploymentConfig {
  return deploymentSchema.parse({
    name,
    url: proxy.url,
    username: 'viewer',
    password: 'viewer',
    page_size: 7,
    poll_interval_seconds: 1,
    ...settings,
  });
}

const options = (database = store): CollectOptions => ({
  database,
  logger: silentLogger(),
  clock: systemClock,
});

async function expectEqualTables(deployment: string, database = store): Promise<void> {
  const comparisons = await compareWithAirflow(database, deployment, airflow.metadataUrl);
  console.log(
    `${deployment}: ${proxy.faults} faults in ${proxy.served} requests\n${formatComparison(comparisons)}`,
  );
  for (const line of countLines()) console.log(`${deployment}: the log says ${line}`);
  for (const { table, airflow: rows, missing, unexpected } of comparisons) {
    expect({ table, missing, unexpected }).toEqual({ table, missing: [], unexpected: [] });
    expect(rows, table).toBeGreaterThan(0);
  }
}

/** `3 x request to Airflow failed, trying again`, in the order of the first of each. */
function countLines(): string[] {
  const counts = new Map<string, number>();
  for (const { msg } of said) counts.set(msg, (counts.get(msg) ?? 0) + 1);
  return [...counts].map(([msg, count]) => `${count} x ${msg}`);
}

function expectLine(pattern: RegExp): void {
  expect(said.map(({ msg }) => msg)).toContainEqual(expect.stringMatching(pattern));
}

/** Polls until everything up to now is in the log; resolves to the last status. */
async function pollUntilCaughtUp(
  deployment: DeploymentConfig,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
  more: Partial<CollectOptions> = {},
): Promise<CollectorStatus> {
  const controller = new AbortController();
  let status: CollectorStatus | null = null;
  const polling = pollAirflow(deployment, {
    ...options(),
    logger,
    tuning: { overlapSeconds: 20, dagsPatience: 0 },
    connection: { retryForSeconds: 3 },
    ...more,
    signal: controller.signal,
    onStatus: (next) => {
      status = next;
    },
  });
  try {
    await meanwhile();
    const settledAt = systemClock();
    await untilCaughtUp(settledAt + 1, 180, () => status);
    return status!;
  } finally {
    controller.abort();
    await polling;
  }
}

/** A failed run is cleared from its failure on. */
async function clearFailed(): Promise<void> {
  const run = await airflow.trigger('to_clear');
  await airflow.untilTask('to_clear', run, 'end', 'upstream_failed');
  await airflow.clear('to_clear', run, ['bad']);
}

beforeAll(async () => {
  await airflow.start();
  await Promise.all([sleep(45_000), clearFailed()]);
  await airflow.settle();
  proxy = await startFaultProxy(airflow.url);
  store = await openDatabase({
    databaseUrl: null,
    dataDir: join(directory, 'data'),
    logger: silentLogger(),
  });
});

beforeEach(() => {
  ({ logger, lines: said } = listeningLogger());
  Object.assign(proxy, { delayMs: 0, faultOf: () => null, served: 0, faults: 0 });
});

afterAll(async () => {
  await proxy.stop();
  await store.close();
  airflow.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Every request that is a multiple of `step` has this fault. */
const every =
  (step: number, fault: Fault) =>
  (request: number): Fault | null =>
    request % step === 0 ? fault : null;
const GATEWAY_ERRORS = [500, 502, 504];
const RETRIED = /^request to Airflow failed, trying again$/;
const NO_TROUBLE = /^Airflow found$/;

describe('a gateway that', () => {
  const late: Fault = { kind: 'delay', ms: 1500 };
  it.each([
    ['answers slowly', { timeout_seconds: 5 }, every(1, { kind: 'delay', ms: 100 }), NO_TROUBLE],
    [
      'answers too late now and then',
      { timeout_seconds: 1 },
      every(6, late),
      /trying again|tried again|asking for less|cannot answer/,
    ],
    ['breaks connections in mid-body', {}, every(4, { kind: 'reset' }), RETRIED],
    ['cuts JSON short', {}, every(4, { kind: 'truncate' }), RETRIED],
    ['says 429', {}, every(5, { kind: 'status', status: 429, headers: { 'retry-after': '1' } }), RETRIED],
    [
      'fails with 500, 502 and 504 in turn',
      {},
      (request: number): Fault | null =>
        request % 3 === 0 ? { kind: 'status', status: GATEWAY_ERRORS[(request / 3) % 3]! } : null,
      RETRIED,
    ],
  ])('%s', async (how, settings, faultOf, line) => {
    const name = how.replaceAll(/\W+/g, '_');
    proxy.faultOf = faultOf;
    await pollUntilCaughtUp(deploymentOf(name, settings));
    expect(proxy.faults).toBeGreaterThan(2);
    await expectEqualTables(name);
    expectLine(line);
  });
});

describe('on a bad day', () => {
  it('two collectors work on one deployment', async () => {
    proxy.delayMs = 20;
    const deployment = deploymentOf('twice');
    await Promise.all([pollUntilCaughtUp(deployment), pollUntilCaughtUp(deployment)]);
    await expectEqualTables('twice');
    expectLine(/is still at work: going on|^another collector works on this deployment too/);
  });

  it.each([
    ['ahead', 3600],
    ['behind', -3600],
  ])('the clock of ORC is an hour %s of that of Airflow', async (how, skew) => {
    const name = `clock_${how}`;
    const clock = (): number => systemClock() + skew;
    const status = await pollUntilCaughtUp(deploymentOf(name), clearFailed, { clock });
    expect(status.clockSkewSeconds).toBeCloseTo(-skew, -1);
    expectLine(/^the clocks differ/);
    await airflow.settle();
    await pollUntilCaughtUp(deploymentOf(name), undefined, { clock });
    await expectEqualTables(name);
  });

  it('the database of ORC goes away in the midst of it', async () => {
    const gate = await startDatabaseGate(POSTGRES_PORT);
    const url = airflow.metadataUrl
      .replace(String(POSTGRES_PORT), String(gate.port))
      .replace(/airflow$/, 'orc');
    await airflow.createDatabase('orc');
    const database = await openDatabase({ databaseUrl: url, dataDir: directory, logger: silentLogger() });
    try {
      proxy.delayMs = 100;
      const status = await pollUntilCaughtUp(
        deploymentOf('without_database'),
        async () => {
          await until(() => Promise.resolve(proxy.served > 12), 60, 'the history is being read');
          gate.shut();
          await sleep(60_000);
          gate.open();
        },
        { database },
      );
      expect(status.errors.database).toBeGreaterThan(0);
      await expectEqualTables('without_database', database);
      expectLine(/^collection from Airflow failed/);
      expectLine(/^collection from Airflow works again$/);
    } finally {
      await database.close();
      await gate.stop();
    }
  });

  it('a run is cleared while it is being read', async () => {
    const run = await airflow.trigger('to_clear');
    await airflow.untilTask('to_clear', run, 'end', 'upstream_failed');
    proxy.delayMs = 100;
    const reading = collectAirflow(deploymentOf('cleared'), options());
    await until(() => Promise.resolve(proxy.served > 12), 60, 'the history is being read');
    await airflow.clear('to_clear', run, ['bad']);
    await reading;
    proxy.delayMs = 0;
    await airflow.settle();
    await pollUntilCaughtUp(deploymentOf('cleared'));
    await expectEqualTables('cleared');
  });

  it('the server gets a new secret, and tokens that live for seconds, in mid-backfill', async () => {
    proxy.delayMs = 150;
    const reading = pollUntilCaughtUp(deploymentOf('new_secret'), async () => {
      await until(() => Promise.resolve(proxy.served > 8), 60, 'the history is being read');
      await airflow.restartApiServer(1, {
        AIRFLOW__API_AUTH__JWT_SECRET: 'another-secret-another-secret-another-secret-another-secret-0000',
        AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME: '4',
      });
    });
    await reading;
    await airflow.restartApiServer(3);
    await expectEqualTables('new_secret');
    expectLine(/logging in anew$/);
  });

  it('a DAG is deleted, and made again under the same id', async () => {
    await collectAirflow(deploymentOf('reborn'), options());
    await airflow.deleteDag('to_clear');
    await until(() => airflow.hasDag('to_clear'), 120, 'to_clear is parsed again');
    await pollUntilCaughtUp(deploymentOf('reborn'), async () => {
      const run = await airflow.trigger('to_clear');
      await airflow.untilTask('to_clear', run, 'end', 'upstream_failed');
      await airflow.settle();
    });
    const comparisons = await compareWithAirflow(store, 'reborn', airflow.metadataUrl);
    console.log(formatComparison(comparisons));
    for (const { table, missing, unexpected } of comparisons) {
      expect({ table, missing }).toEqual({ table, missing: [] });
      // The log keeps what was deleted with the DAG.
      expect(unexpected.filter((row) => !row.startsWith('["to_clear"'))).toEqual([]);
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  airflowConnection,
  createAirflowClient,
  pollAirflow,
  probeAirflow,
  type CollectorStatus,
} from '../../collector/airflow/index.js';
import { systemClock } from '../../core/clock.js';
import { deploymentSchema, type DeploymentConfig } from '../../core/config/schema.js';
import type { Database } from '../../core/database/port.js';
import { createLogger, silentLogger } from '../../core/logger.js';
import type { Check } from '../../cli/checks/check.js';
import { BIN, checksOf, runOrc } from '../support/orc.js';
import { CollectorAirflow } from './collector-airflow.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';
import { expectLiveReasons, expectReasons } from './failure-reasons.js';
import { describeMetadataSource } from './metadata-suite.js';
import { expectEqualTables, withStore } from './store.js';
import { until, untilCaughtUp } from './until.js';

const VERSION = process.env['ORC_AIRFLOW_2_VERSION'] ?? '2.11.0';
const airflow = new CollectorAirflow(18_780, 16_189, VERSION);
const directory = mkdtempSync(join(tmpdir(), 'orc-airflow2-'));
const dataDir = join(directory, 'data');
const configPath = join(directory, 'orc.yaml');
let proxy: FaultProxy | undefined;
let deployment: DeploymentConfig;

const expectEqual = (database: Database): Promise<void> =>
  expectEqualTables(database, 'two', airflow.metadataUrl, {
    wasAirflow2: true,
    hadNoHistory: VERSION.startsWith('2.9.'),
  });

/** A failed run is cleared from its failure on. */
async function clearFailed(): Promise<void> {
  const run = await airflow.trigger('to_clear');
  await airflow.untilTask('to_clear', run, 'end', 'upstream_failed');
  await airflow.clear('to_clear', run, ['bad']);
}

/** Polls while this happens, and until everything up to its end is in the log; resolves to the last status. */
async function pollUntilCaughtUp(
  database: Database,
  meanwhile: () => Promise<void>,
): Promise<CollectorStatus> {
  const controller = new AbortController();
  let status: CollectorStatus | null = null;
  const polling = pollAirflow(deployment, {
    database,
    logger: createLogger('error'),
    clock: systemClock,
    signal: controller.signal,
    tuning: { overlapSeconds: 20, dagsPatience: 0 },
    connection: { retryForSeconds: 3 },
    onStatus: (next) => {
      status = next;
    },
  });
  try {
    await meanwhile();
    const settledAt = systemClock();
    await untilCaughtUp(settledAt + 3, 180, () => status);
    return status!;
  } finally {
    controller.abort();
    await polling;
  }
}

/**
 * A running run is cleared whole and then marked failed. Airflow 2 writes the end of such a run and of its task a second time, once
 * the task's process is gone, and the log keeps the first end that it saw: what can be compared is history, not what is followed live.
 */
async function killRunning(): Promise<void> {
  const run = await airflow.trigger('to_kill');
  await airflow.untilTask('to_kill', run, 'sleepy', 'running');
  // Airflow 2 forgets a clearing in the first moments of a task: the starting process writes its own state over it.
  await sleep(5_000);
  await airflow.clear('to_kill', run, null);
  // As long as it takes to notice: a task asks for its state every five seconds.
  await sleep(12_000);
  await airflow.markRun('to_kill', run, 'failed');
}

beforeAll(async () => {
  await airflow.start();
  await Promise.all([sleep(45_000), clearFailed(), killRunning()]);
  await airflow.untilAssetEvent();
  await airflow.settle();
  proxy = await startFaultProxy(airflow.url);
  // Small pages: lists without order are part of what is tested.
  const settings = {
    name: 'two',
    url: proxy.url,
    username: 'viewer',
    password: 'viewer',
    page_size: 7,
    poll_interval_seconds: 2,
  };
  deployment = deploymentSchema.parse(settings);
  writeFileSync(
    configPath,
    JSON.stringify({ log_level: 'warn', server: { port: 0 }, deployments: [settings] }),
  );
});

afterAll(async () => {
  await proxy?.stop();
  airflow.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe(`the collector on a real Airflow ${VERSION}`, () => {
  it('finds REST v1, and says what is wrong with a password', async () => {
    const connect = (password: string) =>
      createAirflowClient({ ...airflowConnection(deployment), password }, { logger: silentLogger() });
    const client = connect('viewer');
    const probe = await probeAirflow(client);
    await client.close();
    expect(probe).toMatchObject({ version: VERSION, restVersion: 'v1', dags: 8 });
    expect(Math.abs(probe.clockSkewSeconds!)).toBeLessThan(2);
    const wrong = connect('guess');
    await expect(probeAirflow(wrong)).rejects.toThrow('refuses user "viewer" (HTTP 401');
    await wrong.close();
  });

  it('has every permission that `orc check` asks for, once its fix for the event log was typed', async () => {
    const readings = async (): Promise<readonly Check[]> => {
      const checked = await runOrc(['check', '--json', '--config', configPath, '--data-dir', dataDir]);
      expect(checked.code, checked.stderr).toBe(0);
      return checksOf(checked.stdout).filter(
        ({ name, status }) => status === 'failed' || (name.startsWith('read_') && status === 'warning'),
      );
    };
    const [refused, ...others] = await readings();
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ name: 'read_event_log', status: 'warning' });
    airflow.administer(refused!.fix!);
    expect(await readings()).toEqual([]);
  });

  it('backfills through a SIGKILL: the log equals the tables of Airflow, row for row', async () => {
    const args = ['collect', '--config', configPath, '--data-dir', dataDir];
    proxy!.delayMs = 250;
    const end = proxy!.served + 30;
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    const over = new Promise<NodeJS.Signals | null>((resolve) => {
      child.once('exit', (_, signal) => {
        resolve(signal);
      });
    });
    await until(() => Promise.resolve(proxy!.served >= end), 120, '30 requests have been made');
    child.kill('SIGKILL');
    expect(await over, 'how the backfill ended').toBe('SIGKILL');
    proxy!.delayMs = 0;
    const resumed = await runOrc([...args, '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      deployments: [{ airflowVersion: VERSION, restVersion: 'v1' }],
    });
    await withStore(dataDir, async (database) => {
      await expectEqual(database);
      await expectReasons(database);
    });
  });

  it('follows it live, through clearings and a restart of its web server, to the same equality', async () => {
    await withStore(dataDir, async (database) => {
      await airflow.setPaused(false);
      const status = await pollUntilCaughtUp(database, async () => {
        await Promise.all([sleep(25_000), clearFailed()]);
        await airflow.restartApiServer(2);
        await airflow.settle();
      });
      console.log(`errors ${JSON.stringify(status.errors)}`);
      await expectEqual(database);
      await expectReasons(database);
      await expectLiveReasons(database);
    });
  });
});

describeMetadataSource({
  airflow,
  generation: 2,
  directory,
  collected: { dataDir, deployment: 'two' },
  meddle: clearFailed,
  seconds: 25,
});

describe.runIf(process.env['ORC_STACK_MATRIX'] === '1')(
  'the collector when that has become an Airflow 3',
  () => {
    it('goes on', async () => {
      await withStore(dataDir, async (database) => {
        const status = await pollUntilCaughtUp(database, async () => {
          await airflow.upgrade();
          await airflow.setPaused(false);
          await Promise.all([sleep(25_000), clearFailed()]);
          await airflow.settle();
        });
        console.log(`${status.airflowVersion!}, errors ${JSON.stringify(status.errors)}`);
        expect(status.airflowVersion).toMatch(/^3\./);
        await expectEqual(database);
      });
    });
  },
);

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.js';
import { deploymentSchema, type DeploymentConfig } from '../../core/config/schema.js';
import type { Database } from '../../core/database/port.js';
import { loadDagDependencies } from '../../core/fact-log/read-surroundings.js';
import { createLogger, silentLogger } from '../../core/logger.js';
import {
  airflowConnection,
  createAirflowClient,
  pollAirflow,
  probeAirflow,
  type CollectorStatus,
} from '../../collector/airflow/index.js';
import { BIN, runOrc } from '../support/orc.js';
import { CollectorAirflow } from './collector-airflow.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';
import { expectLiveReasons, expectReasons, untilLogsAreRead } from './failure-reasons.js';
import { describeMetadataSource } from './metadata-suite.js';
import { countTryFacts, expectDeadlines, expectEqualTables, withStore } from './store.js';
import { until, untilCaughtUp } from './until.js';

const airflow = new CollectorAirflow(18_680, 16_139);
const directory = mkdtempSync(join(tmpdir(), 'orc-collector-'));
const dataDir = join(directory, 'data');
const configPath = join(directory, 'orc.yaml');
let proxy: FaultProxy | undefined;
let deployment: DeploymentConfig;

const OVERLAP_SECONDS = 20;

/** A stream that Airflow could not answer, because it restarted, is asked again later than the runs are. */
async function untilEventsAreRead(database: Database, settledUntil: number): Promise<void> {
  const sql = `SELECT min((state->>'readFrom')::double precision) AS "readFrom" FROM collection_state
    WHERE stream IN ('asset_events', 'event_log')`;
  const areRead = async (): Promise<boolean> =>
    (await database.query<{ readFrom: number }>(sql))[0]!.readFrom > settledUntil;
  await until(areRead, 120, 'events of assets and people are read');
}

/** The three kinds of dependencies in `collector-dags/assets.py`. */
async function expectDependencies(database: Database): Promise<void> {
  const found = await loadDagDependencies(database, 'stack');
  expect(found.map(({ fromDagId, toDagId, kind, via }) => [fromDagId, toDagId, kind, via])).toEqual([
    ['conduct', 'to_clear', 'trigger', 'start'],
    ['produce', 'consume', 'asset', 's3://lake/orders'],
    ['retry.dots', 'conduct', 'sensor', 'wait'],
  ]);
}

/** What people do: a failed run is cleared from its failure on, a running one is cleared whole and then marked failed. */
async function meddle(): Promise<void> {
  await airflow.trigger('conduct');
  const failed = await airflow.trigger('to_clear');
  const running = await airflow.trigger('to_kill');
  await airflow.untilTask('to_clear', failed, 'end', 'upstream_failed');
  await airflow.untilTask('to_kill', running, 'sleepy', 'running');
  await airflow.clear('to_clear', failed, ['bad']);
  await airflow.clear('to_kill', running, null);
  await sleep(10_000);
  await airflow.markRun('to_kill', running, 'failed');
}

beforeAll(async () => {
  await airflow.start();
  await Promise.all([sleep(75_000), meddle()]);
  await airflow.untilAssetEvent();
  await airflow.settle();
  proxy = await startFaultProxy(airflow.url);
  // Small pages: paging is part of what is tested.
  const settings = {
    name: 'stack',
    url: proxy.url,
    username: 'viewer',
    password: 'viewer',
    page_size: 7,
    poll_interval_seconds: 2,
  };
  deployment = deploymentSchema.parse(settings);
  writeFileSync(configPath, JSON.stringify({ log_level: 'warn', deployments: [settings] }));
});

afterAll(async () => {
  await proxy?.stop();
  airflow.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the collector on a real Airflow', () => {
  it('knows it, and says what is wrong with a password', async () => {
    const connect = (password: string) =>
      createAirflowClient({ ...airflowConnection(deployment), password }, { logger: silentLogger() });
    const client = connect('viewer');
    const probe = await probeAirflow(client);
    await client.close();
    expect(probe.version).toMatch(/^3\./);
    expect(probe.dags).toBe(8);
    expect(Math.abs(probe.clockSkewSeconds!)).toBeLessThan(2);
    const wrong = connect('guess');
    await expect(probeAirflow(wrong)).rejects.toThrow('refuses user "viewer": wrong user name or password');
    await wrong.close();
  });

  it('backfills through three SIGKILLs: the log equals the tables of Airflow, row for row', async () => {
    const args = [BIN, 'collect', '--config', configPath, '--data-dir', dataDir];
    const triesInLog = () => withStore(dataDir, countTryFacts);
    const counts: number[] = [];
    const isAmongDescriptions = (): Promise<boolean> => Promise.resolve(proxy!.served >= 12);
    // Only once it has the database open, so that it owns the server.
    const hasMoreTries = async (): Promise<boolean> =>
      proxy!.served >= 4 && (await triesInLog()) > counts.at(-1)!;
    for (const isTimeToKill of [isAmongDescriptions, hasMoreTries, hasMoreTries]) {
      // Slow enough that none of them comes to its end before it is killed.
      proxy!.delayMs = 500;
      Object.assign(proxy!, { served: 0 });
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      const over = new Promise<NodeJS.Signals | null>((resolve) => {
        child.once('exit', (_, signal) => {
          resolve(signal);
        });
      });
      await until(isTimeToKill, 180, 'it is time to kill the backfill');
      child.kill('SIGKILL');
      expect(await over, 'how the backfill ended').toBe('SIGKILL');
      counts.push(await triesInLog());
    }
    proxy!.delayMs = 0;
    console.log(`killed with ${counts.join(', ')} facts of tries in the log`);
    const resumed = await runOrc(['collect', '--json', '--config', configPath, '--data-dir', dataDir]);
    expect(resumed.code, resumed.stderr).toBe(0);
    await withStore(dataDir, async (database) => {
      await expectEqualTables(database, 'stack', airflow.metadataUrl, { withSurroundings: true });
      await expectReasons(database);
      await expectDependencies(database);
    });
  });

  it('follows it live, through clearings and a restart of its API server, to the same equality', async () => {
    proxy!.delayMs = 0;
    await withStore(dataDir, async (database) => {
      const controller = new AbortController();
      let status: CollectorStatus | null = null;
      const polling = pollAirflow(deployment, {
        database,
        logger: createLogger('error'),
        clock: systemClock,
        signal: controller.signal,
        tuning: { overlapSeconds: OVERLAP_SECONDS, dagsPatience: 0 },
        connection: { retryForSeconds: 3 },
        onStatus: (next) => {
          status = next;
        },
      });
      const before = await countTryFacts(database);
      await airflow.setPaused(false);
      await Promise.all([sleep(45_000), meddle()]);
      await airflow.restartApiServer(5);
      await sleep(15_000);
      await airflow.settle();
      const settledAt = systemClock();
      await untilCaughtUp(settledAt + 3, 120, () => status);
      await untilEventsAreRead(database, settledAt - OVERLAP_SECONDS);
      await untilLogsAreRead(database);
      controller.abort();
      await polling;
      const after = await countTryFacts(database);
      console.log(`${after - before} new facts of tries, errors ${JSON.stringify(status!.errors)}`);
      expect(after).toBeGreaterThan(before + 50);
      await expectEqualTables(database, 'stack', airflow.metadataUrl, { withSurroundings: true });
      await expectReasons(database);
      await expectLiveReasons(database);
      // Before 3.3, REST does not list deadlines.
      if (status!.airflowVersion!.startsWith('3.3.'))
        await expectDeadlines(database, 'stack', airflow.metadataUrl);
      const [live] = await database.query<{ live: number; states: string[] }>(
        `SELECT count(*)::integer AS live, array_agg(DISTINCT state ORDER BY state) AS states
         FROM try_fact WHERE NOT visibility_assumed`,
      );
      expect(live!.live).toBeGreaterThan(50);
      expect(live!.states).toEqual(expect.arrayContaining(['failed', 'running', 'skipped', 'success']));
    });
  });
});

describeMetadataSource({
  airflow,
  generation: 3,
  directory,
  collected: { dataDir, deployment: 'stack' },
  meddle,
  seconds: 30,
});

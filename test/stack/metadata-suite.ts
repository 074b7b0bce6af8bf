import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  collectAirflow,
  deadlineGrants,
  grantsFor,
  pollAirflow,
  type CollectorStatus,
} from '../../collector/airflow/index.js';
import { systemClock } from '../../core/clock.js';
import { deploymentSchema } from '../../core/config/schema.js';
import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { createLogger, silentLogger } from '../../core/logger.js';
import { BIN, checksOf, runOrc } from '../support/orc.js';
import type { CollectorAirflow } from './collector-airflow.js';
import { startSlowConnection, type SlowConnection } from './slow-connection.js';
import { countTryFacts, expectDeadlines, expectEqualTables, withStore } from './store.js';
import { until, untilCaughtUp } from './until.js';

export interface MetadataSuite {
  /** Started, with a history, and at rest. */
  readonly airflow: CollectorAirflow;
  readonly generation: 2 | 3;
  readonly directory: string;
  /** A store that holds the same history by REST, and the deployment's name there. */
  readonly collected: { readonly dataDir: string; readonly deployment: string };
  /** What people do while it is followed. */
  readonly meddle: () => Promise<void>;
  readonly seconds: number;
}

const READER = 'orc_reader';
const STRANGER = 'orc_stranger';

/** The metadata database as the source, read by the role that docs/connecting.md describes. */
export function describeMetadataSource(suite: MetadataSuite): void {
  const { airflow, directory } = suite;
  const dataDir = join(directory, 'metadata-store');
  const configPath = join(directory, 'metadata.yaml');
  let slow: SlowConnection;

  const urlOf = (role: string, port?: number): string => {
    const url = new URL(airflow.metadataUrl);
    url.username = role;
    url.password = 'secret';
    if (port !== undefined) url.port = String(port);
    return url.href;
  };
  const deploymentOf = (name: string, url: string) =>
    deploymentSchema.parse({
      name,
      url: airflow.url,
      username: 'viewer',
      password: 'viewer',
      metadata_database_url: url,
    });
  const configure = (url: string): void => {
    const rest = { url: airflow.url, username: 'viewer', password: 'viewer' };
    const deployments = [{ name: 'meta', ...rest, metadata_database_url: url }];
    writeFileSync(configPath, JSON.stringify({ log_level: 'warn', server: { port: 0 }, deployments }));
  };
  const orc = (command: string) => runOrc([command, '--json', '--config', configPath, '--data-dir', dataDir]);

  // By the matrix only: it doubles the time that this Airflow is needed.
  describe.runIf(process.env['ORC_STACK_MATRIX'] === '1')('its metadata database', () => {
    beforeAll(async () => {
      await makeRoles(airflow.metadataUrl, suite.generation);
      slow = await startSlowConnection(Number(new URL(airflow.metadataUrl).port), 0);
      configure(urlOf(READER, slow.port));
    });

    afterAll(() => slow.stop());

    it('is open to the least role, and `orc check` says so', async () => {
      const checked = await orc('check');
      const checks = checksOf(checked.stdout).filter(({ name }) => name.startsWith('metadata_'));
      console.log(checks.map(({ name, status, found }) => `${name} ${status}: ${found}`).join('\n'));
      expect(checks.map(({ name, status }) => ({ name, status }))).toEqual([
        { name: 'metadata_connection', status: 'ok' },
        { name: 'metadata_read_only', status: 'ok' },
        { name: 'metadata_replica', status: 'ok' },
        { name: 'metadata_schema', status: 'ok' },
        // Airflow keeps some from 3.1 on.
        { name: 'metadata_deadlines', status: expect.stringMatching(/^(ok|skipped)$/) as string },
      ]);
    });

    it('is closed to a role without grants, and the error holds them', async () => {
      await withStore(dataDir, async (database) => {
        const work = collectAirflow(deploymentOf('meta', urlOf(STRANGER)), {
          database,
          logger: silentLogger(),
          clock: systemClock,
        });
        await expect(work).rejects.toMatchObject({
          kind: 'unauthorized',
          fix: expect.stringContaining(grantsFor(suite.generation, STRANGER, ['dag_run'])) as string,
        });
      });
    });

    it('gives the history through a SIGKILL: the log equals the tables of Airflow, row for row', async () => {
      slow.delayMs = 100;
      const args = [BIN, 'collect', '--config', configPath, '--data-dir', dataDir];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      const over = new Promise<NodeJS.Signals | null>((resolve) => {
        child.once('exit', (_, signal) => {
          resolve(signal);
        });
      });
      await until(
        () => withStore(dataDir, async (store) => (await historyOf(store))?.isBegun === true),
        120,
        'a part of the history is committed',
      );
      child.kill('SIGKILL');
      expect(await over, 'how the backfill ended').toBe('SIGKILL');
      slow.delayMs = 0;
      await withStore(dataDir, async (store) => {
        expect(await historyOf(store)).toMatchObject({ isComplete: false });
        console.log(`killed with ${await countTryFacts(store)} facts of tries in the log`);
      });
      const resumed = await orc('collect');
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(JSON.parse(resumed.stdout)).toMatchObject({
        deployments: [{ source: 'airflow_metadata', mode: 'full', restVersion: null }],
      });
      await withStore(dataDir, (database) => expectEqualTables(database, 'meta', airflow.metadataUrl));
    });

    it('tells nothing new to a store that was filled by REST', async () => {
      const { deployment, dataDir: filled } = suite.collected;
      await withStore(filled, async (database) => {
        const options = { database, logger: createLogger('error'), clock: systemClock };
        // It was followed while it ran: what ended since is told first.
        const rest = { name: deployment, url: airflow.url, username: 'viewer', password: 'viewer' };
        await collectAirflow(deploymentSchema.parse(rest), options);
        const result = await collectAirflow(deploymentOf(deployment, urlOf(READER)), options);
        const { dags, tasks, dagRuns, tries, pools } = result;
        console.log(`told again: ${JSON.stringify({ dags, tasks, dagRuns, tries, pools })}`);
        expect(tries.received).toBeGreaterThan(50);
        // When a DAG is due next moves on with time, also between these two; the rest of it is compared below.
        expect([tasks, dagRuns, tries, pools].map(({ appended }) => appended)).toEqual([0, 0, 0, 0]);
        await expectEqualTables(database, deployment, airflow.metadataUrl);
      });
    });

    it('is followed live, through clearings, to the same equality', async () => {
      await withStore(dataDir, async (database) => {
        const controller = new AbortController();
        let status: CollectorStatus | null = null;
        const polling = pollAirflow(deploymentOf('meta', urlOf(READER)), {
          database,
          logger: createLogger('error'),
          clock: systemClock,
          signal: controller.signal,
          tuning: { surroundingsEverySeconds: 0, dagsPatience: 0 },
          onStatus: (next) => {
            status = next;
          },
        });
        const before = await countTryFacts(database);
        await airflow.setPaused(false);
        await Promise.all([sleep(suite.seconds * 1000), suite.meddle()]);
        await airflow.settle();
        const settledAt = systemClock();
        await untilCaughtUp(settledAt + 3, 120, () => status);
        controller.abort();
        await polling;
        const after = await countTryFacts(database);
        console.log(
          `${after - before} new facts of tries, a pass takes ${status!.passSeconds!.toFixed(3)} s, errors ${JSON.stringify(status!.errors)}`,
        );
        expect(after).toBeGreaterThan(before + 20);
        await expectEqualTables(database, 'meta', airflow.metadataUrl);
        await expectDeadlines(database, 'meta', airflow.metadataUrl);
        await expectSoon(database);
      });
    });
  });
}

/** A reader with the grants of the documentation, and a role with none. */
async function makeRoles(ownerUrl: string, generation: 2 | 3): Promise<void> {
  const owner = await connect(ownerUrl, { logger: silentLogger(), applicationName: 'orc test' });
  for (const role of [READER, STRANGER]) await owner.execute(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  const tables = await owner.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  await owner.execute(
    grantsFor(
      generation,
      READER,
      tables.map(({ name }) => name),
    ),
  );
  const columns = await owner.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'deadline'`,
  );
  for (const form of ['missed', 'callback_state'] as const) {
    if (columns.some(({ name }) => name === form)) await owner.execute(deadlineGrants(form, READER));
  }
  await owner.close();
}

/** How far the history has come; null before it is begun. */
async function historyOf(store: Database): Promise<{ isBegun: boolean; isComplete: boolean } | null> {
  const [row] = await store.query<{ isBegun: boolean; isComplete: boolean }>(
    `SELECT (state->>'done')::integer > 0 AS "isBegun", (state->>'isComplete')::boolean AS "isComplete"
     FROM collection_state WHERE source = 'airflow_metadata' AND stream = 'history'`,
  );
  return row ?? null;
}

/** How soon the ends and starts of tries were known after they happened. */
async function expectSoon(database: Database): Promise<void> {
  const [row] = await database.query<{ n: number; p50: number; p95: number; max: number }>(
    `SELECT count(*)::integer AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY lag) AS p95, max(lag) AS max
     FROM (
       SELECT extract(epoch FROM known_at - event_time)::double precision AS lag
       FROM try_fact WHERE NOT visibility_assumed AND state IN ('running', 'success', 'failed', 'up_for_retry')
     ) AS live`,
  );
  const { n, p50, p95, max } = row!;
  const format = (seconds: number): string => `${seconds.toFixed(2)} s`;
  console.log(
    `${n} live facts, known after ${format(p50)} (median), ${format(p95)} (95th percentile), ${format(max)} (longest)`,
  );
  expect(n).toBeGreaterThan(20);
  expect(p50).toBeLessThan(5);
}

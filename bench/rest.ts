/**
 * What collection over REST costs beside the Airflow that answers: the backfill beside a bare HTTP client that asks for the same
 * pages, and the polls when nothing happens. Needs an Airflow 3 with data: test/stack/airflow/fill.sql makes some.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { z } from 'zod';
import { collectAirflow, pollAirflow } from '../collector/airflow/index.js';
import { systemClock } from '../core/clock.js';
import { deploymentSchema, type DeploymentConfig } from '../core/config/schema.js';
import { openDatabase } from '../core/database/open.js';
import type { Database } from '../core/database/port.js';
import { createLogger, silentLogger } from '../core/logger.js';
import { makePrivateFolder } from './private-folder.js';

const IDLE_SECONDS = 130;

export interface RestMeasurement {
  readonly requests: number;
  readonly rows: number;
  readonly collectorSeconds: number;
  readonly bareSeconds: number;
  /** collectorSeconds / bareSeconds. */
  readonly ratio: number;
  readonly idle: {
    readonly dags: number;
    readonly polls: number;
    /** Share of one core that ORC takes, at the default interval. */
    readonly coreShare: number;
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

/** Null without `ORC_BENCH_AIRFLOW_URL` (and `_USERNAME`, `_PASSWORD`, default `viewer`). */
export async function benchRest(): Promise<RestMeasurement | string> {
  const url = process.env['ORC_BENCH_AIRFLOW_URL'];
  if (url === undefined) return 'not measured: set ORC_BENCH_AIRFLOW_URL (bench/rest.ts)';
  const deployment = deploymentSchema.parse({
    name: 'bench',
    url,
    username: process.env['ORC_BENCH_AIRFLOW_USERNAME'] ?? 'viewer',
    password: process.env['ORC_BENCH_AIRFLOW_PASSWORD'] ?? 'viewer',
  });
  const folder = await makePrivateFolder('rest');
  const database = await openDatabase({
    databaseUrl: null,
    dataDir: join(folder, 'data'),
    logger: silentLogger(),
  });
  try {
    return await measure(deployment, database);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(deployment: DeploymentConfig, database: Database): Promise<RestMeasurement> {
  const asked: Asked[] = [];
  const onRequest = (message: unknown): void => {
    const { request } = message as { request: Asked };
    if (!request.path.endsWith('/auth/token')) asked.push({ ...pick(request) });
  };
  subscribe('undici:request:create', onRequest);
  const startedAt = performance.now();
  const options = { database, clock: systemClock, logger: createLogger('warn') };
  const result = await collectAirflow(deployment, options);
  const collectorSeconds = (performance.now() - startedAt) / 1000;
  unsubscribe('undici:request:create', onRequest);
  const bareSeconds = await askBare(deployment, asked);
  return {
    requests: asked.length,
    rows: result.dagRuns.received + result.tries.received,
    collectorSeconds: round(collectorSeconds),
    bareSeconds: round(bareSeconds),
    ratio: round(collectorSeconds / bareSeconds),
    idle: { dags: result.dags.received, ...(await measureIdle(deployment, database)) },
  };
}

function pick({ method, path, body }: Asked): Asked {
  return { method, path, body: typeof body === 'string' ? body : null };
}

/** The same questions in the same order over one connection; answers are read and thrown away. */
async function askBare(
  { url, username, password }: DeploymentConfig,
  asked: readonly Asked[],
): Promise<number> {
  const { origin } = new URL(url);
  const login = await fetch(`${url}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await login.json());
  const client = new Client(origin);
  const startedAt = performance.now();
  for (const { method, path, body } of asked) {
    const answer = await client.request({
      method: method,
      path,
      body,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    await answer.body.dump({ limit: Infinity });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await client.close();
  return seconds;
}

async function measureIdle(
  deployment: DeploymentConfig,
  database: Database,
): Promise<{ polls: number; coreShare: number }> {
  const controller = new AbortController();
  let polls = 0;
  const before = process.cpuUsage();
  const polling = pollAirflow(deployment, {
    database,
    clock: systemClock,
    logger: createLogger('warn'),
    signal: controller.signal,
    onCollected: () => {
      polls++;
    },
  });
  await sleep(IDLE_SECONDS * 1000);
  controller.abort();
  await polling;
  const { user, system } = process.cpuUsage(before);
  return { polls, coreShare: Math.round((1e4 * (user + system)) / 1e6 / IDLE_SECONDS) / 1e4 };
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}

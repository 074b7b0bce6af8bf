/** How long a retry takes from Alertmanager's webhook to the call that Airflow gets: real server, engine and PostgreSQL. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createActionEngine, promote, sitesOf } from '../../actions/index.js';
import { createNotifications } from '../../alerts/index.js';
import { wakingIntake } from '../../cli/waking-intake.js';
import { configSchema } from '../../core/config/schema.js';
import type { Database } from '../../core/database/port.js';
import { writeDagRuns, writeFailureReasons } from '../../core/fact-log/write.js';
import { silentLogger } from '../../core/logger.js';
import { createServer, createToken, type ScoreSource } from '../../serving/index.js';
import { startFakeAirflow } from './fake-airflow.js';

const INCIDENTS = 100;
const RUN_ID = 'scheduled__1';
const DEPLOYMENT = 'bench';
/** Between two incidents: so that they meet the regular passes of the engine at any moment of theirs. */
const PAUSE_MS = 137;
const logger = silentLogger();
const clock = (): number => Date.now() / 1000;

/** Milliseconds from the begin of the request to the begin of Airflow's. */
export interface WebhookTiming {
  readonly incidents: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

const NO_SCORES: ScoreSource = {
  board: () => null,
  status: () => ({ state: 'no_model', detail: '', lastError: null }),
  explain: () => Promise.resolve(new Map()),
};

export async function measureWebhook(database: Database): Promise<WebhookTiming> {
  const airflow = await startFakeAirflow();
  const config = configSchema.parse({
    deployments: [{ name: DEPLOYMENT, url: airflow.url, token: 'reads', acting: { token: 'acts' } }],
    actions: {
      retry: { mode: 'automatic', delay_minutes: 0, note: false },
      limits: { per_hour: 10_000, per_day: 10_000, cooldown_minutes: 0, failures_in_row: 100 },
      held_out_share: 0,
    },
  });
  await promote(database, { deployment: DEPLOYMENT, kind: 'retry' }, 'for the measurement', 'bench', clock());
  const engine = createActionEngine({
    ...{ database, config: config.actions, clock, logger },
    ...sitesOf(config.deployments, { logger }),
    collectedAt: clock,
    riskOf: () => null,
    calibrationError: () => null,
  });
  const notifications = createNotifications({
    ...{ database, config: config.notifications, teams: [], clock, logger, retentionDays: 365 },
    situations: { situation: () => Promise.resolve(null), runEnds: () => Promise.resolve([]) },
    airflowUrl: () => null,
    print: () => undefined,
  });
  const server = createServer({
    ...{ host: '127.0.0.1', port: 0, allowedHosts: [], metricsPublic: true, taskSeriesLimit: 10 },
    ...{ scorer: NO_SCORES, database, collectorStatus: () => [], logger, version: 'bench' },
    incidents: { ...notifications, takeDelivery: wakingIntake(notifications, engine.wake) },
  });
  const token = await createToken(database, { name: 'alertmanager', role: 'operator', expiresAt: null });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  try {
    const url = `${await server.listen()}/api/v1/alerts`;
    const delays: number[] = [];
    for (let n = 0; n < INCIDENTS; n++) {
      const dagId = `dag_${n}`;
      await sleep(PAUSE_MS);
      await writeFailure(database, dagId);
      const sent = performance.now();
      const answer = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(delivery(dagId)),
      });
      if (!answer.ok) throw new Error(`the webhook was refused: ${await answer.text()}`);
      delays.push((await airflow.cleared(dagId)) - sent);
    }
    delays.sort((a, b) => a - b);
    const at = (share: number): number => Math.round(delays[Math.ceil(share * delays.length) - 1]!);
    return { incidents: INCIDENTS, p50: at(0.5), p95: at(0.95), max: at(1) };
  } finally {
    stop.abort();
    await running;
    await server.close();
    await airflow.close();
  }
}

/** A run fails now of something that may pass, as the collector would tell of it. */
async function writeFailure(database: Database, dagId: string): Promise<void> {
  const now = clock();
  const live = { source: 'airflow_rest', knownAt: now, visibilityAssumed: false };
  const run = { deployment: DEPLOYMENT, dagId, runId: RUN_ID };
  const times = { runAfter: now - 60, logicalDate: now - 60, queuedAt: now - 60, startedAt: now - 59 };
  const reason = {
    ...{ ...run, taskId: 'extract', mapIndex: -1, tryNumber: 1, pool: null, endedAt: now },
    ...{ failureClass: 'transient_infrastructure' as const, rule: null, templateId: null, template: null },
    ...{ evidence: 'connection refused', unread: null },
  };
  await database.transaction(async (connection) => {
    await writeDagRuns(
      connection,
      [{ ...run, ...times, state: 'failed', runType: 'scheduled', endedAt: now }],
      live,
    );
    await writeFailureReasons(connection, [reason], live);
  });
}

function delivery(dagId: string): object {
  const labels = { alertname: 'OrcDagFailed', kind: 'failure', deployment: DEPLOYMENT, dag_id: dagId };
  return {
    version: '4',
    alerts: [
      {
        status: 'firing',
        labels: { ...labels, severity: 'critical' },
        annotations: { summary: `${dagId} failed` },
        startsAt: new Date().toISOString(),
      },
    ],
  };
}

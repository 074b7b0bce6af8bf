/** All wiring of the running system: collectors, scorer, retraining and server around one store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pollAirflow, sourceName, type CollectorStatus } from '../collector/airflow/index.js';
import type { Clock } from '../core/clock.js';
import type { DeploymentConfig } from '../core/config/schema.js';
import type { Database } from '../core/database/port.js';
import { AppError } from '../core/errors.js';
import { runTraining } from '../model/index.js';
import { createScorer, createServer, type Scorer, type Server, type SourceStatus } from '../serving/index.js';
import type { Context } from './context.js';
import { modelSource } from './model-source.js';
import { packageVersion } from './package-version.js';
import { createStatsdSources } from './statsd-sources.js';

export interface AppOptions {
  readonly context: Context;
  readonly database: Database;
  /** Time of the facts; differs from the wall clock only while a recording is replayed. */
  readonly clock: Clock;
}

export interface App {
  readonly scorer: Scorer;
  readonly server: Server;
  /** Opens the StatsD listeners; throws AppError when an address cannot be listened on. */
  readonly startStatsd: () => Promise<void>;
  /** Runs collectors and retraining until the context's signal aborts; then stops everything. */
  readonly run: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** How long to wait for enough history before the first training is tried again. */
const FIRST_TRAINING_RETRY_SECONDS = 60;

/** Builds the system without starting any of it. */
export function createApp({ context, database, clock }: AppOptions): App {
  const { config, logger, signal } = context;
  const statuses = new Map<string, CollectorStatus>();
  const scorer = createScorer({
    database,
    models: modelSource(database),
    clock,
    intervalSeconds: config.scoring.interval_seconds,
    deadlines: config.deadlines,
    logger: logger.child({ component: 'scorer' }),
    onProgress: context.progress,
  });
  const statsd = createStatsdSources({
    context,
    database,
    clock,
    airflowVersion: (deployment) => statuses.get(deployment)?.airflowVersion ?? null,
  });
  const server = createServer({
    host: config.server.host,
    port: config.server.port,
    allowedHosts: config.server.allowed_hosts,
    metricsPublic: config.server.metrics_public,
    taskSeriesLimit: config.server.task_series_limit,
    scorer,
    database,
    collectorStatus: () => [
      ...config.deployments.map((deployment) => summarise(deployment, statuses.get(deployment.name))),
      ...statsd.status(),
    ],
    statsdCounts: () => statsd.status(),
    logger: logger.child({ component: 'server' }),
    version: packageVersion(),
  });

  const collect = (): Promise<void>[] =>
    config.deployments.map((deployment) =>
      pollAirflow(deployment, {
        database,
        logger: logger.child({ component: 'collector', deployment: deployment.name }),
        clock,
        signal,
        since: clock() - deployment.history_days * 86_400,
        tuning: { platformDays: config.retention.platform_fact_days },
        onStatus: (status) => {
          statuses.set(deployment.name, status);
        },
        onCollected: () => {
          scorer.notify();
        },
      }),
    );

  const stop = async (): Promise<void> => {
    await server.close();
    await statsd.close();
    await scorer.stop();
  };

  return {
    scorer,
    server,
    startStatsd: () => statsd.start(),
    stop,
    run: async () => {
      try {
        await Promise.all([
          ...collect(),
          retrain({ context, database, clock }, scorer),
          untilAborted(signal),
        ]);
      } finally {
        await stop();
      }
    },
  };
}

/** Trains when there is no model that can serve, and again every `retrain_interval_hours`; a failure is logged and tried again. */
async function retrain({ context, database, clock }: AppOptions, scorer: Scorer): Promise<void> {
  const { config, signal } = context;
  const logger = context.logger.child({ component: 'training' });
  const intervalSeconds = config.model.retrain_interval_hours * 3600;
  while (!signal.aborted) {
    const champion = await modelSource(database).champion();
    const mustTrain = champion === null || champion.isOutdated;
    let wait = mustTrain ? 0 : Math.max(0, champion.promotedAt + intervalSeconds - clock());
    if (wait === 0) {
      wait = intervalSeconds;
      try {
        const seed = config.model.seed;
        await runTraining({
          database,
          signal,
          onProgress: () => undefined,
          clock,
          logger,
          seed,
          promote: 'if_better',
        });
        scorer.notify();
      } catch (error) {
        if (isAborted(signal)) return;
        wait = FIRST_TRAINING_RETRY_SECONDS;
        if (error instanceof AppError && error.code === 'too_little_history')
          logger.info({ reason: error.message }, 'no training yet');
        else logger.error({ err: error }, 'training failed, will be tried again');
      }
    }
    await sleep(Math.min(wait, intervalSeconds) * 1000, undefined, { signal }).catch(() => undefined);
  }
}

/** Read anew: it may have fired while something was awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

/** Counters exist from the start at 0. */
function summarise(deployment: DeploymentConfig, status: CollectorStatus | undefined): SourceStatus {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  return {
    deployment: deployment.name,
    source: sourceName(deployment),
    lastSuccessAt: status?.lastSuccessAt ?? null,
    rows: sum(Object.values(status?.rows ?? {}).map(({ appended }) => appended)),
    errors: sum(Object.values(status?.errors ?? {})),
    polling: {
      knownUntil: onOurClock(status?.watermark ?? null, status?.clockSkewSeconds ?? null),
      clockSkewSeconds: status?.clockSkewSeconds ?? null,
      passSeconds: status?.passSeconds ?? null,
      airflowVersion: status?.airflowVersion ?? null,
      failure: status?.state === 'failing' ? status.lastError : null,
    },
  };
}

function onOurClock(airflowTime: number | null, clockSkewSeconds: number | null): number | null {
  return airflowTime === null ? null : airflowTime - (clockSkewSeconds ?? 0);
}

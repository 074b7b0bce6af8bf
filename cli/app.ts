/** All wiring of the running system: collectors, scorer, retraining and server around one store. */
import { createActionEngine, sitesOf } from '../actions/index.js';
import { createActionDesk } from './action-desk.js';
import { createActionSource } from './action-source.js';
import { actionMetrics } from './action-metrics.js';
import { createNotifications, ruleSettings, teamOf, type Notifications } from '../alerts/index.js';
import { pollAirflow, sourceName, type CollectorStatus } from '../collector/airflow/index.js';
import type { Clock } from '../core/clock.js';
import type { DeploymentConfig } from '../core/config/schema.js';
import { asLeader } from '../core/database/leader.js';
import type { Database } from '../core/database/port.js';
import {
  createQualityFollower,
  ScoreWriter,
  watchCalibration,
  type QualityFollower,
} from '../model/index.js';
import {
  createAirflowFollower,
  createScorer,
  createServer,
  createThresholdFollower,
  type Scorer,
  type Server,
  type SourceStatus,
  type ThresholdFollower,
} from '../serving/index.js';
import type { Context } from './context.js';
import { modelSource } from './model-source.js';
import { packageVersion } from './package-version.js';
import { MODEL_LEAD, runRetraining } from './retraining.js';
import { logUrl } from './log-url.js';
import { createSituations } from './situations.js';
import { createStatsdSources } from './statsd-sources.js';
import { wakingIntake } from './waking-intake.js';

export interface AppOptions {
  readonly context: Context;
  readonly database: Database;
  /** Time of the facts; differs from the wall clock only while a recording is replayed. */
  readonly clock: Clock;
}

export interface App {
  readonly scorer: Scorer;
  readonly server: Server;
  readonly quality: QualityFollower;
  readonly notifications: Notifications;
  readonly thresholds: ThresholdFollower;
  /** Opens the StatsD listeners; throws AppError when an address cannot be listened on. */
  readonly startStatsd: () => Promise<void>;
  /** Runs collectors and retraining until the context's signal aborts; then stops everything. */
  readonly run: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Builds the system without starting any of it. */
export function createApp({ context, database, clock }: AppOptions): App {
  const { config, logger, signal } = context;
  const statuses = new Map<string, CollectorStatus>();
  const scores = new ScoreWriter({
    database,
    clock,
    retentionDays: config.retention.score_days,
    logger: logger.child({ component: 'scores' }),
  });
  const windowDays = Math.min(config.model.quality_window_days, config.retention.score_days);
  const qualityLogger = logger.child({ component: 'quality' });
  const quality = createQualityFollower({
    database,
    clock,
    windowDays,
    logger: qualityLogger,
    onEvaluated: async () => {
      if (!config.model.automatic_rollback) return;
      const watch = { database, clock, windowDays, signal, seed: config.model.seed, logger: qualityLogger };
      const led = await asLeader(database, MODEL_LEAD, () => watchCalibration(watch));
      if (led?.result != null) scorer.notify();
    },
  });
  const scorer = createScorer({
    database,
    scoreSink: scores,
    models: modelSource(database),
    clock,
    intervalSeconds: config.scoring.interval_seconds,
    deadlines: config.deadlines,
    logger: logger.child({ component: 'scorer' }),
    onProgress: context.progress,
  });
  const thresholds = createThresholdFollower({
    database,
    clock,
    config: config.alerts,
    board: () => scorer.board(),
    logger: logger.child({ component: 'thresholds' }),
  });
  const { collectorStaleSeconds } = ruleSettings(config);
  const airflow = createAirflowFollower({
    database,
    clock,
    staleSeconds: collectorStaleSeconds,
    isCollected: (name) => {
      const collectedAt = statuses.get(name)?.lastSuccessAt ?? null;
      return collectedAt !== null && clock() - collectedAt <= collectorStaleSeconds;
    },
    logger: logger.child({ component: 'airflow' }),
  });
  const statsd = createStatsdSources({
    context,
    database,
    clock,
    airflowVersion: (deployment) => statuses.get(deployment)?.airflowVersion ?? null,
  });
  const wakeActions = (): void => {
    actions.wake();
  };
  const airflowUrl = (name: string): string | null =>
    config.deployments.find((deployment) => deployment.name === name)?.url ?? null;
  const notifications = createNotifications({
    database,
    config: config.notifications,
    teams: config.teams,
    actions: createActionSource({ database, teams: config.teams, clock, onDecided: wakeActions }),
    situations: createSituations({
      ...{ scorer, database },
      warnAt: (dag) => thresholds.thresholdsOf(dag).warning,
      logUrl: (deployment, dagId, failure) => {
        const url = airflowUrl(deployment);
        const version = statuses.get(deployment)?.airflowVersion ?? null;
        return url === null ? null : logUrl({ url, version }, dagId, failure);
      },
    }),
    airflowUrl,
    retentionDays: config.retention.incident_days,
    // Messages go to people, whose time passes even while a recording is replayed.
    clock: context.clock,
    logger: logger.child({ component: 'notifications' }),
    print: (text) => process.stderr.write(`${text}\n`),
  });
  const actionLogger = logger.child({ component: 'actions' });
  const actions = createActionEngine({
    database,
    config: config.actions,
    clock,
    logger: actionLogger,
    ...sitesOf(config.deployments, { logger: actionLogger }),
    collectedAt: (deployment) => statuses.get(deployment)?.lastSuccessAt ?? null,
    riskOf: (deployment, dagId) =>
      scorer.board()?.dags.find(({ dag }) => dag.dagId === dagId && dag.deployment === deployment)?.risk ??
      null,
    calibrationError: () =>
      quality.view()?.quality.subsets.dag_runs.metrics.expected_calibration_error ?? null,
  });
  const server = createServer({
    actions: () => actionMetrics(config, actions.ledger()),
    actionDesk: createActionDesk({ database, clock, onDecided: wakeActions }),
    incidents: { ...notifications, takeDelivery: wakingIntake(notifications, wakeActions) },
    host: config.server.host,
    port: config.server.port,
    allowedHosts: config.server.allowed_hosts,
    metricsPublic: config.server.metrics_public,
    dagSeriesLimit: config.server.dag_series_limit,
    taskSeriesLimit: config.server.task_series_limit,
    scorer,
    database,
    collectorStatus: () => [
      ...config.deployments.map((deployment) => summarise(deployment, statuses.get(deployment.name))),
      ...statsd.status(),
    ],
    airflowUrl,
    airflow: () => airflow.view(),
    workerSlots: new Map(
      config.deployments.flatMap(({ name, worker_slots: slots }) =>
        slots === null ? [] : [[name, slots] as const],
      ),
    ),
    warningQuality: () => thresholds.quality(),
    statsdCounts: () => statsd.status(),
    teamOf: (dag) => teamOf(config.teams, dag),
    thresholds: (dag) => thresholds.thresholdsOf(dag),
    quality: () => quality.view(),
    scoresStored: () => scores.status,
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
          wakeActions();
        },
      }),
    );

  const stop = async (): Promise<void> => {
    await server.close();
    await statsd.close();
    await scorer.stop();
    await scores.close();
  };

  return {
    scorer,
    server,
    quality,
    notifications,
    thresholds,
    startStatsd: () => statsd.start(),
    stop,
    run: async () => {
      try {
        await Promise.all([
          ...collect(),
          quality.run(signal),
          notifications.run(signal),
          thresholds.run(signal),
          actions.run(signal),
          airflow.run(signal),
          runRetraining({
            context,
            database,
            clock,
            onTrained: () => {
              scorer.notify();
            },
          }),
          untilAborted(signal),
        ]);
      } finally {
        await stop();
      }
    },
  };
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

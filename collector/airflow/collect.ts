import type { Clock } from '../../core/clock.js';
import { type DeploymentConfig, pollIntervalSeconds } from '../../core/config/schema.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { type ProgressListener, ignoreProgress } from '../../core/progress.js';
import type { RestVersion } from './api.js';
import { AirflowError } from './http/airflow-error.js';
import { collectDagVersions } from './collect-dag-versions.js';
import { collectAssets } from './collect-assets.js';
import { collectChanges } from './collect-changes.js';
import { collectEvents } from './collect-events.js';
import { collectHealth } from './collect-health.js';
import { collectHistory } from './collect-history.js';
import { collectMetadata } from './collect-metadata.js';
import { commitBatch } from './commit.js';
import { type CollectorMemory, type Pass, createMemory } from './context.js';
import type { AirflowConnection } from './http/client.js';
import type { Sleep } from './http/sleep.js';
import { mapPool } from './map.js';
import { openMetadataSource } from './metadata/source.js';
import { leave, tellOtherCollectors } from './other-collectors.js';
import { collectReasons } from './reasons/collect-reasons.js';
import { airflowConnection, openRestSource } from './rest-source.js';
import type { AirflowSource } from './source.js';
import { type SourceName, loadState, saveState } from './state.js';
import type { Tuning } from './tuning.js';
import { type Tally, emptyTally } from './write-batch.js';

export interface CollectOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** How far back the history reaches, by due time of DAG runs; all of it without. Earlier than last time: the rest is read. */
  readonly since?: UnixSeconds;
  readonly tuning?: Partial<Tuning>;
  /** Replaces parts of the connection that the configuration does not have. */
  readonly connection?: Partial<AirflowConnection>;
  /** Waiting between attempts; tests replace it. */
  readonly sleep?: Sleep;
}

/** What one pass has brought; received counts what Airflow told, appended what was new. */
export interface CollectResult extends Tally {
  /** `full` when history was read, `incremental` when only what changed. */
  readonly mode: 'full' | 'incremental';
  /** Time on Airflow's clock up to which everything is in the log. */
  readonly watermark: UnixSeconds;
  /** Failed tries that were explained. */
  readonly failureReasons: number;
  readonly airflowVersion: string;
  readonly source: SourceName;
  /** Null when the metadata database was read. */
  readonly restVersion: RestVersion | null;
  readonly clockSkewSeconds: number | null;
}

/**
 * One collection from one Airflow: its history when that is not in the log yet (from where an interrupted call stopped), then
 * what has changed since. Facts and progress are committed together: stopped anywhere, by whatever, nothing is lost or doubled.
 * @throws AppError `airflow_*` with a fix, `cancelled` when the signal fires, `database_unavailable`
 */
export async function collectAirflow(
  deployment: DeploymentConfig,
  options: CollectOptions,
): Promise<CollectResult> {
  const source = openSource(deployment, options);
  const memory = createMemory();
  try {
    return await collectOnce(deployment, source, memory, options);
  } finally {
    await endCollection(deployment, source, memory, options);
  }
}

/** The way by which a configured deployment is read. */
export function sourceName(deployment: DeploymentConfig): SourceName {
  return deployment.metadata_database_url === null ? 'airflow_rest' : 'airflow_metadata';
}

/** Its metadata database where that is configured, else its REST API. */
export function openSource(deployment: DeploymentConfig, options: CollectOptions): AirflowSource {
  const { logger, clock } = options;
  const wait = options.sleep === undefined ? {} : { sleep: options.sleep };
  const connection = { ...airflowConnection(deployment), ...options.connection };
  const rest = openRestSource(connection, deployment.page_size, { logger, clock, ...wait });
  const url = deployment.metadata_database_url;
  if (url === null) return rest;
  const retryForSeconds = options.connection?.retryForSeconds;
  const settings = { url, timeoutSeconds: deployment.timeout_seconds };
  return openMetadataSource(settings, { logger, clock, retryForSeconds, ...wait }, rest);
}

/** Call when the last pass of this source and memory is over. */
export async function endCollection(
  deployment: DeploymentConfig,
  source: AirflowSource,
  memory: CollectorMemory,
  { database, logger }: CollectOptions,
): Promise<void> {
  await leave(database, { deployment: deployment.name, source }, memory.identity, logger);
  await source.close();
}

/** As {@link collectAirflow}, with a source and memory that outlive the pass. */
export async function collectOnce(
  deployment: DeploymentConfig,
  source: AirflowSource,
  memory: CollectorMemory,
  options: CollectOptions,
): Promise<CollectResult> {
  const { database, logger, clock, signal } = options;
  const { version, api } = await source.connect(signal);
  tellVersion(source, version, memory, logger);
  const pass: Pass = {
    deployment: deployment.name,
    actingUser: deployment.acting.username,
    api,
    source,
    database,
    clock,
    logger,
    onProgress: options.onProgress ?? ignoreProgress,
    signal,
    memory,
    tally: emptyTally(),
    tuning: { ...source.tuning, ...options.tuning },
  };
  const isFirst = await isFirstCollection(pass);
  const describedFrom = isFirst ? null : clock();
  await collectMetadata(pass, describedFrom);
  // Not before Airflow has answered: a wrong address or password leaves nothing behind.
  await tellOtherCollectors(database, pass, memory.identity, logger);
  const hasReadHistory = await collectHistory(pass, options.since ?? null);
  tellClocks(pass);
  const watermark = await collectChanges(pass);
  const pools = (await pass.api.pools()).map((pool) => mapPool(pool, pass.deployment));
  await commitBatch(pass, { pools }, clock(), () => Promise.resolve());
  await collectSurroundings(pass, describedFrom, options.since ?? null);
  const failureReasons = await explainFailures(pass, deployment, hasReadHistory);
  return {
    ...pass.tally,
    mode: hasReadHistory ? 'full' : 'incremental',
    source: source.name,
    watermark,
    failureReasons,
    airflowVersion: version,
    restVersion: api.restVersion,
    clockSkewSeconds: source.clockSkewSeconds(),
  };
}

/** @param describedFrom null during the first collection: descriptions then count as always known */
async function collectSurroundings(
  pass: Pass,
  describedFrom: UnixSeconds | null,
  since: UnixSeconds | null,
): Promise<void> {
  const { memory, clock, tuning } = pass;
  if (clock() < memory.surroundingsDueAt) return;
  memory.surroundingsDueAt = clock() + tuning.surroundingsEverySeconds;
  try {
    await collectDagVersions(pass, describedFrom);
    await collectAssets(pass, describedFrom);
    await collectHealth(pass, describedFrom);
    await collectEvents(pass, since);
  } catch (error) {
    // The runs came another way, and are in the log.
    if (pass.source.name === 'airflow_rest' || !(error instanceof AirflowError)) throw error;
    pass.logger.warn({ err: error }, 'what surrounds the runs could not be read, will be tried again');
  }
}

/** Longest that the logs of history may hold up what follows the first collection. */
const HISTORY_LOGS_SECONDS = 60;

/** Logs come last, and in a part of the time until the next pass: collection is never late because of them. */
function explainFailures(pass: Pass, deployment: DeploymentConfig, isHistory: boolean): Promise<number> {
  const { enabled, log_kib, per_pass, history } = deployment.failure_reasons;
  if (!enabled) return Promise.resolve(0);
  const limits = {
    keepBytes: log_kib * 1024,
    perPass: per_pass,
    history,
    seconds: pollIntervalSeconds(deployment) / 3,
    historySeconds: HISTORY_LOGS_SECONDS,
  };
  return collectReasons(pass, limits, isHistory);
}

/** Airflow may have been upgraded since the last pass; what is found first, and found new, is told. */
function tellVersion(source: AirflowSource, version: string, memory: CollectorMemory, logger: Logger): void {
  const { name, address } = source;
  if (memory.version === null) {
    logger.info({ source: name, address, airflow_version: version }, 'Airflow found');
  } else if (version !== memory.version) {
    logger.info(
      { source: name, address, former_version: memory.version, airflow_version: version },
      'Airflow is of another version now',
    );
  }
  memory.version = version;
}

/** Beyond this, times that Airflow tells and those of ORC no longer fit together well. */
const SKEW_WARNING_SECONDS = 5;

/** Clocks that differ do no harm to what is collected, but to how soon things seem to be known: told when it begins and ends. */
function tellClocks({ source, memory, logger }: Pass): void {
  const skew = source.clockSkewSeconds();
  if (skew === null) return;
  const isSkewed = Math.abs(skew) > SKEW_WARNING_SECONDS;
  if (isSkewed && !memory.isSkewed) {
    logger.warn({ skew_seconds: Math.round(skew) }, "the clocks differ: Airflow's less that of ORC");
  } else if (!isSkewed && memory.isSkewed) logger.info('the clocks of Airflow and ORC agree again');
  memory.isSkewed = isSkewed;
}

/** True until the history of this Airflow has been read once; an Airflow that moved in behind the name starts over. */
async function isFirstCollection(pass: Pass): Promise<boolean> {
  const history = await loadState(pass.database, pass, 'history');
  const { address } = pass.source;
  if (history?.address === address) return !history.isComplete;
  if (history !== null) {
    pass.logger.warn(
      { former: history.address, address },
      'the address of this deployment has changed: its history is read again',
    );
    pass.memory.historyRead.clear();
    await pass.database.transaction(async (connection) => {
      const nothing = { after: null, readAt: null, newestVersion: null };
      await saveState(connection, pass, 'tasks', nothing);
      await saveState(connection, pass, 'dag_versions', nothing);
    });
  }
  return true;
}

/** One running source of platform facts: a listener, or the scrape of a statsd_exporter. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentConfig } from '../../core/config/schema.js';
import { AppError } from '../../core/errors.js';
import type { StatsdInput, StatsdOptions, StatsdStatus } from './input.js';
import type { KnownNameList } from './known-names.js';
import { loadKnownNames } from './load-known-names.js';
import { startListening } from './listen.js';
import { PlatformWriter } from './platform-writer.js';
import { startScraping } from './scrape/scrape.js';

/** What the fact log calls facts from a listener, and from a scrape. */
export const STATSD_SOURCE = 'statsd';
export const STATSD_EXPORTER_SOURCE = 'statsd_exporter';

/** The length of a window is 10 s unless given. */
export type StartStatsdOptions = Omit<StatsdOptions, 'windowSeconds'> & { readonly windowSeconds?: number };

export interface StatsdSource {
  /** Where it listens or reads from. */
  readonly address: string;
  status(): StatsdStatus;
  /** Writes what is there, and stops. */
  close(): Promise<void>;
}

/** Facts are sums over so many seconds. */
export const WINDOW_SECONDS = 10;

/** How often the ids of new DAGs and tasks are looked for. */
const NAMES_SECONDS = 30;

/** True when the deployment sends metrics to ORC, or lets ORC read them. */
export function usesStatsd({ statsd }: DeploymentConfig): boolean {
  return statsd.port !== null || statsd.socket_path !== null || statsd.exporter_url !== null;
}

/**
 * Starts the source that the deployment configures; resolves when it receives.
 *
 * @throws AppError `conflict` or `usage` when the address cannot be listened on, `internal` when nothing is configured.
 */
export async function startStatsd(
  deployment: DeploymentConfig,
  options: StartStatsdOptions,
): Promise<StatsdSource> {
  if (!usesStatsd(deployment)) throw new AppError('internal', `${deployment.name} has no StatsD configured`);
  const { database, clock, logger, retentionDays } = options;
  const source = deployment.statsd.exporter_url === null ? STATSD_SOURCE : STATSD_EXPORTER_SOURCE;
  const writer = new PlatformWriter({ database, source, clock, logger, retentionDays });
  const start = source === STATSD_SOURCE ? startListening : startScraping;
  const input = await start(
    deployment,
    { ...options, windowSeconds: options.windowSeconds ?? WINDOW_SECONDS },
    writer,
  );
  const stopping = new AbortController();
  const watching = keepNamesKnown(deployment.name, input, options, stopping.signal);
  logger.info({ address: input.address }, 'StatsD is collected');
  return {
    address: input.address,
    status: () => {
      const counts = input.counts();
      const { rows, errors, lastSuccessAt, dropped } = writer.status;
      return {
        deployment: deployment.name,
        source,
        ...counts,
        dropped: counts.dropped + dropped,
        rows,
        errors: counts.errors + errors,
        lastSuccessAt,
      };
    },
    close: async () => {
      stopping.abort();
      await watching;
      await input.close();
      await writer.close();
    },
  };
}

/** Tells the input of new ids and of the version of Airflow. */
async function keepNamesKnown(
  deployment: string,
  input: StatsdInput,
  { database, logger, airflowVersion }: StartStatsdOptions,
  signal: AbortSignal,
): Promise<void> {
  let mark: string | null = null;
  let list: KnownNameList = { dags: [], pools: [] };
  let version: string | null = null;
  while (!signal.aborted) {
    try {
      const loaded = await loadKnownNames(database, deployment, mark);
      const current = airflowVersion();
      if (loaded !== null || current !== version) {
        ({ list, mark } = loaded ?? { list, mark });
        version = current;
        input.know(list, version);
      }
    } catch (error) {
      logger.warn({ err: error }, 'known DAGs and tasks could not be read, will be tried again');
    }
    await sleep(NAMES_SECONDS * 1000, undefined, { signal }).catch(() => undefined);
  }
}

import { startStatsd, usesStatsd, STATSD_EXPORTER_SOURCE, STATSD_SOURCE } from '../collector/statsd/index.js';
import type { StatsdSource, StatsdStatus } from '../collector/statsd/index.js';
import type { Clock } from '../core/clock.js';
import type { Database } from '../core/database/port.js';
import type { Context } from './context.js';

export interface StatsdSourcesOptions {
  readonly context: Context;
  readonly database: Database;
  readonly clock: Clock;
  /** Null until the collector knows it. */
  readonly airflowVersion: (deployment: string) => string | null;
}

/** The StatsD sources of all deployments that have one. */
export interface StatsdSources {
  /** Counters of each, at 0 before the start. */
  status(): StatsdStatus[];
  /** @throws AppError when an address cannot be listened on; nothing is left open then. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export function createStatsdSources(options: StatsdSourcesOptions): StatsdSources {
  const { context, database, clock, airflowVersion } = options;
  const deployments = context.config.deployments.filter(usesStatsd);
  const running = new Map<string, StatsdSource>();
  const close = async (): Promise<void> => {
    await Promise.all([...running.values()].map((source) => source.close()));
    running.clear();
  };
  return {
    close,
    status: () =>
      deployments.map(({ name, statsd }) => running.get(name)?.status() ?? idle(name, statsd.exporter_url)),
    start: async () => {
      try {
        for (const deployment of deployments) {
          const source = await startStatsd(deployment, {
            database,
            clock,
            logger: context.logger.child({ component: 'statsd', deployment: deployment.name }),
            retentionDays: context.config.retention.platform_fact_days,
            airflowVersion: () => airflowVersion(deployment.name),
          });
          running.set(deployment.name, source);
        }
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

function idle(deployment: string, exporterUrl: string | null): StatsdStatus {
  return {
    deployment,
    source: exporterUrl === null ? STATSD_SOURCE : STATSD_EXPORTER_SOURCE,
    packets: 0,
    samples: 0,
    parseErrors: 0,
    dropped: 0,
    rows: 0,
    errors: 0,
    lastSuccessAt: null,
  };
}

/** The listener of a deployment, as an input of facts. */
import type { DeploymentConfig, StatsdConfig } from '../../core/config/schema.js';
import type { Logger } from '../../core/logger.js';
import type { Endpoint } from './listener/forwarder.js';
import type { IntakeServiceOptions, ListenerCounts, ListenerWindow } from './listener/intake-service.js';
import { NO_COUNTS, startLastingListener } from './listener/lasting-listener.js';
import type { PlatformWriter } from './platform-writer.js';
import type { StatsdInput, StatsdOptions } from './input.js';

/** Trouble that goes on is told again after so many windows. */
const REPEAT_WINDOWS = 30;

export async function startListening(
  deployment: DeploymentConfig,
  { logger, windowSeconds }: StatsdOptions,
  writer: PlatformWriter,
): Promise<StatsdInput> {
  const { statsd, name } = deployment;
  let counts = NO_COUNTS;
  let errors = 0;
  const tell = createTrouble(logger);
  const service = await startLastingListener(serviceOptions(statsd, windowSeconds), {
    onWindow: (window) => {
      writer.push(window.observations.map((observation) => ({ ...observation, deployment: name })));
      tell(counts, window);
      counts = window.counts;
    },
    onError: (error) => {
      errors++;
      logger.error({ err: error }, 'the StatsD listener failed');
    },
  });
  const { address, receiveBufferBytes } = service;
  if (receiveBufferBytes < statsd.receive_buffer_bytes) {
    logger.warn(
      { asked: statsd.receive_buffer_bytes, granted: receiveBufferBytes },
      'the system grants a smaller receive buffer: a burst may be lost; raise it with sysctl net.core.rmem_max',
    );
  }
  if (statsd.port !== null && !isLoopback(statsd.host)) {
    logger.warn(
      { address },
      'StatsD is open beyond this machine, and has no passwords: let only Airflow reach it',
    );
  }
  return {
    address,
    know: (list, airflowVersion) => {
      service.know(list, airflowVersion);
    },
    close: () => service.close(),
    counts: () => ({
      packets: counts.packets,
      samples: counts.samples,
      parseErrors: counts.parseErrors,
      dropped: sum(counts.capped) + (counts.kernelDrops ?? 0),
      errors,
    }),
  };
}

function serviceOptions(statsd: StatsdConfig, windowSeconds: number): IntakeServiceOptions {
  const { host, port, socket_path: path, receive_buffer_bytes: receiveBufferBytes } = statsd;
  return {
    prefix: statsd.prefix,
    maxSeries: statsd.max_series,
    idleSeconds: statsd.idle_seconds,
    listen: path === null ? { host, port: port ?? 0, receiveBufferBytes } : { path, receiveBufferBytes },
    forwardTo: statsd.forward_to === null ? null : parseEndpoint(statsd.forward_to),
    windowSeconds,
  };
}

/** `host:port` or `[address]:port`, as the configuration has checked it. */
export function parseEndpoint(text: string): Endpoint {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

type Tell = (before: ListenerCounts, window: ListenerWindow) => void;

/** Logs what is being lost when it begins, and again every few minutes while it goes on. */
function createTrouble(logger: Logger): Tell {
  const quiet = new Map<string, number>();
  const when = (kind: string, isTrouble: boolean, log: () => void): void => {
    const left = quiet.get(kind) ?? 0;
    if (isTrouble && left === 0) {
      log();
      quiet.set(kind, REPEAT_WINDOWS);
    } else quiet.set(kind, Math.max(0, left - 1));
  };
  return (before, { counts, series }) => {
    when('capped', sum(counts.capped) > sum(before.capped), () => {
      logger.warn(
        { series, dropped: counts.capped },
        'too many StatsD series: raise statsd.max_series or send fewer',
      );
    });
    when('kernel', (counts.kernelDrops ?? 0) > (before.kernelDrops ?? 0), () => {
      logger.warn(
        { dropped: counts.kernelDrops },
        'the system dropped StatsD datagrams: raise statsd.receive_buffer_bytes and net.core.rmem_max',
      );
    });
    when('forward', counts.forwardFailures > before.forwardFailures, () => {
      logger.warn({ failed: counts.forwardFailures }, 'StatsD datagrams could not be forwarded');
    });
    when('malformed', counts.parseErrors > before.parseErrors, () => {
      logger.warn({ lines: counts.parseErrors }, 'lines that are not StatsD were received');
    });
  };
}

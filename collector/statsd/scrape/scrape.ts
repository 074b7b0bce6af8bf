/** Reads the metrics page of a statsd_exporter once per window. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { DeploymentConfig } from '../../../core/config/schema.js';
import { AppError } from '../../../core/errors.js';
import type { StatsdInput, StatsdOptions } from '../input.js';
import type { PlatformWriter } from '../platform-writer.js';
import { parseAirflowVersion } from '../units.js';
import { ExporterIntake } from './exporter-intake.js';

const MAX_PAGE_BYTES = 64 << 20;

/** Starts at once; an exporter that does not answer is asked again at the next window. */
export function startScraping(
  { name, statsd, timeout_seconds: timeoutSeconds }: DeploymentConfig,
  { clock, logger, windowSeconds }: StatsdOptions,
  writer: PlatformWriter,
): Promise<StatsdInput> {
  const url = statsd.exporter_url!;
  const agent = new Agent({ connections: 1 });
  const stopping = new AbortController();
  const options = { prefix: statsd.prefix, maxSeries: statsd.max_series, idleSeconds: statsd.idle_seconds };
  const intake = new ExporterIntake(options, clock());
  let errors = 0;
  let isFailing = false;

  const scrape = async (): Promise<void> => {
    try {
      intake.receive(await readPage(agent, url, Math.min(timeoutSeconds, windowSeconds), stopping.signal));
      isFailing = false;
    } catch (error) {
      if (stopping.signal.aborted) return;
      errors++;
      // Once per outage.
      if (!isFailing) logger.warn({ err: error }, 'statsd_exporter could not be read, will be tried again');
      isFailing = true;
      return;
    }
    writer.push(intake.close(clock()).map((observation) => ({ ...observation, deployment: name })));
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const startedAt = clock();
      await scrape();
      const left = Math.max(0, windowSeconds - (clock() - startedAt));
      await sleep(left * 1000, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const looping = loop();

  return Promise.resolve({
    address: new URL(url).origin,
    know: (list, airflowVersion) => {
      intake.know(list, airflowVersion === null ? null : parseAirflowVersion(airflowVersion));
    },
    counts: () => ({
      packets: intake.counts.pages,
      samples: intake.counts.samples,
      parseErrors: intake.counts.parseErrors,
      dropped: [...intake.counts.capped.values()].reduce((total, count) => total + count, 0),
      errors,
    }),
    close: async () => {
      stopping.abort();
      await looping;
      await agent.destroy();
    },
  });
}

async function readPage(agent: Agent, url: string, seconds: number, stop: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(seconds * 1000)]);
  const { statusCode, body } = await request(url, {
    dispatcher: agent,
    signal,
    headers: { accept: 'text/plain; version=0.0.4', 'user-agent': 'orc-ai' },
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new AppError('input_invalid', `${new URL(url).origin} answered ${statusCode} instead of 200`, {
      retryable: true,
      fix: 'Set `statsd.exporter_url` to the metrics page of statsd_exporter, usually http://HOST:9102/metrics.',
    });
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_PAGE_BYTES) {
      throw new AppError('input_invalid', `The page of ${new URL(url).origin} is larger than 64 MiB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

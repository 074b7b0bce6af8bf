/**
 * Presses of buttons over a connection that ORC opens itself, where Slack cannot reach it: Socket Mode
 * (https://docs.slack.dev/apis/events-api/using-socket-mode), through Slack's own client.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SocketModeClient } from '@slack/socket-mode';
import { retrySeconds } from '../delivery/decide-send.js';
import { AppError, errorMessage } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { slackClientLogger } from './client-logger.js';

export interface SocketModeOptions {
  /** `xapp-...` */
  readonly appToken: string;
  /** Of Slack's Web API. */
  readonly apiUrl: string;
  readonly timeoutSeconds: number;
  /** Acts on one request: its envelope's id, and its body as a form, as Slack sends it over HTTP. */
  readonly take: (id: string, body: string) => Promise<'done' | 'replayed'>;
  readonly logger: Logger;
}

/** What the client hands over for each envelope. */
interface Envelope {
  readonly type: string;
  readonly envelope_id: string;
  readonly body: unknown;
  readonly ack: () => Promise<void>;
}

/** Slack renews connections every few hours, of which it tells some seconds ahead: the next one is opened at once. */
const RENEW_SECONDS = 0.1;
/** From the second in a row that ends sooner on, a server that greets and hangs up is not asked again at once. */
const WELL_SECONDS = 10;
/** No connection lasts so long; what a timer can hold. */
const LONGEST_MS = 2 ** 31 - 1;

/** One connection after the other until the signal aborts. Never rejects. */
export async function runSocketMode(options: SocketModeOptions, signal: AbortSignal): Promise<void> {
  const { logger } = options;
  let failures = 0;
  let lastError: string | null = null;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await runConnection(options, signal);
      const isWell = performance.now() - startedAt > WELL_SECONDS * 1000;
      failures = isWell ? 0 : failures + 1;
      lastError = null;
    } catch (error) {
      failures += 1;
      const message = errorMessage(error);
      if (message !== lastError)
        logger.warn({ err: message }, 'the Socket Mode of Slack cannot be reached; trying again');
      lastError = message;
    }
    const seconds = lastError === null && failures <= 1 ? RENEW_SECONDS : retrySeconds(failures);
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}

/** From its opening to its end, which comes by either side. Rejects when it cannot be opened. */
async function runConnection(options: SocketModeOptions, signal: AbortSignal): Promise<void> {
  const { appToken, apiUrl, timeoutSeconds, logger } = options;
  // Only who uses it pays for it.
  const { SocketModeClient: Client } = await import('@slack/socket-mode');
  const client = new Client({
    appToken,
    // Its own way to reconnect leaves rejections behind that nobody can catch.
    autoReconnectEnabled: false,
    logger: slackClientLogger(logger),
    clientOptions: {
      slackApiUrl: apiUrl,
      timeout: timeoutSeconds * 1000,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    },
  });
  const pending = new Set<Promise<void>>();
  client.on('slack_event', (envelope: Envelope) => {
    const taken = takeEnvelope(options, envelope).finally(() => pending.delete(taken));
    pending.add(taken);
  });
  const ended = new Promise<void>((resolve) => client.once('disconnected', resolve));
  const stopped = new AbortController();
  const untilAborted = sleep(LONGEST_MS, undefined, {
    signal: AbortSignal.any([signal, stopped.signal]),
  }).catch(() => undefined);
  try {
    await greeted(client, timeoutSeconds, signal);
    if (!signal.aborted) logger.debug('connected to Slack by Socket Mode');
    await Promise.race([ended, untilAborted]);
  } finally {
    stopped.abort();
    await Promise.allSettled(pending);
    await client.disconnect();
  }
}

/** Resolves with Slack's `hello`, or when the signal aborts. */
async function greeted(client: SocketModeClient, timeoutSeconds: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const waiting = AbortSignal.any([signal, done.signal]);
  const late = sleep(timeoutSeconds * 1000, undefined, { signal: waiting }).then(
    () => {
      throw new Error(`Slack did not greet within ${timeoutSeconds} s`);
    },
    () => undefined,
  );
  try {
    const started = client.start().then(() => undefined);
    // It may still fail once nobody waits for it.
    started.catch(() => undefined);
    await Promise.race([started, late]);
  } finally {
    done.abort();
  }
}

/** Acknowledged once it is kept, which takes milliseconds of the three seconds that Slack waits; else Slack tells who pressed. */
async function takeEnvelope({ take, logger }: SocketModeOptions, envelope: Envelope): Promise<void> {
  const { type, envelope_id: id, body, ack } = envelope;
  try {
    // What else the app is set up for is none of ours, and would only be sent again.
    if (type === 'interactive')
      await take(`socket:${id}`, new URLSearchParams({ payload: JSON.stringify(body) }).toString());
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'input_invalid')) {
      logger.error({ err: errorMessage(error) }, 'a press of a Slack button could not be kept');
      return;
    }
    logger.warn({ type }, 'Slack sent an interaction that is no press of a button');
  }
  await ack().catch((error: unknown) => {
    logger.warn({ err: errorMessage(error) }, 'a press of a Slack button could not be acknowledged');
  });
}

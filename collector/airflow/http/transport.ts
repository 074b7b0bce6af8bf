import { type Dispatcher, request } from 'undici';
import type { UnixSeconds } from '../../../core/facts.js';
import { AirflowError, cancelled } from './airflow-error.js';
import { connectionError } from './connection-error.js';
import { type DispatcherOptions, createDispatcher } from './dispatcher.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Absolute, percent-encoded, without credentials: it may appear in messages. */
  readonly url: string;
  /** Value of the header Authorization. */
  readonly authorization?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Media types wanted; default JSON. */
  readonly accept?: string;
  /** Only so much of the end of the answer is kept, however long it is (up to `maxResponseBytes`). */
  readonly keepLastBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** True when the beginning of the text was not kept. */
  readonly isCut: boolean;
  readonly contentType: string;
  readonly retryAfter: string | null;
  readonly location: string | null;
  /** The header Date: the server's clock, in whole seconds; null when absent. */
  readonly serverTime: UnixSeconds | null;
}

export interface TransportOptions extends DispatcherOptions {
  readonly maxResponseBytes: number;
}

/** One answer per call over kept-alive connections; no retry, no login, any status. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): Transport {
  const dispatcher = createDispatcher(options);
  return {
    send: (message) => send(dispatcher, options, message),
    close: () => dispatcher.destroy(),
  };
}

async function send(agent: Dispatcher, options: TransportOptions, message: HttpRequest): Promise<HttpAnswer> {
  if (isAborted(message.signal)) throw cancelled();
  const controller = new AbortController();
  const timedOut = new Error('timed out');
  const stopped = new Error('stopped');
  const timer = setTimeout(() => {
    controller.abort(timedOut);
  }, options.timeoutSeconds * 1000);
  const stop = (): void => {
    controller.abort(stopped);
  };
  message.signal?.addEventListener('abort', stop, { once: true });
  try {
    const answer = await request(message.url, {
      dispatcher: agent,
      method: message.method,
      signal: controller.signal,
      headers: {
        ...options.headers,
        accept: message.accept ?? 'application/json',
        'user-agent': 'orc-ai',
        ...(message.authorization === undefined ? {} : { authorization: message.authorization }),
        ...(message.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: message.body === undefined ? null : JSON.stringify(message.body),
    });
    const date = Date.parse(header(answer.headers['date']) ?? '');
    return {
      status: answer.statusCode,
      ...(await readBounded(answer.body, options.maxResponseBytes, message)),
      contentType: header(answer.headers['content-type']) ?? '',
      retryAfter: header(answer.headers['retry-after']),
      location: header(answer.headers['location']),
      serverTime: Number.isNaN(date) ? null : date / 1000,
    };
  } catch (error) {
    if (error instanceof AirflowError) throw error;
    if (controller.signal.reason === stopped) throw cancelled();
    if (controller.signal.reason === timedOut) {
      throw new AirflowError(
        'timeout',
        `${withoutQuery(message.url)} did not answer within ${options.timeoutSeconds} s`,
        { cause: error, fix: 'Check that Airflow is healthy, or raise `timeout_seconds`.' },
      );
    }
    throw connectionError(error, message.url, options.proxyUrl ?? null);
  } finally {
    clearTimeout(timer);
    message.signal?.removeEventListener('abort', stop);
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function header(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

async function readBounded(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
  { url, keepLastBytes = Infinity }: HttpRequest,
): Promise<Pick<HttpAnswer, 'text' | 'isCut'>> {
  const chunks: Buffer[] = [];
  let received = 0;
  let kept = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > maxBytes) throw tooLarge(url, maxBytes);
    chunks.push(chunk);
    kept += chunk.length;
    while (chunks.length > 0 && kept - chunks[0]!.length >= keepLastBytes) kept -= chunks.shift()!.length;
  }
  const end = Buffer.concat(chunks, kept);
  const text = end.subarray(Math.max(0, kept - keepLastBytes)).toString('utf8');
  return { text, isCut: received > keepLastBytes };
}

function tooLarge(url: string, maxBytes: number): AirflowError {
  return new AirflowError(
    'too_large',
    `${withoutQuery(url)}: the answer is larger than ${Math.round(maxBytes / 2 ** 20)} MiB`,
    { fix: 'Some row holds a huge field (rendered fields, conf or note); find and shorten it in Airflow.' },
  );
}

/** The address without its query, for messages. */
export function withoutQuery(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

import type { z } from 'zod';
import { type Clock, systemClock } from '../../../core/clock.js';
import type { Logger } from '../../../core/logger.js';
import { ClockFilter } from '../clock-filter.js';
import { type Query, encodePath, parseAddress } from './address.js';
import { AirflowError } from './airflow-error.js';
import { answerDetail, checkStatus, readAnswer, statusError } from './answer.js';
import { basicAuthorization, basicRefused } from './basic-login.js';
import { createRetrying, type RetryOptions } from './retrying.js';
import { type Sleep, sleep } from './sleep.js';
import { TokenSession } from './token-session.js';
import type { Gateway } from './dispatcher.js';
import { type HttpAnswer, type HttpRequest, createTransport } from './transport.js';

/** How to reach one Airflow. */
export interface AirflowConnection {
  /** Name of the deployment in facts. */
  readonly name: string;
  /** Address with its path prefix if it has one; credentials in it count when none are given apart. */
  readonly baseUrl: string;
  readonly username?: string | null;
  readonly password?: string | null;
  readonly token?: string | null;
  /** Longest wait for one answer; default 30. */
  readonly timeoutSeconds?: number;
  /** Requests under way at once, 1 or 2; the API server of Airflow also serves its tasks. */
  readonly concurrency?: number;
  /** Larger answers are refused; default 64 MiB. */
  readonly maxResponseBytes?: number;
  /** What stands between here and Airflow. */
  readonly gateway?: Gateway;
  /** How long one request is tried again while the server is away or overloaded; default 60. */
  readonly retryForSeconds?: number;
}

export interface ClientOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** Uniform in [0, 1); spreads retries. */
  readonly chance?: () => number;
}

export interface GetOptions extends RetryOptions {
  /** Default `token`. */
  readonly login?: Login;
}

export interface GetEndOptions extends GetOptions {
  /** Media types wanted. */
  readonly accept: string;
  readonly keepLastBytes: number;
}

/** The end of a text. */
export interface TextEnd {
  readonly text: string;
  /** True when there was more before it; its first line may then be a part of one. */
  readonly isCut: boolean;
  readonly contentType: string;
}

/**
 * How a request shows who asks: an access token of Airflow 3's login, user and password with every request (Airflow 2; no session
 * is kept), or not at all. A configured token is sent as it is in both ways.
 */
export type Login = 'token' | 'basic' | 'none';

export interface ClientStatistics {
  readonly requests: number;
  readonly retries: number;
  /** Server clock minus own clock in seconds, good to about a second; null before the first answer. */
  readonly clockSkewSeconds: number | null;
}

type Path = readonly (string | number)[];

export interface AirflowClient {
  /** Address without credentials. */
  readonly base: string;
  readonly concurrency: number;
  /** A checked answer of `base` + path; parts of the path are encoded here. */
  get<T>(path: Path, query: Query, schema: z.ZodType<T>, options?: GetOptions): Promise<T>;
  /** The end of an answer of text, of any length up to the limit of answers. */
  getEnd(path: Path, query: Query, options: GetEndOptions): Promise<TextEnd>;
  /** As `get`, for a question that is too long for an address. It must only read: it is tried again like a `get`. */
  ask<T>(path: Path, question: object, schema: z.ZodType<T>, options?: GetOptions): Promise<T>;
  /**
   * Sends what changes something, once: whoever asks must look whether it happened when the answer does not tell. Only a token that
   * Airflow refuses is renewed, as nothing was done then.
   * @throws AirflowError with the status of the answer, or none where no answer came
   */
  change<T>(
    method: 'POST' | 'PATCH',
    path: Path,
    query: Query,
    body: object,
    schema: z.ZodType<T>,
    options?: Pick<GetOptions, 'login' | 'signal'>,
  ): Promise<T>;
  /**
   * Logs in now rather than with the first request. A configured token is not tried.
   * @throws AirflowError that says why Airflow gives no token
   */
  logIn(signal?: AbortSignal): Promise<void>;
  statistics(): ClientStatistics;
  close(): Promise<void>;
}

/** A client of Airflow's REST API that logs in, retries and bounds what it reads. Close it to free its connections. */
export function createAirflowClient(connection: AirflowConnection, options: ClientOptions): AirflowClient {
  const address = parseAddress(connection.baseUrl);
  const concurrency = Math.min(2, Math.max(1, Math.trunc(connection.concurrency ?? 1)));
  const timeoutSeconds = connection.timeoutSeconds ?? 30;
  const clock = options.clock ?? systemClock;
  const transport = createTransport({
    timeoutSeconds,
    maxResponseBytes: connection.maxResponseBytes ?? 64 * 2 ** 20,
    connections: concurrency,
    ...connection.gateway,
  });
  const credentials = {
    username: connection.username ?? address.username,
    password: connection.password ?? address.password,
    token: connection.token ?? null,
  };
  const session = new TokenSession(transport, address.base, credentials, clock);
  const retrying = createRetrying({
    logger: options.logger,
    retryForSeconds: connection.retryForSeconds ?? 60,
    wait: options.sleep ?? sleep,
    chance: options.chance ?? Math.random,
  });
  let requests = 0;
  const serverClock = new ClockFilter();

  async function send(request: HttpRequest, login: Login): Promise<HttpAnswer> {
    if (login === 'none') return measure(request);
    if (login === 'basic') {
      const answer = await measure({ ...request, authorization: basicAuthorization(credentials) });
      if (answer.status !== 401) return answer;
      throw basicRefused(address.base, credentials, answerDetail(answer));
    }
    const token = await session.bearer(request.signal);
    const answer = await measure({ ...request, authorization: `Bearer ${token}` });
    if (!isTokenRefused(answer)) return answer;
    if (!session.isRenewable) throw tokenRefused(answer, request.url);
    options.logger.info(
      { status: answer.status, reason: answerDetail(answer).slice(0, 200) },
      'Airflow no longer accepts its token: logging in anew',
    );
    session.reject(token);
    return measure({ ...request, authorization: `Bearer ${await session.bearer(request.signal)}` });
  }

  async function measure(request: HttpRequest): Promise<HttpAnswer> {
    const before = clock();
    requests++;
    const answer = await transport.send(request);
    // The header is cut to whole seconds: on average half a second late.
    if (answer.serverTime !== null) serverClock.add(answer.serverTime + 0.5, before, clock());
    return answer;
  }

  function read<T>(request: HttpRequest, schema: z.ZodType<T>, get: GetOptions): Promise<T> {
    return retrying.run(get, async () =>
      readAnswer(await send(request, get.login ?? 'token'), request.url, schema, clock()),
    );
  }

  return {
    base: address.base,
    concurrency,
    async logIn(signal) {
      await session.bearer(signal);
    },
    statistics: () => ({
      requests,
      retries: retrying.count(),
      clockSkewSeconds: serverClock.skewSeconds(),
    }),
    close: () => transport.close(),
    get(path, query, schema, get = {}) {
      return read(
        { method: 'GET', url: address.base + encodePath(path, query), signal: get.signal },
        schema,
        get,
      );
    },
    getEnd(path, query, { accept, keepLastBytes, ...get }) {
      const url = address.base + encodePath(path, query);
      const request: HttpRequest = { method: 'GET', url, accept, keepLastBytes, signal: get.signal };
      return retrying.run(get, async () => {
        const answer = await send(request, get.login ?? 'token');
        checkStatus(answer, url, clock());
        const { text, isCut, contentType } = answer;
        return { text, isCut, contentType };
      });
    },
    ask(path, question, schema, get = {}) {
      const url = address.base + encodePath(path);
      return read({ method: 'POST', url, body: question, signal: get.signal }, schema, get);
    },
    change(method, path, query, body, schema, get = {}) {
      const url = address.base + encodePath(path, query);
      return read({ method, url, body, signal: get.signal }, schema, { ...get, isSingleAttempt: true });
    },
  };
}

/** Expired tokens get 401; a token signed with a former secret gets 403, as a missing right does. */
function isTokenRefused(answer: HttpAnswer): boolean {
  return answer.status === 401 || (answer.status === 403 && answerDetail(answer) === 'Invalid JWT token');
}

function tokenRefused(answer: HttpAnswer, url: string): AirflowError {
  const { message } = statusError(answer, url, 0);
  return new AirflowError('unauthorized', `${message}: the configured token is not valid (any more)`, {
    fix: 'Set a new `token`, or `username` and `password`, which ORC renews by itself.',
  });
}

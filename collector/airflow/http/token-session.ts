import { z } from 'zod';
import type { Clock } from '../../../core/clock.js';
import type { UnixSeconds } from '../../../core/facts.js';
import { AirflowError } from './airflow-error.js';
import { answerDetail, readAnswer } from './answer.js';
import type { HttpAnswer, Transport } from './transport.js';

export interface Credentials {
  readonly username: string | null;
  readonly password: string | null;
  /** Used as it is; cannot be renewed. */
  readonly token: string | null;
}

const loginAnswer = z.object({ access_token: z.string().min(1) });
const claims = z.object({ exp: z.number(), iat: z.number().optional() });

/** A token is renewed when this share of its life has passed. */
const RENEW_AFTER_SHARE = 0.9;

interface Token {
  readonly value: string;
  readonly renewAt: UnixSeconds;
}

/**
 * Keeps an access token of Airflow's `POST /auth/token`: logs in when one is first needed, renews it before it expires and
 * when Airflow has rejected it (expired early, or the server's secret has changed). Airflow has no refresh: it logs in again.
 */
export class TokenSession {
  readonly #transport: Transport;
  readonly #url: string;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  #token: Token | null = null;
  #login: Promise<Token> | null = null;

  constructor(transport: Transport, base: string, credentials: Credentials, clock: Clock) {
    this.#transport = transport;
    this.#url = `${base}/auth/token`;
    this.#credentials = credentials;
    this.#clock = clock;
    if (credentials.token !== null) this.#token = { value: credentials.token, renewAt: Infinity };
  }

  /** True when a rejected token can be replaced by a new login. */
  get isRenewable(): boolean {
    return this.#credentials.token === null;
  }

  /** A token that should be valid now. Concurrent callers share one login. */
  async bearer(signal?: AbortSignal): Promise<string> {
    if (this.#token !== null && this.#clock() < this.#token.renewAt) return this.#token.value;
    this.#login ??= this.#logIn(signal).finally(() => {
      this.#login = null;
    });
    this.#token = await this.#login;
    return this.#token.value;
  }

  /** Airflow has refused this token: the next `bearer` logs in, unless that has happened meanwhile. */
  reject(value: string): void {
    if (this.isRenewable && this.#token?.value === value) this.#token = null;
  }

  async #logIn(signal: AbortSignal | undefined): Promise<Token> {
    const { username, password } = this.#credentials;
    const now = this.#clock();
    const url = this.#url;
    // Without credentials a server with `simple_auth_manager_all_admins` still gives a token.
    const answer =
      username === null || password === null
        ? await this.#transport.send({ method: 'GET', url, signal })
        : await this.#transport.send({ method: 'POST', url, body: { username, password }, signal });
    const refusal = loginRefusal(answer, url, username, password);
    if (refusal !== null) throw refusal;
    const { access_token: value } = readAnswer(answer, url, loginAnswer, now);
    return { value, renewAt: now + lifetimeSeconds(value, answer.serverTime ?? now) * RENEW_AFTER_SHARE };
  }
}

function loginRefusal(
  answer: HttpAnswer,
  url: string,
  username: string | null,
  password: string | null,
): AirflowError | null {
  const { status } = answer;
  if (status === 404 || status === 405) {
    return new AirflowError('unsupported', `${url} does not exist: this server has no token login`, {
      fix: 'Check that `url` leads to Airflow 3, or give a `token`.',
    });
  }
  if (status !== 400 && status !== 401 && status !== 403 && status !== 422) return null;
  if (username === null || password === null) {
    return new AirflowError(
      'unauthorized',
      `${url}: Airflow wants a login, and no user and password are configured`,
      {
        fix: 'Set `username` and `password` (or `password_file`), or a `token`.',
      },
    );
  }
  const detail = answerDetail(answer);
  return new AirflowError(
    'unauthorized',
    `${url} refuses user ${JSON.stringify(username)}: wrong user name or password (HTTP ${status}${detail === '' ? '' : `: ${detail.slice(0, 200)}`})`,
    { fix: 'Check `username` and `password`.' },
  );
}

/**
 * How long a token lives, from its own claims, so that a wrong clock on either side does not matter. An hour when it does not say.
 */
function lifetimeSeconds(token: string, serverNow: UnixSeconds): number {
  const found = readClaims(token);
  return found === null ? 3600 : Math.max(1, found.exp - (found.iat ?? serverNow));
}

/** When a token ends, on Airflow's clock; null when it does not say. */
export function tokenEnd(token: string): UnixSeconds | null {
  return readClaims(token)?.exp ?? null;
}

function readClaims(token: string): z.output<typeof claims> | null {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return claims.parse(JSON.parse(payload));
  } catch {
    return null;
  }
}

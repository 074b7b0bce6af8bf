/** Who may ask: remembers verdicts for a moment, and longer while the database is away, so that scores stay readable. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import type { UnixSeconds } from '../../core/facts.js';
import { AppError, errorMessage } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { Database } from '../../core/database/port.js';
import { countUsableTokens, verifyToken, type VerifiedToken } from './tokens.js';

/** A revoked token stops working after at most this long. */
const FRESH_SECONDS = 5;
/** How long an earlier verdict on a token stands in for a database that does not answer. */
const STALE_SECONDS = 86_400;
const WAIT_MS = 2000;
const KEPT_VERDICTS = 1000;

export interface Gate {
  /** Whether requests need a token: always beyond loopback, and as soon as a token exists. */
  needsToken(): Promise<boolean>;
  verify(token: string): Promise<VerifiedToken | null>;
}

export interface GateOptions {
  readonly database: Database;
  readonly beyondLoopback: boolean;
  /** Wall clock. */
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Verdict<T> {
  readonly value: T;
  readonly at: UnixSeconds;
}

function withTimeout<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${WAIT_MS} ms`));
    }, WAIT_MS);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

export function createGate(options: GateOptions): Gate {
  const { database, clock } = options;
  let anyToken: Verdict<boolean> | null = null;
  const verdicts = new Map<string, Verdict<VerifiedToken | null>>();

  async function ask<T>(
    known: Verdict<T> | null,
    patienceSeconds: number,
    work: () => Promise<T>,
  ): Promise<Verdict<T>> {
    const now = clock();
    if (known !== null && now - known.at < FRESH_SECONDS) return known;
    try {
      return { value: await withTimeout(work()), at: now };
    } catch (error) {
      options.logger.warn({ err: errorMessage(error), stale: known !== null }, 'tokens cannot be checked');
      if (known !== null && now - known.at <= patienceSeconds) return known;
      throw new AppError(
        'database_unavailable',
        'API tokens cannot be checked: the database does not answer.',
        {
          retryable: true,
          cause: error,
        },
      );
    }
  }

  return {
    async needsToken() {
      if (options.beyondLoopback) return true;
      // No token can be made while the database is away.
      anyToken = await ask(anyToken, Infinity, async () => (await countUsableTokens(database, clock)) > 0);
      return anyToken.value;
    },
    async verify(token) {
      const key = createHash('sha256').update(token).digest('base64');
      const verdict = await ask(verdicts.get(key) ?? null, STALE_SECONDS, () =>
        verifyToken(database, token, clock),
      );
      if (verdict.value !== null) {
        verdicts.delete(key);
        verdicts.set(key, verdict);
        if (verdicts.size > KEPT_VERDICTS) verdicts.delete(verdicts.keys().next().value!);
      } else verdicts.delete(key);
      return verdict.value;
    },
  };
}

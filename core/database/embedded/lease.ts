import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { AppError, errorMessage } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { connectionError, errorCode } from '../connection-errors.js';
import { DriverClient } from '../driver-client.js';
import { SUPERUSER } from './cluster.js';
import type { Location } from './location.js';
import { findPostmaster, isPostgres } from './postmaster.js';

/**
 * Who uses the server holds this advisory lock of the database `postgres` in shared mode, on a connection of its own.
 * Whoever leaves tries it in exclusive mode: getting it means that nobody else is left, and keeps newcomers waiting until
 * the server has stopped. A killed process loses its lock with its connection.
 */
const LOCK = 5_711_862_033;
const POLL_MS = 25;
const JOIN_LIMIT_MS = 600_000;
const STOP_LIMIT_MS = 30_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Not an answer yet: the server starts, stops or has just gone. */
const PASSING = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03']);

function isPassing(error: unknown): boolean {
  return (
    PASSING.has(errorCode(error) ?? '') ||
    /Connection terminated|connection error|not queryable/.test(errorMessage(error))
  );
}

export interface LeaseOptions {
  readonly location: Location;
  readonly password: string;
  readonly logger: Logger;
  /** Starts the server, or returns because another process has started it. */
  readonly start: (preferredPort: number | null) => Promise<void>;
}

/** This process's hold on the private server, from joining (or starting) it to leaving (or, as the last one, stopping) it. */
export class ServerLease {
  readonly #options: LeaseOptions;
  #client: pg.Client | undefined;
  #port = 0;
  #left = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** Joins the server, starting it where needed, and returns once it takes connections and cannot stop without us. */
  async take(preferredPort: number | null = null): Promise<void> {
    const { data } = this.#options.location;
    const deadline = Date.now() + JOIN_LIMIT_MS;
    while (!this.#left) {
      const found = await findPostmaster(data);
      if (Date.now() > deadline) {
        throw new AppError(
          'database_unavailable',
          `The private PostgreSQL in ${this.#options.location.folder} takes no connection`,
          { fix: `See ${this.#options.location.logFile}.` },
        );
      }
      if (found === null) {
        await this.#options.start(preferredPort);
        continue;
      }
      const client = found.ready ? await this.#connect(found.port) : null;
      if (client !== null) {
        if (this.#hasLeft()) {
          await client.end();
          return;
        }
        this.#client = client;
        this.#port = found.port;
        client.on('end', () => {
          this.#lost(client);
        });
        return;
      }
      await delay(POLL_MS);
    }
  }

  /** Runs statements on the connection of this lease. */
  async run<R extends pg.QueryResultRow>(sql: string): Promise<R[]> {
    if (!this.#client) throw new AppError('database_unavailable', 'The private PostgreSQL is away');
    return (await this.#client.query<R>(sql)).rows;
  }

  /** Leaves the server; the last to leave stops it and waits until it has stopped. Never rejects. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    const client = this.#client;
    if (!client) return;
    try {
      await client.query(`SELECT pg_advisory_unlock_shared(${LOCK})`);
      const { rows } = await client.query<{ last: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS last`);
      if (rows[0]?.last === true) await this.#stop();
      await client.end();
    } catch (error) {
      this.#options.logger.debug({ component: 'database', err: error }, 'private server left without a word');
    }
  }

  #hasLeft(): boolean {
    return this.#left;
  }

  async #stop(): Promise<void> {
    const found = await findPostmaster(this.#options.location.data);
    if (!found) return;
    // "Fast" shutdown: sessions are ended, nothing is lost.
    process.kill(found.pid, 'SIGINT');
    const deadline = Date.now() + STOP_LIMIT_MS;
    while (await isPostgres(found.pid)) {
      if (Date.now() > deadline) {
        this.#options.logger.warn({ component: 'database', pid: found.pid }, 'private server still stopping');
        return;
      }
      await delay(POLL_MS);
    }
  }

  /** A connection that holds the lock; null when the server is not ready for it. */
  async #connect(port: number): Promise<pg.Client | null> {
    const target = { host: '127.0.0.1', port, database: 'postgres' };
    const client = new DriverClient({
      ...target,
      user: SUPERUSER,
      password: this.#options.password,
      application_name: 'orc lease',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    try {
      await client.connect();
      await client.query(`SELECT pg_advisory_lock_shared(${LOCK})`);
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      await this.#checkIsOurs(rows[0]?.data_directory ?? '');
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (isPassing(error)) return null;
      throw connectionError(error, target);
    }
  }

  /** A cluster that was copied while its server ran carries that server's lock file. */
  async #checkIsOurs(served: string): Promise<void> {
    const { data } = this.#options.location;
    if ((await realpath(served).catch(() => served)) === (await realpath(data))) return;
    throw new AppError('database_unavailable', `${data} is a copy of ${served}, whose server is running`, {
      fix: `Stop orc on the original, then remove ${data}/postmaster.pid.`,
    });
  }

  /** The server crashed or was stopped by someone: take hold again, so that it lives while we need it. */
  #lost(client: pg.Client): void {
    if (this.#left || this.#client !== client) return;
    this.#client = undefined;
    const { logger } = this.#options;
    logger.warn({ component: 'database' }, 'private server went away');
    const again = async (): Promise<void> => {
      for (let waitMs = FIRST_RETRY_MS; !this.#left; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
        try {
          await this.take(this.#port);
          logger.info({ component: 'database' }, 'private server is back');
          return;
        } catch (error) {
          logger.error({ component: 'database', err: error }, 'private server does not come back');
          await delay(waitMs, undefined, { ref: false });
        }
      }
    };
    void again();
  }
}

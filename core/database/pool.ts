import pg from 'pg';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import { checkServerVersion, connectionError, type ConnectionTarget } from './connection-errors.js';
import { connectionTarget } from './connection-url.js';
import { executeOn, HeldConnection, queryOn } from './connection.js';
import { DriverClient, socketOf } from './driver-client.js';
import type { Database, Queryable, Row, SqlValue } from './port.js';
import { typeParsers } from './type-parsers.js';

const CONNECT_TIMEOUT_MS = 10_000;
/** How long {@link Database.close} lets running statements finish before it cuts their connections. */
const CLOSE_GRACE_MS = 1_000;

export interface ConnectOptions {
  readonly logger: Logger;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Longest time for one statement, COPY included; absent or 0 means no limit. */
  readonly statementTimeoutMs?: number;
  /** Most connections at once; 10 unless given. */
  readonly maxConnections?: number;
  /** True: no transaction can write (`default_transaction_read_only`). */
  readonly isReadOnly?: boolean;
  /** Configuration key that holds the URL, for messages; `database_url` unless given. */
  readonly setting?: string;
}

class PooledDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #target: ConnectionTarget;
  readonly #busy = new Set<pg.PoolClient>();
  #closing: Promise<void> | undefined;

  constructor(pool: pg.Pool, target: ConnectionTarget) {
    this.#pool = pool;
    this.#target = target;
  }

  query<R extends Row = Row>(sql: string, parameters?: readonly SqlValue[]): Promise<R[]> {
    return this.#hold((client) => queryOn<R>(client, this.#target, sql, parameters), 'keep');
  }

  execute(sql: string, parameters?: readonly SqlValue[]): Promise<number> {
    return this.#hold((client) => executeOn(client, this.#target, sql, parameters), 'keep');
  }

  transaction<T>(work: (connection: Queryable) => Promise<T>): Promise<T> {
    return this.#hold(async (client) => {
      const connection = new HeldConnection(client, this.#target);
      await connection.execute('BEGIN');
      try {
        const result = await work(connection);
        if (connection.hasOpenCopy) {
          throw new AppError('internal', 'A transaction ended while a COPY inside it was unfinished');
        }
        await connection.execute('COMMIT');
        return result;
      } catch (error) {
        // An unfinished COPY would hold ROLLBACK back for ever: the connection is dropped, which rolls back too.
        if (connection.hasOpenCopy) socketOf(client).destroy();
        else
          await connection.execute('ROLLBACK').catch(() => {
            socketOf(client).destroy();
          });
        throw connection.explain(error);
      }
    }, 'keep');
  }

  session<T>(work: (connection: Queryable) => Promise<T>): Promise<T> {
    // The connection is not used again: temporary tables, settings and locks end with it.
    return this.#hold(async (client) => {
      const connection = new HeldConnection(client, this.#target);
      try {
        return await work(connection);
      } catch (error) {
        throw connection.explain(error);
      }
    }, 'discard');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ended = this.#pool.end();
    const timer = setTimeout(() => {
      for (const client of this.#busy) socketOf(client).destroy();
    }, CLOSE_GRACE_MS);
    await ended;
    clearTimeout(timer);
  }

  async #hold<T>(work: (client: pg.PoolClient) => Promise<T>, after: 'keep' | 'discard'): Promise<T> {
    if (this.#closing) throw closedError();
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      // A close in the meantime is not a fault of the server.
      throw this.#isClosing() ? closedError() : connectionError(error, this.#target);
    }
    this.#busy.add(client);
    try {
      return await work(client);
    } finally {
      this.#busy.delete(client);
      client.release(after === 'discard' || socketOf(client).destroyed);
    }
  }

  #isClosing(): boolean {
    return this.#closing !== undefined;
  }
}

function closedError(): AppError {
  return new AppError('cancelled', 'The database connection was closed');
}

async function prepareSession(
  client: pg.ClientBase,
  statementTimeoutMs: number,
  isReadOnly: boolean,
): Promise<void> {
  await client.query(
    `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET statement_timeout = ${statementTimeoutMs}` +
      (isReadOnly ? '; SET default_transaction_read_only = on' : ''),
  );
}

/**
 * Opens a pool on a PostgreSQL server and makes sure that it answers and is recent enough (14).
 *
 * Sessions run in UTC with ISO dates, so that COPY text means the same on every server.
 *
 * @throws AppError `database_unavailable` (unreachable, not let in, no such database, too old), `config_invalid` (bad URL).
 */
export async function connect(url: string, options: ConnectOptions): Promise<Database> {
  const target = connectionTarget(url, options.setting);
  const timeoutMs = Math.max(0, Math.trunc(options.statementTimeoutMs ?? 0));
  // The pool waits for the promise that this returns, though its declared type does not say so.
  const onConnect = (client: pg.ClientBase): unknown =>
    prepareSession(client, timeoutMs, options.isReadOnly ?? false);
  const pool = new pg.Pool({
    Client: DriverClient,
    connectionString: url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: typeParsers,
    onConnect,
  });
  pool.on('error', (error) => {
    options.logger.warn({ component: 'database', err: error }, 'database connection lost');
  });
  const database = new PooledDatabase(pool, target);
  try {
    const [row] = await database.query<{ number: number; version: string }>(
      "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version",
    );
    checkServerVersion(row?.number ?? 0, row?.version ?? 'unknown', target);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

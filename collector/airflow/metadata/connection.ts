import type { Clock } from '../../../core/clock.js';
import { connectionTarget } from '../../../core/database/connection-url.js';
import { connect } from '../../../core/database/pool.js';
import type { Database, Queryable } from '../../../core/database/port.js';
import type { Logger } from '../../../core/logger.js';
import { cancelled } from '../http/airflow-error.js';
import { createRetrying, type RetryOptions } from '../http/retrying.js';
import { type Sleep, sleep } from '../http/sleep.js';
import { metadataError } from './errors.js';

export interface MetadataSettings {
  readonly url: string;
  /** Longest time for one statement. */
  readonly timeoutSeconds: number;
}

export interface MetadataOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly sleep?: Sleep;
  /** How long one question is tried again while the server is away; default 60. */
  readonly retryForSeconds?: number | undefined;
}

/** One question after the other is asked, so a second connection is only for the moment in which one is replaced. */
const CONNECTIONS = 2;
const SNAPSHOT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/** Read-only access to a metadata database. */
export interface MetadataConnection {
  /** `postgresql://host:port/database`, without credentials. */
  readonly address: string;
  /**
   * Runs questions on one snapshot, in one short transaction that cannot write; again while the server is away.
   * @throws AirflowError
   */
  read<T>(work: (connection: Queryable) => Promise<T>, options?: RetryOptions): Promise<T>;
  close(): Promise<void>;
}

/** @throws AppError `config_invalid` for a URL that is none */
export function openMetadataConnection(
  settings: MetadataSettings,
  options: MetadataOptions,
): MetadataConnection {
  const { host, port, database: name } = connectionTarget(settings.url, 'metadata_database_url');
  const address = `postgresql://${host}:${port}/${name}`;
  let database: Database | null = null;
  const retrying = createRetrying({
    logger: options.logger,
    retryForSeconds: options.retryForSeconds ?? 60,
    wait: options.sleep ?? sleep,
    chance: Math.random,
  });

  async function open(): Promise<Database> {
    database ??= await connect(settings.url, {
      logger: options.logger,
      applicationName: 'orc metadata',
      statementTimeoutMs: settings.timeoutSeconds * 1000,
      maxConnections: CONNECTIONS,
      isReadOnly: true,
      setting: 'metadata_database_url',
    });
    return database;
  }

  async function close(): Promise<void> {
    const open = database;
    database = null;
    await open?.close();
  }

  async function attempt<T>(
    work: (connection: Queryable) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (signal?.aborted === true) throw cancelled();
    // A statement under way is cut by closing its connection.
    const stop = (): void => void close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await (
        await open()
      ).transaction(async (connection) => {
        await connection.execute(SNAPSHOT);
        return work(connection);
      });
    } catch (error) {
      throw isAborted(signal) ? cancelled() : metadataError(error, address);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  return {
    address,
    close,
    read: (work, retry = {}) => retrying.run(retry, () => attempt(work, retry.signal)),
  };
}

/** Read anew: it may have fired while something was awaited. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

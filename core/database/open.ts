import type { Logger } from '../logger.js';
import type { ProgressListener } from '../progress.js';
import { usePrivateServer } from './embedded/private-server.js';
import { migrate } from './migrate.js';
import { connect } from './pool.js';
import type { Database } from './port.js';

export interface OpenDatabaseOptions {
  /** A PostgreSQL server; null for the private one in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly onProgress?: ProgressListener;
  /** `leave` opens the store as it is, for a look at it; default `migrate`. */
  readonly schema?: 'migrate' | 'leave';
}

/**
 * Opens the store with its schema up to date. `close` gives everything back: connections, and the private server, which
 * stops with the last process that uses it.
 *
 * @throws AppError `database_unavailable`, `config_invalid` or `conflict`, each with a fix.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { logger, onProgress, databaseUrl } = options;
  if (databaseUrl !== null) return openUrl(databaseUrl, options);
  const progress = onProgress === undefined ? {} : { onProgress };
  const server = await usePrivateServer({ dataDir: options.dataDir, logger, ...progress });
  try {
    const database = await openUrl(server.url, options);
    return closingBoth(database, () => server.leave());
  } catch (error) {
    await server.leave();
    throw error;
  }
}

async function openUrl(url: string, options: OpenDatabaseOptions): Promise<Database> {
  const { logger, onProgress } = options;
  const database = await connect(url, { logger, applicationName: 'orc' });
  try {
    if (options.schema !== 'leave')
      await migrate(database, { logger, ...(onProgress === undefined ? {} : { onProgress }) });
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The same database, whose `close` leaves the server too. */
function closingBoth(database: Database, leave: () => Promise<void>): Database {
  let closing: Promise<void> | undefined;
  return {
    query: database.query.bind(database),
    execute: database.execute.bind(database),
    transaction: database.transaction.bind(database),
    session: database.session.bind(database),
    close: () => (closing ??= database.close().finally(leave)),
  };
}

import { realpath } from 'node:fs/promises';
import { prepareDataDir } from '../../data-dir.js';
import type { Logger } from '../../logger.js';
import { ignoreProgress, type ProgressListener } from '../../progress.js';
import { errorCode } from '../connection-errors.js';
import { checkVersion, createCluster, DATABASE, readPassword, SUPERUSER } from './cluster.js';
import { ServerLease } from './lease.js';
import { createLocation, findLocation, ownerOf, type Location } from './location.js';
import { findPackagedBinaries } from './packaged-binaries.js';
import { prepareRuntime } from './runtime.js';
import { chooseServerUser } from './server-user.js';
import type { ServerSettings } from './settings.js';
import { startServer } from './start-server.js';

export interface PrivateServerOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly onProgress?: ProgressListener;
  /** Settings beside or instead of the usual ones, when this process starts the server. */
  readonly settings?: ServerSettings;
}

/** A private PostgreSQL that this process uses. */
export interface PrivateServer {
  /** With the password: keep it out of logs. */
  readonly url: string;
  /** Where its files are. */
  readonly folder: string;
  /** Leaves the server; the last process that leaves stops it. */
  leave(): Promise<void>;
}

/**
 * Uses the private PostgreSQL of a data directory: makes it on the first use, joins it when another process runs it or a
 * killed one left it running, starts it otherwise.
 *
 * @throws AppError `database_unavailable`, `conflict` or `config_invalid`, each with a fix.
 */
export async function usePrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const { logger } = options;
  const onProgress = options.onProgress ?? ignoreProgress;
  const report = (done: number): void => {
    onProgress({ step: 'Starting the private database', done, total: 3, unit: 'steps' });
  };
  // Two spellings of one folder must lead to one server.
  const dataDir = await realpath(await prepareDataDir(options.dataDir));
  report(0);
  const location = (await findLocation(dataDir)) ?? (await createFiles(dataDir, logger));
  report(1);
  const user = await ownerOf(location);
  const lease = new ServerLease({
    location,
    password: await readPassword(location),
    logger,
    start: async (preferredPort) => {
      const runtime = await prepareRuntime(await findPackagedBinaries(), location.folder, user);
      await checkVersion(location, runtime, user);
      await startServer({ location, runtime, user, preferredPort, settings: options.settings ?? {} });
    },
  });
  await lease.take();
  report(2);
  try {
    await ensureDatabase(lease);
    report(3);
    return {
      url: `postgresql://${SUPERUSER}:${await readPassword(location)}@127.0.0.1:${lease.port}/${DATABASE}`,
      folder: location.folder,
      leave: () => lease.leave(),
    };
  } catch (error) {
    await lease.leave();
    throw error;
  }
}

async function createFiles(dataDir: string, logger: Logger): Promise<Location> {
  const packaged = await findPackagedBinaries();
  const user = await chooseServerUser();
  return createLocation(dataDir, user, logger, async (location) => {
    const runtime = await prepareRuntime(packaged, location.folder, user);
    await createCluster(location, runtime, user);
  });
}

async function ensureDatabase(lease: ServerLease): Promise<void> {
  const found = await lease.run(`SELECT FROM pg_database WHERE datname = '${DATABASE}'`);
  if (found.length > 0) return;
  try {
    await lease.run(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    // Another process made it in the meantime: "duplicate database", or a clash in the catalogue.
    if (!['42P04', '23505'].includes(errorCode(error) ?? '')) throw error;
  }
}

import { afterAll, beforeAll } from 'vitest';
import type { Database } from '../../../core/database/port.js';
import { silentLogger } from '../../../core/logger.js';
import { createServer, type Server, type ServerOptions } from '../../../serving/http/server.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { NOW, sketchSource } from '../support.js';
import { ask, type Answer, type Ask } from './request.js';

export interface Harness {
  readonly database: Database;
  readonly url: string;
  ask(path: string, options?: Ask): Promise<Answer>;
}

export function serverOptions(database: Database, options: Partial<ServerOptions> = {}): ServerOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    metricsPublic: false,
    taskSeriesLimit: 1000,
    scorer: sketchSource([]),
    database,
    collectorStatus: () => [],
    logger: silentLogger(),
    version: '0.1.0',
    clock: () => NOW + 4,
    ...options,
  };
}

/** A real server on a free port for the tests of one file or block, with a database of its own. */
export function useServer(
  options: Partial<ServerOptions> = {},
  prepare: (database: Database) => Promise<unknown> = () => Promise.resolve(),
): Harness {
  let store: TemporaryDatabase;
  let server: Server;
  let url = '';
  beforeAll(async () => {
    store = await temporaryDatabase();
    await prepare(store.database);
    server = createServer(serverOptions(store.database, options));
    url = await server.listen();
  });
  afterAll(async () => {
    await server.close();
    await store.drop();
  });
  return {
    get database() {
      return store.database;
    },
    get url() {
      return url;
    },
    ask: (path, asked) => ask(url, path, asked),
  };
}

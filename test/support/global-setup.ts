import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { usePrivateServer } from '../../core/database/embedded/private-server.js';
import { migrate } from '../../core/database/migrate.js';
import { connect } from '../../core/database/pool.js';
import { silentLogger } from '../../core/logger.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the server of this test run; its database is the template of {@link temporaryDatabase}. */
    databaseTemplateUrl: string;
  }
}

const PREFIX = 'orc-ai-test-server-';

/** One private PostgreSQL for the whole run, whose database `orc` holds the migrated, empty schema. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const logger = silentLogger();
  await removeAbandoned();
  const dataDir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root the server runs as another user, who must get in.
  await chmod(dataDir, 0o711);
  // Nothing here outlives the run, so nothing needs to reach the disk.
  const settings = { fsync: 'off', full_page_writes: 'off' };
  const server = await usePrivateServer({ dataDir, logger, settings });
  const database = await connect(server.url, { logger, applicationName: 'orc test setup' });
  await migrate(database, { logger });
  await database.close();
  project.provide('databaseTemplateUrl', server.url);
  return async () => {
    await server.leave();
    await rm(dataDir, { recursive: true, force: true });
  };
}

/** Servers of runs that were killed: joined, and by leaving stopped. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : 0;
    if (!(pid > 0) || isRunning(pid)) continue;
    const dataDir = join(tmpdir(), name);
    try {
      const server = await usePrivateServer({ dataDir, logger: silentLogger() });
      await server.leave();
    } catch {
      // Another user's, or half made: nothing runs in it that can be stopped from here.
    }
    await rm(dataDir, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A history file as the fact log of a private PostgreSQL tells it, its DAG runs derived from its tries. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { importHistoryFile } from '../collector/history-file/index.js';
import { systemClock } from '../core/clock.js';
import { openDatabase } from '../core/database/open.js';
import type { AnyFact } from '../core/fact-log/decode-facts.js';
import { readFacts } from '../core/fact-log/read.js';
import { silentLogger } from '../core/logger.js';
import { ignoreProgress } from '../core/progress.js';
import { makePrivateFolder } from './private-folder.js';

/** Imports the file and hands the facts, in batches, to `read`; the database is gone afterwards. */
export async function withImported<T>(
  path: string,
  read: (facts: AsyncGenerator<AnyFact[]>) => Promise<T>,
): Promise<T> {
  const folder = await makePrivateFolder('history');
  const logger = silentLogger();
  try {
    const database = await openDatabase({ databaseUrl: null, dataDir: join(folder, 'data'), logger });
    try {
      const signal = new AbortController().signal;
      await importHistoryFile(database, path, {
        signal,
        onProgress: ignoreProgress,
        logger,
        clock: systemClock,
      });
      return await read(readFacts(database));
    } finally {
      await database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { basename } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { refreshStatistics, TryWriter } from '../../core/fact-log/write.js';
import type { Logger } from '../../core/logger.js';
import type { ProgressListener } from '../../core/progress.js';
import { openText } from './read-text.js';
import { RowLoader } from './row-loader.js';

export interface ImportOptions {
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What became of the rows of one file: `rows = loaded + duplicates + bad`. */
export interface ImportResult {
  readonly file: string;
  readonly rows: number;
  readonly loaded: number;
  /** Rows that were in the log already, or came before in the file. */
  readonly duplicates: number;
  readonly bad: number;
}

/** Name of this source in the fact log. */
export const HISTORY_FILE_SOURCE = 'history_file';

const MAX_BAD_SHARE = 0.01;
const MANY_ROWS = 10_000;

/**
 * Loads one history file (docs/history-files.md) whole or not at all.
 *
 * Bad rows are logged with line and reason, counted and skipped; more than 1 % of them fails the file. Loading a file
 * again changes nothing. Facts become visible when they happened, not at the time of the import.
 *
 * @throws AppError `input_invalid` naming the file (and line) when it cannot be read as a history, `cancelled` when the
 * signal was aborted; nothing is loaded then.
 */
export async function importHistoryFile(
  database: Database,
  path: string,
  options: ImportOptions,
): Promise<ImportResult> {
  const logger = options.logger.child({ component: 'history_file', file: path });
  const result = await load(database, path, options, logger);
  if (result.loaded >= MANY_ROWS) {
    await refreshStatistics(database).catch((error: unknown) => {
      logger.warn({ err: error }, 'statistics of the fact log are left to the server');
    });
  }
  return result;
}

async function load(
  database: Database,
  path: string,
  options: ImportOptions,
  logger: Logger,
): Promise<ImportResult> {
  try {
    const file = await openText(path, options.signal);
    return await database.transaction(async (connection) => {
      const knownAt = options.clock();
      const writer = new TryWriter(connection, {
        source: HISTORY_FILE_SOURCE,
        knownAt,
        visibilityAssumed: true,
      });
      const rows = new RowLoader(writer, logger);
      for await (const text of file.text) {
        throwIfCancelled(options.signal, path);
        rows.push(text);
        if (writer.isFull) await writer.flush();
        const step = `Importing ${basename(path)}`;
        options.onProgress({ step, done: file.bytesRead(), total: file.size, unit: 'bytes' });
      }
      rows.end();
      const loaded = await writer.finish();
      throwIfCancelled(options.signal, path);
      const { count, bad } = rows;
      if (bad > count * MAX_BAD_SHARE) throw tooManyBadRows(path, rows);
      return { file: path, rows: count, loaded, duplicates: count - bad - loaded, bad };
    });
  } catch (error) {
    if (options.signal.aborted) throw cancelled(path);
    if (error instanceof AppError && error.message.startsWith('line ')) throw withPath(error, path);
    throw error;
  }
}

function throwIfCancelled(signal: AbortSignal, path: string): void {
  if (signal.aborted) throw cancelled(path);
}

function cancelled(path: string): AppError {
  return new AppError('cancelled', `The import of ${path} was cancelled; nothing of it was loaded`);
}

function tooManyBadRows(path: string, { count, bad, firstBad }: RowLoader): AppError {
  const share = ((100 * bad) / count).toFixed(1);
  return new AppError(
    'input_invalid',
    `${path}: ${bad} of ${count} rows are bad (${share} %, at most 1 % is accepted), so nothing was loaded; ` +
      `first: ${firstBad ?? ''}`,
    { fix: 'Correct the rows that are named in the log, then import the file again.' },
  );
}

function withPath(error: AppError, path: string): AppError {
  return new AppError(error.code, `${path}, ${error.message}`, {
    cause: error,
    ...(error.fix === undefined ? {} : { fix: error.fix }),
  });
}

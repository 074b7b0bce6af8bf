import { loadConfig, type ConfigScope, type ResolvedConfig } from '../core/config/load.js';
import { processEnvironment } from '../core/config/environment.js';
import { systemClock, type Clock } from '../core/clock.js';
import type { Database } from '../core/database/port.js';
import { openDatabase } from '../core/database/open.js';
import { createLogger, type Logger } from '../core/logger.js';
import type { ProgressListener } from '../core/progress.js';
import { createProgressPrinter } from './progress-printer.js';

/** Options that every command has. */
export interface CommonOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly logLevel?: string;
}

/** What a command works with. */
export interface Context {
  readonly config: ResolvedConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
  /** Writes the result: one JSON document with `--json`, else the text. */
  readonly print: (result: unknown, text: string | (() => string)) => void;
}

export interface Running {
  readonly context: Context;
  readonly finish: () => void;
}

/** Loads the configuration and prepares logging, progress and cancellation. */
export function createContext(
  options: CommonOptions,
  flags: Readonly<Record<string, unknown>> = {},
  scope: ConfigScope = 'all',
): Running {
  const unknown: string[] = [];
  const config = loadConfig({
    onUnknownVariables: (names) => unknown.push(...names),
    configPath: options.config ?? null,
    scope,
    environment: processEnvironment(),
    flags: { data_dir: options.dataDir, log_level: options.logLevel, ...flags },
  });
  const logger = createLogger(config.log_level);
  if (unknown.length > 0)
    logger.warn({ variables: unknown }, 'unknown ORC_ environment variables set nothing');
  const printer = createProgressPrinter(process.stderr);
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    context: {
      config,
      logger,
      clock: systemClock,
      signal: abort.signal,
      progress: printer.listener,
      print: (result, text) => {
        printer.clear();
        printResult(options.json === true, result, text);
      },
    },
    finish: () => {
      printer.clear();
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}

/** Writes a result to standard output: one JSON document, else the text. */
export function printResult(json: boolean, result: unknown, text: string | (() => string)): void {
  const shown = json ? JSON.stringify(result, null, 2) : typeof text === 'string' ? text : text();
  process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
}

/** Opens the store, runs the work, and closes the store whatever happens. */
export async function withDatabase<T>(
  context: Context,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({
    databaseUrl: context.config.database_url,
    dataDir: context.config.data_dir,
    logger: context.logger,
    onProgress: context.progress,
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

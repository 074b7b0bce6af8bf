import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import {
  HISTORY_COLUMNS,
  importHistoryFile,
  type ImportResult,
} from '../../../collector/history-file/index.js';
import type { Logger } from '../../../core/logger.js';
import type { Progress } from '../../../core/progress.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

fc.configureGlobal({ seed: 20_261_123 });

/** 2027-01-15. */
export const NOW = 1_800_000_000;

export const HEADER = HISTORY_COLUMNS.join(',');

export type RowChange = Partial<Record<(typeof HISTORY_COLUMNS)[number], string>>;

const DEFAULTS: RowChange = {
  dag_id: 'dag',
  run_id: 'run',
  task_id: 'task',
  state: 'success',
  queued_at: '2026-01-31T08:00:00Z',
  started_at: '2026-01-31T08:00:05Z',
  ended_at: '2026-01-31T08:10:00Z',
};

/** The fields of a good row, in the order of the columns. */
export function fields(change: RowChange = {}): string[] {
  const row = { ...DEFAULTS, ...change };
  return HISTORY_COLUMNS.map((column) => row[column] ?? '');
}

export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One CSV line with its line end. */
export function line(change: RowChange = {}): string {
  return `${fields(change).map(csvField).join(',')}\n`;
}

/** `count` good rows of different tasks. */
export function goodLines(count: number): string {
  return Array.from({ length: count }, (_, index) => line({ task_id: `good ${index}` })).join('');
}

/** A database and a folder of history files, made anew for each test file; the fact log is empty before each test. */
export class HistoryStore {
  #store: TemporaryDatabase | undefined;
  #folder = '';
  logged: Record<string, unknown>[] = [];

  constructor() {
    beforeAll(async () => {
      this.#store = await temporaryDatabase();
      this.#folder = await mkdtemp(join(tmpdir(), 'orc-history-'));
    });
    beforeEach(async () => {
      this.logged = [];
      await this.database.execute('TRUNCATE try_fact');
    });
    afterAll(async () => {
      await this.#store?.drop();
      await rm(this.#folder, { recursive: true, force: true });
    });
  }

  get database(): TemporaryDatabase['database'] {
    return this.#store!.database;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.path(name);
    await writeFile(path, content);
    return path;
  }

  async import(
    path: string,
    options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void } = {},
  ): Promise<ImportResult> {
    return importHistoryFile(this.database, path, {
      signal: options.signal ?? new AbortController().signal,
      onProgress: options.onProgress ?? (() => undefined),
      logger: this.#logger(),
      clock: () => NOW,
    });
  }

  /** Imports a file of this content; the counts without the name. */
  async importText(content: string | Uint8Array, name = 'history.csv'): Promise<Omit<ImportResult, 'file'>> {
    const path = await this.write(name, content);
    const { file, ...result } = await this.import(path);
    if (file !== path) throw new Error(`the result names ${file}`);
    return result;
  }

  async rows(): Promise<Record<string, unknown>[]> {
    return this.database.query('SELECT * FROM try_fact ORDER BY fact_id');
  }

  async count(): Promise<number> {
    return (await this.rows()).length;
  }

  #logger(): Logger {
    return pino(
      { level: 'debug' },
      { write: (text) => this.logged.push(JSON.parse(text) as Record<string, unknown>) },
    );
  }
}

export function readBytes(path: string): Promise<Buffer> {
  return readFile(path);
}

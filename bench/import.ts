/** How fast a history file is imported, beside COPY of the same rows into the same indexed table. Budget: half the rate. */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { importHistoryFile } from '../collector/history-file/index.js';
import { systemClock } from '../core/clock.js';
import { openDatabase } from '../core/database/open.js';
import type { Database } from '../core/database/port.js';
import { readFacts } from '../core/fact-log/read.js';
import { silentLogger } from '../core/logger.js';
import { ignoreProgress } from '../core/progress.js';
import { simulateToFile } from '../datasets/simulator/index.js';
import { makePrivateFolder } from './private-folder.js';
import { publicHistory } from './public-histories.js';
import { copyIn, exportRows, timed } from './copy-rate.js';

const ROUNDS = 3;

export interface ImportMeasurement {
  readonly history: string;
  readonly rows: number;
  readonly rounds: number;
  /** Rows per second, the median of the rounds; the two alternate. */
  readonly importRate: number;
  readonly copyRate: number;
  /** importRate / copyRate. */
  readonly ratio: number;
  /** Rows per second of importing the file again, when everything is there already. */
  readonly repeatRate: number;
  /** Facts per second of reading the log in the order of visibility, with the DAG runs derived. */
  readonly readRate: number;
}

/** Imports a real history (a simulated one of the same size where it is not at hand) into a private PostgreSQL. */
export async function benchImport(): Promise<ImportMeasurement> {
  const folder = await makePrivateFolder('import');
  try {
    const history = publicHistory('ufs_tasks')?.path ?? (await simulatedHistory(folder));
    const dataDir = join(folder, 'data');
    const database = await openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
    try {
      return await measure(database, history, join(folder, 'rows.copy'));
    } finally {
      await database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(database: Database, history: string, copyFile: string): Promise<ImportMeasurement> {
  const importOnce = async (): Promise<{ rows: number; seconds: number }> => {
    const [{ rows }, seconds] = await timed(() =>
      importHistoryFile(database, history, {
        signal: new AbortController().signal,
        onProgress: ignoreProgress,
        logger: silentLogger(),
        clock: systemClock,
      }),
    );
    return { rows, seconds };
  };

  const { rows } = await importOnce();
  await exportRows(database, 'try_fact', copyFile);
  await database.execute('CREATE TABLE try_fact_copy (LIKE try_fact INCLUDING ALL)');
  const importSeconds: number[] = [];
  const copySeconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await database.execute('TRUNCATE try_fact, try_fact_copy');
    await database.execute('CHECKPOINT');
    copySeconds.push(await copyIn(database, 'try_fact_copy', copyFile));
    await database.execute('CHECKPOINT');
    importSeconds.push((await importOnce()).seconds);
  }
  const repeat = await importOnce();
  const [facts, readSeconds] = await timed(async () => {
    let count = 0;
    for await (const batch of readFacts(database)) count += batch.length;
    return count;
  });
  const importRate = rows / median(importSeconds);
  const copyRate = rows / median(copySeconds);
  return {
    history: basename(history),
    rows,
    rounds: ROUNDS,
    importRate: Math.round(importRate),
    copyRate: Math.round(copyRate),
    ratio: Math.round((100 * importRate) / copyRate) / 100,
    repeatRate: Math.round(rows / repeat.seconds),
    readRate: Math.round(facts / readSeconds),
  };
}

async function simulatedHistory(folder: string): Promise<string> {
  const path = join(folder, 'simulated.csv.gz');
  const options = { seed: 1, dags: 300, days: 3650, tries: 683_481 };
  await simulateToFile(options, path, { signal: new AbortController().signal, onProgress: ignoreProgress });
  return path;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

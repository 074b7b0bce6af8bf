import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HISTORY_COLUMNS, importHistoryFile } from '../../../collector/history-file/index.js';
import type { TryFact, TryObservation } from '../../../core/facts.js';
import { readFacts } from '../../../core/fact-log/read.js';
import { silentLogger } from '../../../core/logger.js';
import { ignoreProgress, type Progress } from '../../../core/progress.js';
import { simulate, simulateToFile, writeHistoryFile } from '../../../datasets/simulator/index.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

let store: TemporaryDatabase;
let folder: string;

beforeAll(async () => {
  store = await temporaryDatabase();
  folder = await mkdtemp(join(tmpdir(), 'orc-simulator-'));
});
afterAll(async () => {
  await store.drop();
  await rm(folder, { recursive: true, force: true });
});

const OPTIONS = { seed: 7, dags: 5, days: 4 };
const quiet = { signal: new AbortController().signal, onProgress: ignoreProgress };

const awkward: TryObservation = {
  ...[...simulate({ ...OPTIONS, tries: 1 })][0]!,
  dagId: 'a,"b"\r\n😀',
  startedAt: 1_736_121_600.000123,
  queuedAt: 1_736_121_600,
  endedAt: 1_736_121_600.25,
  scheduledAt: null,
  hostname: null,
  extra: { text: 'quote " comma , line\n', list: [1, null] },
};

describe('writing a history file', () => {
  test.each(['history.csv', 'history.csv.gz', 'history.ndjson', 'history.ndjson.gz', 'history.jsonl'])(
    '%s: imported, it gives the same tries',
    async (name) => {
      await store.database.execute('TRUNCATE try_fact');
      const rows = [...simulate(OPTIONS), awkward];
      const path = join(folder, name);
      expect(await writeHistoryFile(path, rows)).toEqual({ rows: rows.length });
      const result = await importHistoryFile(store.database, path, {
        ...quiet,
        logger: silentLogger(),
        clock: () => 1_800_000_000,
      });
      expect(result).toEqual({ file: path, rows: rows.length, loaded: rows.length, duplicates: 0, bad: 0 });
      const facts: TryFact[] = [];
      for await (const batch of readFacts(store.database, { deriveRuns: false })) {
        for (const row of batch) if (row.kind === 'try') facts.push(row.fact);
      }
      facts.sort((a, b) => a.factId - b.factId);
      expect(facts).toMatchObject(rows);
    },
  );

  test('the same options write the same bytes', async () => {
    const [first, second] = [join(folder, 'first.csv.gz'), join(folder, 'second.csv.gz')];
    expect(await simulateToFile(OPTIONS, first, quiet)).toEqual(await simulateToFile(OPTIONS, second, quiet));
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
    await simulateToFile({ ...OPTIONS, seed: 8 }, second, quiet);
    expect((await readFile(first)).equals(await readFile(second))).toBe(false);
  });

  test('the header row is that of a history file', async () => {
    const path = join(folder, 'header.csv.gz');
    await writeHistoryFile(path, []);
    expect(gunzipSync(await readFile(path)).toString()).toBe(`${HISTORY_COLUMNS.join(',')}\n`);
  });

  test('progress', async () => {
    const seen: Progress[] = [];
    await simulateToFile(OPTIONS, join(folder, 'progress.csv'), {
      ...quiet,
      onProgress: (step) => seen.push(step),
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen[0]).toMatchObject({ step: 'Writing history', unit: 'tries' });
  });
});

describe('what cannot be written', () => {
  test('a name that tells no format', async () => {
    await expect(simulateToFile(OPTIONS, 'history.xlsx', quiet)).rejects.toMatchObject({
      code: 'usage',
      message:
        'history.xlsx: the ending names no format; accepted: .csv, .ndjson, .jsonl, each also with .gz',
    });
  });

  test('a folder that does not exist', async () => {
    const path = join(folder, 'nowhere', 'history.csv');
    const error = simulateToFile(OPTIONS, path, quiet);
    await expect(error).rejects.toMatchObject({ code: 'input_invalid' });
    await expect(error).rejects.toThrow(`${path} cannot be written: ENOENT`);
  });

  test('stopped half way, no file is left, and the one before stays', async () => {
    const own = join(folder, 'own');
    await mkdir(own);
    const path = join(own, 'history.csv');
    await simulateToFile(OPTIONS, path, quiet);
    const before = await readFile(path, 'utf8');
    const controller = new AbortController();
    const work = simulateToFile({ ...OPTIONS, days: 60 }, path, {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(work).rejects.toMatchObject({
      code: 'cancelled',
      message: `Writing ${path} was cancelled; no file was left`,
    });
    expect(await readdir(own)).toEqual(['history.csv']);
    expect(await readFile(path, 'utf8')).toBe(before);
  });
});

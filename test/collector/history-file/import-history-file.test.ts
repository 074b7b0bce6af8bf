import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFacts } from '../../../core/fact-log/read.js';
import { AppError } from '../../../core/errors.js';
import type { Progress } from '../../../core/progress.js';
import { csvField, fields, goodLines, HEADER, HistoryStore, line, NOW } from './history.js';
import { HISTORY_COLUMNS } from '../../../collector/history-file/columns.js';

const store = new HistoryStore();

describe('importing a history file', () => {
  test('a CSV file: every value, visible when it happened', async () => {
    const row = line({
      deployment: 'prod',
      map_index: '2',
      try_number: '3',
      run_type: 'manual',
      scheduled_at: '2026-01-31T08:59:59.25+01:00',
      operator: 'op, "quoted"',
      pool: 'p',
      queue: 'q',
      owner: 'line\nend',
      hostname: 'h',
      extra: '{"version": 3, "post_cause": "flaky"}',
    });
    expect(await store.importText(`${HEADER}\n${row}`)).toEqual({
      rows: 1,
      loaded: 1,
      duplicates: 0,
      bad: 0,
    });
    const [fact] = await store.rows();
    expect(fact).toMatchObject({
      deployment: 'prod',
      dag_id: 'dag',
      run_id: 'run',
      task_id: 'task',
      map_index: 2,
      try_number: 3,
      state: 'success',
      new_phases: 7,
      run_type: 'manual',
      scheduled_at: new Date('2026-01-31T07:59:59.250Z'),
      queued_at: new Date('2026-01-31T08:00:00Z'),
      started_at: new Date('2026-01-31T08:00:05Z'),
      ended_at: new Date('2026-01-31T08:10:00Z'),
      operator: 'op, "quoted"',
      pool: 'p',
      queue: 'q',
      owner: 'line\nend',
      hostname: 'h',
      extra: { version: 3, post_cause: 'flaky' },
      event_time: new Date('2026-01-31T08:10:00Z'),
      known_at: new Date(NOW * 1000),
      visibility_assumed: true,
      source: 'history_file',
    });
  });

  const csv = `${HEADER}\n${goodLines(3)}`;
  const ndjson = Array.from({ length: 3 }, (_, index) => {
    const row = fields({ task_id: `good ${index}` });
    return JSON.stringify(Object.fromEntries(row.map((value, column) => [HISTORY_COLUMNS[column], value])));
  }).join('\n');

  test.each([
    ['CSV', csv],
    ['CSV with a byte order mark and CRLF', `\ufeff${csv.replaceAll('\n', '\r\n')}`],
    ['CSV without a last line end, with empty lines', `\n${csv.replaceAll('\n', '\n\n').trimEnd()}`],
    ['CSV compressed with gzip', gzipSync(csv)],
    ['CSV of two gzip members', Buffer.concat([gzipSync(csv.slice(0, 300)), gzipSync(csv.slice(300))])],
    ['CSV with the columns in another order', reordered(csv)],
    ['CSV with a column that is not known', csv.replaceAll('\n', ',x\n')],
    ['NDJSON', ndjson],
    ['NDJSON compressed with gzip', gzipSync(ndjson)],
    ['NDJSON with a byte order mark and CRLF', `\ufeff${ndjson.replaceAll('\n', '\r\n')}`],
  ])('%s', async (_name, content) => {
    expect(await store.importText(content)).toEqual({ rows: 3, loaded: 3, duplicates: 0, bad: 0 });
    const rows = await store.rows();
    expect(rows.map((row) => row['task_id'])).toEqual(['good 0', 'good 1', 'good 2']);
    expect(rows.map((row) => row['extra'])).toEqual([null, null, null]);
  });

  test('columns that are not known are named once', async () => {
    await store.importText(csv.replaceAll('\n', ',x\n').replace(',x', ',note'));
    expect(store.logged).toMatchObject([
      { level: 40, columns: ['note'], msg: 'unknown columns are ignored' },
    ]);
  });

  test('the same file twice, and its rows in another order, change nothing', async () => {
    await store.importText(csv);
    const before = await store.rows();
    expect(await store.importText(csv)).toEqual({ rows: 3, loaded: 0, duplicates: 3, bad: 0 });
    const turned = `${HEADER}\n${goodLines(3).trimEnd().split('\n').reverse().join('\n')}\n`;
    expect(await store.importText(turned)).toEqual({ rows: 3, loaded: 0, duplicates: 3, bad: 0 });
    expect(await store.rows()).toEqual(before);
  });

  test('duplicates inside the file are counted, within a slice of the writer and across slices', async () => {
    const many = goodLines(25_000);
    const text = `${HEADER}\n${goodLines(10)}${many}${goodLines(20)}`;
    expect(await store.importText(text)).toEqual({ rows: 25_030, loaded: 25_000, duplicates: 30, bad: 0 });
    expect(await store.count()).toBe(25_000);
  });

  test('an unfinished try that a later file finishes', async () => {
    await store.importText(`${HEADER}\n${line({ state: 'running', ended_at: '' })}`);
    expect(await store.importText(`${HEADER}\n${line()}`)).toMatchObject({ loaded: 1, duplicates: 0 });
    const rows = await store.rows();
    expect(rows.map((row) => [row['state'], row['new_phases']])).toEqual([
      ['running', 3],
      ['success', 4],
    ]);
  });

  test('a header row alone is an empty history', async () => {
    expect(await store.importText(`${HEADER}\n`)).toEqual({ rows: 0, loaded: 0, duplicates: 0, bad: 0 });
  });

  test('any ids and any extra come through a file and the log unchanged', async () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 30 })
      .map((value) => value.replaceAll(/\0|\ufffd/g, 'x'));
    const row = fc.record({
      dag_id: text,
      run_id: text,
      task_id: text,
      owner: text,
      extra: fc.dictionary(text, text),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), fc.boolean(), async (rows, isCsv) => {
        await store.database.execute('TRUNCATE try_fact');
        const records = rows.map((change, index) => ({
          ...change,
          map_index: String(index),
          extra: JSON.stringify(change.extra),
        }));
        const lines = records.map((change) =>
          isCsv
            ? fields(change).map(csvField).join(',')
            : JSON.stringify(
                Object.fromEntries(fields(change).map((value, at) => [HISTORY_COLUMNS[at], value])),
              ),
        );
        await store.importText((isCsv ? `${HEADER}\n` : '') + lines.join('\n'));
        const facts = [];
        for await (const batch of readFacts(store.database, { deriveRuns: false })) facts.push(...batch);
        const found = facts.flatMap((fact) => (fact.kind === 'try' ? [fact.fact] : []));
        expect(
          found.map(({ dagId, runId, taskId, owner, extra }) => [dagId, runId, taskId, owner, extra]),
        ).toEqual(
          rows.map(({ dag_id, run_id, task_id, owner, extra }) => [
            dag_id,
            run_id,
            task_id,
            owner,
            { ...extra },
          ]),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('progress counts the bytes of the file up to its size', async () => {
    const path = await store.write('large.csv', `${HEADER}\n${goodLines(5000)}`);
    const seen: Progress[] = [];
    await store.import(path, { onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.every(({ step, unit }) => step === 'Importing large.csv' && unit === 'bytes')).toBe(true);
    expect(seen.at(-1)?.done).toBe(seen.at(-1)?.total);
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
  });
});

describe('a cancelled import', () => {
  test('leaves nothing, wherever it is stopped', async () => {
    const path = await store.write('large.csv', `${HEADER}\n${goodLines(30_000)}`);
    for (const stopAt of [1, 5, 40]) {
      const controller = new AbortController();
      let pieces = 0;
      const work = store.import(path, {
        signal: controller.signal,
        onProgress: () => {
          pieces++;
          if (pieces === stopAt) controller.abort();
        },
      });
      const error = await work.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({
        code: 'cancelled',
        message: `The import of ${path} was cancelled; nothing of it was loaded`,
      });
      expect(await store.count()).toBe(0);
    }
    expect(await store.import(path)).toMatchObject({ loaded: 30_000 });
  });

  test('before it began', async () => {
    const path = await store.write('small.csv', `${HEADER}\n${goodLines(3)}`);
    await expect(store.import(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await store.count()).toBe(0);
  });
});

/** The same rows, the columns from last to first. */
function reordered(text: string): string {
  return text
    .split('\n')
    .map((row) => row.split(',').reverse().join(','))
    .join('\n');
}

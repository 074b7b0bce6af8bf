import { mkdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImportResult } from '../../../collector/history-file/index.js';
import { AppError } from '../../../core/errors.js';
import { goodLines, HEADER, HistoryStore, line, type RowChange } from './history.js';

const store = new HistoryStore();

/** Imports what must fail, after one row that must stay alone in the log. */
async function failure(content: string | Uint8Array, name = 'bad.csv'): Promise<AppError> {
  await store.importText(`${HEADER}\n${line({ task_id: 'was there before' })}`, 'before.csv');
  const path = await store.write(name, content);
  const error = await store.import(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  expect((await store.rows()).map((row) => row['task_id'])).toEqual(['was there before']);
  return error as AppError;
}

const utf16 = Buffer.from(`\ufeff${HEADER}\n${goodLines(3)}`, 'utf16le');
const zip = gzipSync(`${HEADER}\n${goodLines(60_000)}`);
const large = 'x'.repeat(20_000_000);

describe('a file that is no history', () => {
  test.each([
    ['empty', '', 'is empty; a header row is required'],
    ['an empty gzip', gzipSync(''), 'is empty; a header row is required'],
    ['blank lines', '\n\r\n\n', 'line 1: there is no header row'],
    ['UTF-16 with a mark', utf16, 'is encoded in UTF-16; UTF-8 is accepted'],
    ['UTF-16 without a mark', utf16.subarray(2), 'is encoded in UTF-16; UTF-8 is accepted'],
    ['UTF-16 in a gzip', gzipSync(utf16.subarray(2)), 'is encoded in UTF-16; UTF-8 is accepted'],
    ['binary', Buffer.from('PAR1\x15\x00\x00\x00\x12\x15\x80\x02'), 'is not a text file'],
    [
      'text of another kind',
      'hello\nworld\n',
      'line 1: the header row has no column dag_id, run_id, task_id, state, queued_at (or started_at); it has "hello"',
    ],
    [
      'a missing column',
      `dag_id,run_id,state,queued_at\nd,r,success,2026-01-31T08:00:00Z\n`,
      'line 1: the header row has no column task_id; it has "dag_id,run_id,state,queued_at"',
    ],
    ['no time column', `dag_id,run_id,task_id,state,ended_at\n`, 'has no column queued_at (or started_at)'],
    ['a column twice', `${HEADER},state\n`, 'line 1: the header row names the column "state" twice'],
    ['semicolons', HEADER.replaceAll(',', ';'), 'line 1: the header row has no column dag_id'],
    ['no header row', goodLines(2), 'line 1: the header row has no column dag_id'],
    ['a broken header row', '"dag_id"x,run_id\n', 'line 1: the header row cannot be read'],
    ['a JSON array', '[{"dag_id": "a"}]', 'line 1: a JSON array is not accepted'],
    ['a truncated gzip', zip.subarray(0, zip.length / 2), 'is a truncated gzip file: it ends too early'],
    [
      'a gzip without its last byte',
      zip.subarray(0, zip.length - 1),
      'is a truncated gzip file: it ends too early',
    ],
    ['a damaged gzip', damaged(zip), 'is a damaged gzip file'],
    [
      'a huge field that is never closed',
      `${HEADER}\n${goodLines(500)}d,"${large}`,
      'line 502: a quoted field that starts in this row is never closed',
    ],
  ])('%s', async (_name, content, message) => {
    const error = await failure(content);
    expect(error.code).toBe('input_invalid');
    expect(error.message).toContain(message);
    expect(error.message).toContain(store.path('bad.csv'));
    expect(error.message.length).toBeLessThan(700);
  });

  test('with a hint', async () => {
    expect((await failure(HEADER.replaceAll(',', '\t'))).fix).toBe('Separate the columns by commas.');
    expect((await failure('[]')).fix).toContain('one JSON object per line');
    expect((await failure('a,b')).fix).toContain(HEADER);
  });

  test('a missing file and a directory', async () => {
    const missing = store.path('nowhere.csv');
    await expect(store.import(missing)).rejects.toMatchObject({
      code: 'input_invalid',
      message: `${missing} does not exist`,
    });
    const folder = store.path('folder');
    await mkdir(folder);
    await expect(store.import(folder)).rejects.toMatchObject({
      code: 'input_invalid',
      message: `${folder} is a directory`,
    });
  });
});

describe('bad rows', () => {
  const TIME = 'accepted: ISO 8601 with a zone, such as 2026-01-31T08:30:00Z or 2026-01-31T08:30:00.5+01:00';

  test.each([
    [
      'a bad time zone',
      { queued_at: '2026-01-31T08:00:00+99:00' },
      `queued_at "2026-01-31T08:00:00+99:00" is not a time of 1970 to 2199; ${TIME}`,
    ],
    [
      'no time zone',
      { queued_at: '2026-01-31T08:00:00' },
      `queued_at "2026-01-31T08:00:00" has no time zone; ${TIME}`,
    ],
    [
      'a final state without an end',
      { ended_at: '' },
      'ended_at is empty; it is required when the state is success',
    ],
    ['an end before the start', { ended_at: '2026-01-31T07:00:00Z' }, 'ended_at is before started_at'],
    ['an unknown state', { state: 'done' }, 'state "done" is not known'],
    [
      'a NUL character',
      { dag_id: 'a\0b' },
      'it holds a NUL character (U+0000), which PostgreSQL cannot store',
    ],
    ['a NUL character in extra', { extra: '{"a":"\\u0000"}' }, 'it holds a NUL character (U+0000)'],
    ['half a surrogate pair in extra', { extra: '{"a":"\\ud83d"}' }, 'it holds half of a surrogate pair'],
    ['an extra that is no object', { extra: '3' }, 'extra "3": it is not a JSON object'],
    ['NaN in extra', { extra: '{"a":NaN}' }, 'it is not valid JSON; a JSON object is accepted'],
    ['a number beyond a double in extra', { extra: '{"a":1e999}' }, 'it holds a number that is too large'],
    [
      'a deep extra',
      { extra: `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}` },
      'it is nested more than 32 levels deep',
    ],
    ['20 MB in one field', { owner: large }, 'the row is longer than 8,388,608 characters'],
    ['20 MB in one quoted field', { owner: `"${large}\n` }, 'the row is longer than 8,388,608 characters'],
    [
      'ids that do not fit into an index',
      { task_id: 'äöü'.repeat(900) },
      'have 5413 bytes together; at most 2400 are accepted',
    ],
  ] as [string, RowChange, string][])(
    '%s: named with its line, the others are loaded',
    async (_name, change, reason) => {
      const text = `${HEADER}\n${goodLines(150)}${line(change)}${line({ task_id: 'after it' })}`;
      expect(await store.importText(text)).toEqual({ rows: 152, loaded: 151, duplicates: 0, bad: 1 });
      expect(store.logged).toHaveLength(1);
      expect(store.logged[0]).toMatchObject({
        level: 40,
        msg: 'bad row skipped',
        line: 152,
        file: store.path('history.csv'),
      });
      expect(store.logged[0]?.['reason']).toContain(reason);
      expect(String(store.logged[0]?.['reason']).length).toBeLessThan(400);
      expect((await store.rows()).at(-1)).toMatchObject({ task_id: 'after it' });
    },
  );

  test('bytes that are not UTF-8', async () => {
    const good = Buffer.from(`${HEADER}\n${goodLines(150)}`);
    const bad = Buffer.from(line({ task_id: 'caf?' }));
    bad[bad.indexOf('?')] = 0xe9;
    expect(await store.importText(Buffer.concat([good, bad]))).toEqual({
      rows: 151,
      loaded: 150,
      duplicates: 0,
      bad: 1,
    });
    expect(store.logged[0]).toMatchObject({ line: 152, reason: 'it has bytes that are not UTF-8' });
  });

  test('ids with dots, slashes, spaces, emoji and quotes are not bad', async () => {
    const id = ' a.b/c\\d\t"e" 😀\u200d,\n\'; DROP TABLE try_fact; -- ';
    const text = `${HEADER}\n${line({ dag_id: id, run_id: id, task_id: id, deployment: id })}`;
    expect(await store.importText(text)).toEqual({ rows: 1, loaded: 1, duplicates: 0, bad: 0 });
    expect(await store.rows()).toMatchObject([{ dag_id: id, run_id: id, task_id: id, deployment: id }]);
  });

  test('one in a hundred is accepted, one more fails the file', async () => {
    const bad = line({ state: 'done' });
    expect(await store.importText(`${HEADER}\n${goodLines(99)}${bad}`)).toMatchObject({
      rows: 100,
      loaded: 99,
      bad: 1,
    });
    await store.database.execute('TRUNCATE try_fact');
    const error = await failure(`${HEADER}\n${bad}${goodLines(98)}`);
    expect(error.code).toBe('input_invalid');
    expect(error.message).toContain(
      `${store.path('bad.csv')}: 1 of 99 rows are bad (1.0 %, at most 1 % is accepted), so nothing was loaded; first: line 2: state "done"`,
    );
  });

  test('too many in a file of several slices: what was sent is taken back', async () => {
    const error = await failure(`${HEADER}\n${goodLines(50_000)}${line({ state: 'done' }).repeat(600)}`);
    expect(error.message).toContain('600 of 50600 rows are bad (1.2 %');
    expect(store.logged.filter(({ msg }) => msg === 'bad row skipped')).toHaveLength(20);
    expect(store.logged.at(-1)).toMatchObject({
      bad: 600,
      shown: 20,
      msg: 'more bad rows were skipped than are shown',
    });
  });

  test('newline-delimited JSON names its lines too', async () => {
    const good = (index: number): string =>
      JSON.stringify({
        dag_id: 'd',
        run_id: 'r',
        task_id: `t${index}`,
        state: 'running',
        started_at: '2026-01-31T08:00:00Z',
      });
    const lines = Array.from({ length: 300 }, (_, index) => good(index));
    lines.splice(
      200,
      0,
      '{"dag_id": "d", "run_id": ',
      '{"dag_id":"d","run_id":"r","state":"running","started_at":"2026-01-31T08:00:00Z"}',
    );
    expect(await store.importText(lines.join('\n'), 'rows.ndjson')).toEqual({
      rows: 302,
      loaded: 300,
      duplicates: 0,
      bad: 2,
    });
    expect(store.logged.map(({ line: at, reason }) => [at, reason])).toEqual([
      [201, 'not valid JSON: "{\\"dag_id\\": \\"d\\", \\"run_id\\": "'],
      [202, 'task_id is empty; it is required'],
    ]);
  });
});

describe('a file that was damaged on its way', () => {
  const whole = Buffer.from(`${HEADER}\n${line({ extra: '{"a": "b"}', owner: 'x, "y"' }).repeat(150)}`);
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
    maxLength: 6,
  });

  test.each([
    ['plain', (bytes: Buffer): Buffer => bytes],
    ['compressed', (bytes: Buffer): Buffer => gzipSync(bytes)],
  ])('%s: rows are counted, or the file is refused by name', async (_name, pack) => {
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        await store.database.execute('TRUNCATE try_fact');
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const path = await store.write('damaged.csv', pack(bytes));
        const result = await store.import(path).catch((error: unknown) => error);
        if (result instanceof AppError) {
          expect(result.code).toBe('input_invalid');
          expect(result.message).toContain(path);
          expect(await store.count()).toBe(0);
          return;
        }
        const { rows, loaded, duplicates, bad } = result as ImportResult;
        expect(rows).toBe(loaded + duplicates + bad);
        expect(await store.count()).toBe(loaded);
      }),
      { numRuns: 100 },
    );
  });
});

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy.fill(0xff, middle, middle + 50);
  return copy;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HISTORY_COLUMNS } from '../../../collector/history-file/columns.js';
import { NdjsonSplitter } from '../../../collector/history-file/ndjson-splitter.js';
import { fields } from './history.js';

interface Found {
  readonly rows: { fields: string[]; line: number }[];
  readonly bad: [line: number, reason: string][];
  readonly unknown: string[];
}

function split(text: string, pieceLength = 1_000_000): Found {
  const found: Found = { rows: [], bad: [], unknown: [] };
  const splitter = new NdjsonSplitter(
    {
      onRow: (row, line) => found.rows.push({ fields: [...row], line }),
      onBadLine: (line, reason) => found.bad.push([line, reason]),
    },
    (name) => found.unknown.push(name),
  );
  for (let at = 0; at < text.length; at += pieceLength) splitter.push(text.slice(at, at + pieceLength));
  splitter.end();
  return found;
}

describe('splitting newline-delimited JSON', () => {
  test('any values come back, wherever the text is cut', () => {
    const record = fc.record(
      Object.fromEntries(
        HISTORY_COLUMNS.map((column) => [column, fc.string({ unit: 'binary', maxLength: 8 })]),
      ),
      { requiredKeys: ['dag_id'] },
    );
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (records, pieceLength) => {
          const text = records.map((value) => JSON.stringify(value)).join('\n');
          expect(split(text, pieceLength).rows.map((row) => row.fields)).toEqual(
            records.map((value) => HISTORY_COLUMNS.map((column) => value[column] ?? '')),
          );
        },
      ),
    );
  });

  test('numbers, objects and null where they belong', () => {
    const text = JSON.stringify({
      ...Object.fromEntries(fields().map((value, index) => [HISTORY_COLUMNS[index], value])),
      map_index: 3,
      try_number: 2,
      owner: null,
      extra: { a: [1] },
    });
    expect(split(text).rows).toEqual([
      { fields: fields({ map_index: '3', try_number: '2', owner: '', extra: '{"a":[1]}' }), line: 1 },
    ]);
  });

  test('bad lines are named, empty ones skipped', () => {
    const found = split(
      '\n{"dag_id": 7}\r\n{"dag_id": "a"\n[1]\n"x"\n{"extra": 5}\n{"map_index": true}\n\n{}\n',
    );
    expect(found.bad).toEqual([
      [2, 'dag_id: it is not text'],
      [3, 'not valid JSON: "{\\"dag_id\\": \\"a\\""'],
      [4, 'not a JSON object'],
      [5, 'not a JSON object'],
      [6, 'extra: it is not a JSON object'],
      [7, 'map_index: it is not an integer'],
    ]);
    expect(found.rows.map(({ line }) => line)).toEqual([9]);
  });

  test('a deep extra is refused', () => {
    const found = split(`{"extra":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`);
    expect(found.bad).toEqual([[1, 'extra: it is nested more than 32 levels deep']]);
  });

  test('each unknown key is named once', () => {
    expect(split('{"a":1,"dag_id":"x"}\n{"a":1,"b":2}\n').unknown).toEqual(['a', 'b']);
  });

  test('a line of 9 MB is refused, and reading goes on after it', () => {
    const text = `{"dag_id":"${'x'.repeat(9 << 20)}"}\n{"dag_id":"next"}\n`;
    for (const pieceLength of [65_536, 1 << 24]) {
      const found = split(text, pieceLength);
      expect(found.bad).toEqual([[1, 'the row is longer than 8,388,608 characters']]);
      expect(found.rows.map(({ line }) => line)).toEqual([2]);
    }
  });
});

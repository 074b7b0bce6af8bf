import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvSplitter } from '../../../collector/history-file/csv-splitter.js';

fc.configureGlobal({ seed: 20_261_123 });

interface Found {
  readonly rows: { fields: string[]; line: number }[];
  readonly bad: [line: number, reason: string][];
}

/** Splits the text in pieces of the given length. */
function split(text: string, pieceLength = 1_000_000): Found {
  const found: Found = { rows: [], bad: [] };
  const splitter = new CsvSplitter({
    onRow: (fields, line) => found.rows.push({ fields: [...fields], line }),
    onBadLine: (line, reason) => found.bad.push([line, reason]),
  });
  for (let at = 0; at < text.length; at += pieceLength) splitter.push(text.slice(at, at + pieceLength));
  splitter.end();
  return found;
}

function fieldsOf(text: string, pieceLength?: number): string[][] {
  return split(text, pieceLength).rows.map(({ fields }) => fields);
}

const field = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r\n', ' ', '""', ','),
  maxLength: 6,
});
const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 8 });

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

describe('splitting CSV', () => {
  test('any fields come back, wherever the text is cut and however lines end', () => {
    fc.assert(
      fc.property(
        table,
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (rows, pieceLength, lineEnd, endsWithLineEnd) => {
          const text =
            rows.map((row) => row.map(quoted).join(',')).join(lineEnd) + (endsWithLineEnd ? lineEnd : '');
          expect(fieldsOf(text, pieceLength)).toEqual(rows);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('agrees with csv-parse', () => {
    fc.assert(
      fc.property(table, fc.boolean(), (rows, quoteAll) => {
        const text = rows
          .map((row) =>
            row.map((value) => (quoteAll ? `"${value.replaceAll('"', '""')}"` : quoted(value))).join(','),
          )
          .join('\n');
        const expected: unknown = parse(text, { relax_column_count: true, columns: false });
        expect(fieldsOf(text)).toEqual(expected);
      }),
    );
  });

  test('where it is cut never matters, even for nonsense', () => {
    const nonsense = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(nonsense, fc.integer({ min: 1, max: 5 }), (text, pieceLength) => {
        expect(split(text, pieceLength)).toEqual(split(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('each row knows its line, past line ends in quotes and empty lines', () => {
    const { rows } = split('a,b\n\n"x\ny\n",2\r\n\r\n3,4');
    expect(rows).toEqual([
      { fields: ['a', 'b'], line: 1 },
      { fields: ['x\ny\n', '2'], line: 3 },
      { fields: ['3', '4'], line: 7 },
    ]);
  });

  test('a quote inside an unquoted field stands for itself', () => {
    expect(fieldsOf('a,5" disk,{"x":1}\n')).toEqual([['a', '5" disk', '{"x":1}']]);
  });

  test('no text has no rows', () => {
    expect(split('')).toEqual({ rows: [], bad: [] });
    expect(split('\n\r\n\n')).toEqual({ rows: [], bad: [] });
  });

  const WRONG =
    'a quoted field is not closed, or text follows its closing quote; a quote inside must be doubled';

  test.each([
    [
      'text after a closing quote',
      'a,b\n"x"y,2\n3,4\n',
      [
        ['a', 'b'],
        ['3', '4'],
      ],
      [2],
    ],
    [
      'an inner quote that is not doubled',
      'a,b\n"x "inner" y",2\n3,4\n',
      [
        ['a', 'b'],
        ['3', '4'],
      ],
      [2],
    ],
    [
      'a quote that is closed in a later line',
      'a,b\n"x,2\n3,4\n5,"6"\n7,8\n',
      [
        ['a', 'b'],
        ['3', '4'],
        ['5', '6'],
        ['7', '8'],
      ],
      [2],
    ],
    [
      'a quote that is never closed',
      'a,b\n1,"x\n3,4\n',
      [
        ['a', 'b'],
        ['3', '4'],
      ],
      [2],
    ],
  ])('%s costs its line only', (_name, text, rows, badLines) => {
    for (const pieceLength of [1, 3, 1000]) {
      const found = split(text, pieceLength);
      expect(found.rows.map(({ fields }) => fields)).toEqual(rows);
      expect(found.bad).toEqual(badLines.map((line) => [line, WRONG]));
    }
  });

  test('with too many wrong quotes the file is given up', () => {
    const text = `a,b\n${'"x"y,1\n'.repeat(101)}`;
    expect(() => split(text)).toThrow('line 102: more than 100 rows have wrong quotes');
    expect(split(`a,b\n${'"x"y,1\n'.repeat(100)}`).bad).toHaveLength(100);
  });

  const large = 'x'.repeat(9 << 20);
  const TOO_LONG = 'the row is longer than 8,388,608 characters';

  test.each([
    ['quoted', `"${large}\n""more"",\n"`, 5],
    ['unquoted', large, 3],
  ])('a %s field of 9 MB is refused, and reading goes on after it', (_name, value, nextLine) => {
    for (const pieceLength of [65_536, 1 << 24]) {
      const found = split(`a,b\n1,${value}\n3,4\n`, pieceLength);
      expect(found.bad).toEqual([[2, TOO_LONG]]);
      expect(found.rows).toEqual([
        { fields: ['a', 'b'], line: 1 },
        { fields: ['3', '4'], line: nextLine },
      ]);
    }
  });

  test('a row just short of the limit is read', () => {
    const value = 'x'.repeat((8 << 20) - 10);
    expect(fieldsOf(`1,"${value}"\n2,3\n`, 65_536)).toEqual([
      ['1', value],
      ['2', '3'],
    ]);
  });

  test('a large quoted field that is never closed is an error', () => {
    expect(() => split(`a,b\n1,"${large}\n3,4\n`, 65_536)).toThrow(
      'line 2: a quoted field that starts in this row is never closed',
    );
  });
});

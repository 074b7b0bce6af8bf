import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BinaryCopyDecoder } from '../../../core/fact-log/binary-copy-decoder.js';
import { BinaryCopyEncoder } from '../../../core/fact-log/binary-copy-encoder.js';
import { microsecondTime, storableText } from './observations.js';

interface Line {
  readonly small: number;
  readonly number: number;
  readonly time: number | null;
  readonly text: string | null;
}

const line: fc.Arbitrary<Line> = fc.record({
  small: fc.integer({ min: -32_768, max: 32_767 }),
  number: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  time: fc.option(microsecondTime),
  text: fc.option(fc.oneof(storableText, fc.string({ unit: 'grapheme', minLength: 20, maxLength: 100 }))),
});

function encode(lines: readonly Line[]): Buffer {
  const encoder = new BinaryCopyEncoder(64);
  for (const { small, number, time, text } of lines) {
    encoder.startRow(4);
    encoder.integer16(small);
    encoder.integer32(number);
    encoder.timestamp(time);
    encoder.text(text);
  }
  encoder.finish();
  return encoder.take();
}

function decode(bytes: Buffer, pieceLength: number): { lines: Line[]; isDone: boolean } {
  const decoder = new BinaryCopyDecoder(4);
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) {
    decoder.push(bytes.subarray(at, at + pieceLength));
    while (decoder.next()) {
      lines.push({
        small: decoder.integer16(0),
        number: decoder.integer32(1),
        time: decoder.timestamp(2),
        text: decoder.text(3),
      });
    }
  }
  return { lines, isDone: decoder.isDone };
}

describe('the binary COPY format', () => {
  test('what is written is read again, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 20 }),
        fc.integer({ min: 1, max: 200 }),
        (lines, pieceLength) => {
          expect(decode(encode(lines), pieceLength)).toEqual({ lines, isDone: true });
        },
      ),
    );
  });

  test('a cut end is noticed', () => {
    const bytes = encode([{ small: 1, number: 2, time: 3, text: 'x' }]);
    expect(decode(bytes.subarray(0, bytes.length - 1), 1000).isDone).toBe(false);
  });

  test('equal texts come as one string, and a slot that two texts share stays right', () => {
    const texts = Array.from({ length: 200_000 }, (_, index) => `text ${index % 100_000}`);
    const lines = texts.map((text) => ({ small: 0, number: 0, time: null, text }));
    expect(decode(encode(lines), 65_536).lines.map(({ text }) => text)).toEqual(texts);
  });

  test('another format, or another number of columns, is refused', () => {
    const decoder = new BinaryCopyDecoder(4);
    decoder.push(Buffer.from('1\ttext\t\\N\n'.repeat(5)));
    expect(() => decoder.next()).toThrow('something else than its binary format');
    const narrow = new BinaryCopyDecoder(3);
    narrow.push(encode([{ small: 1, number: 2, time: 3, text: 'x' }]));
    expect(() => narrow.next()).toThrow('COPY sent 4 columns, expected 3');
  });

  test('a row is forgotten when PostgreSQL cannot hold a text of it', () => {
    const encoder = new BinaryCopyEncoder();
    for (const text of [
      'before',
      'a\0b',
      `${'long '.repeat(20)}\0`,
      '\ud83d',
      `${'long '.repeat(20)}\ude00`,
      'after',
    ]) {
      encoder.startRow(4);
      encoder.integer16(0);
      encoder.integer32(0);
      encoder.timestamp(null);
      encoder.text(text);
      if (encoder.textProblem !== null) encoder.abandonRow();
    }
    encoder.finish();
    expect(decode(encoder.take(), 100).lines.map(({ text }) => text)).toEqual(['before', 'after']);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIsoTime } from '../../../collector/history-file/iso-time.js';

fc.configureGlobal({ seed: 20_261_123 });

describe('ISO 8601 times', () => {
  test('agree with Date to the millisecond', () => {
    const date = fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (value) => {
        expect(parseIsoTime(value.toISOString())).toBe(value.getTime() / 1000);
      }),
      { numRuns: 2000 },
    );
  });

  test('keep microseconds', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000_000 });
    fc.assert(
      fc.property(time, (microseconds) => {
        const seconds = Math.floor(microseconds / 1e6);
        const fraction = String(microseconds % 1e6).padStart(6, '0');
        const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}+00:00`;
        expect(parseIsoTime(text)).toBe(microseconds / 1e6);
      }),
      { numRuns: 2000 },
    );
  });

  const noon = Date.parse('2024-02-29T12:00:00Z') / 1000;

  test.each([
    ['2024-02-29T12:00:00Z', noon],
    ['2024-02-29T12:00Z', noon],
    ['2024-02-29t12:00:00z', noon],
    ['2024-02-29 12:00:00+00:00', noon],
    ['2024-02-29T13:00:00+01:00', noon],
    ['2024-02-29T13:00:00+0100', noon],
    ['2024-02-29T13:00:00+01', noon],
    ['2024-02-29T06:30:00-05:30', noon],
    ['2024-03-01T02:00:00+14:00', noon],
    ['2024-02-29T12:00:00.5Z', noon + 0.5],
    ['2024-02-29T12:00:00,25Z', noon + 0.25],
    ['2024-02-29T12:00:00.123456789Z', noon + 0.123457],
  ])('%s', (text, expected) => {
    expect(parseIsoTime(text)).toBe(expected);
  });

  test.each([
    '',
    '2024-02-29',
    '2024-02-29T12:00:00',
    '2024-02-29T12:00:00 Z',
    '2024-02-29T12:00:00 UTC',
    '2024-02-29T12:00:00 Europe/Berlin',
    '2024-02-29T12:00:00+25:00',
    '2024-02-29T12:00:00+1:00',
    '2024-02-29T12:00:00+01:60',
    '2024-02-29T12:00:00+01:00x',
    '2023-02-29T12:00:00Z',
    '2024-04-31T12:00:00Z',
    '2024-13-01T12:00:00Z',
    '2024-00-01T12:00:00Z',
    '2024-01-00T12:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T12:60:00Z',
    '2024-01-01T12:00:60Z',
    '2024-01-01T12:00:00.Z',
    '2024-1-1T12:00:00Z',
    '0001-01-01T00:00:00Z',
    '2200-01-01T00:00:00Z',
    '+02024-01-01T00:00:00Z',
    '1700000000',
    '1700000000000000000',
    '01/31/2024 12:00:00Z',
    '٢٠٢٤-01-01T12:00:00Z',
  ])('%s is refused', (text) => {
    expect(parseIsoTime(text)).toBeNaN();
  });

  test('nothing makes it throw', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('0', '1', '2', '3', '5', '9', '-', ':', 'T', 'Z', '+', '.', ',', ' '),
          maxLength: 40,
        }),
        (text) => {
          expect(typeof parseIsoTime(text)).toBe('number');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

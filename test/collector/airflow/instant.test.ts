import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, justBefore, parseInstant } from '../../../collector/airflow/instant.js';

describe('instants', () => {
  it('reads microseconds and zones as Airflow writes them', () => {
    expect(parseInstant('2026-11-23T16:30:52.750081Z')).toBe(1795451452.750081);
    expect(parseInstant('2026-11-23T16:30:52Z')).toBe(1795451452);
    expect(parseInstant('2026-11-23T18:30:52.5+02:00')).toBe(1795451452.5);
    expect(parseInstant('2026-11-23T18:30:52.5+0200')).toBe(1795451452.5);
  });

  it.each(['2026-11-23T16:30:52', '2026-11-23', 'yesterday', '', '2026-13-45T99:99:99Z'])(
    'refuses %j',
    (text) => {
      expect(parseInstant(text)).toBeNull();
    },
  );

  it('returns to the same microsecond', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.integer({ min: 0, max: 999_999 }),
        (seconds, micro) => {
          const text = formatInstant((seconds * 1e6 + micro) / 1e6);
          expect(text.endsWith(`.${String(micro).padStart(6, '0')}Z`)).toBe(true);
          expect(formatInstant(parseInstant(text)!)).toBe(text);
        },
      ),
    );
  });

  it('steps back by one microsecond, also over a second', () => {
    expect(formatInstant(justBefore(parseInstant('2026-11-23T16:30:00Z')!))).toBe(
      '2026-11-23T16:29:59.999999Z',
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeLabelValue,
  formatLabels,
  formatSample,
  negotiateFormat,
  writeFamilies,
  type Family,
} from '../../serving/exposition.js';

const counter: Family = {
  name: 'orc_things_total',
  type: 'counter',
  help: 'A "thing"\nof \\ kinds.',
  samples: formatSample('orc_things_total', formatLabels([['kind', 'a"b\\c\nd 🚀']]), 3),
};
const gauge: Family = { name: 'orc_level', type: 'gauge', help: 'Level.', samples: 'orc_level 1\n' };

describe('writeFamilies', () => {
  it('writes Prometheus text', () => {
    expect(writeFamilies([counter, gauge], 'text')).toBe(
      [
        '# HELP orc_things_total A "thing"\\nof \\\\ kinds.',
        '# TYPE orc_things_total counter',
        'orc_things_total{kind="a\\"b\\\\c\\nd 🚀"} 3',
        '# HELP orc_level Level.',
        '# TYPE orc_level gauge',
        'orc_level 1',
        '',
      ].join('\n'),
    );
  });

  it('writes OpenMetrics: the family of a counter without its suffix, quotes escaped in HELP', () => {
    expect(writeFamilies([counter, gauge], 'openmetrics')).toBe(
      [
        '# HELP orc_things A \\"thing\\"\\nof \\\\ kinds.',
        '# TYPE orc_things counter',
        'orc_things_total{kind="a\\"b\\\\c\\nd 🚀"} 3',
        '# HELP orc_level Level.',
        '# TYPE orc_level gauge',
        'orc_level 1',
        '',
      ].join('\n'),
    );
  });

  it('leaves out a gauge without a sample, and keeps a counter', () => {
    const text = writeFamilies(
      [
        { ...gauge, samples: '' },
        { ...counter, samples: '' },
      ],
      'text',
    );
    expect(text).not.toContain('orc_level');
    expect(text).toContain('# TYPE orc_things_total counter');
  });
});

it('writes special values as Go does', () => {
  expect([NaN, Infinity, -Infinity, 0.1, 1e21].map((value) => formatSample('m', '', value))).toEqual([
    'm NaN\n',
    'm +Inf\n',
    'm -Inf\n',
    'm 0.1\n',
    'm 1e+21\n',
  ]);
});

it('escapes any label value into one line that reads back the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const escaped = escapeLabelValue(value);
      expect(escaped).not.toContain('\n');
      expect(escaped).not.toMatch(/(?:^|[^\\])(?:\\\\)*"/);
      const readBack = escaped.replace(/\\(.)/g, (_, character: string) =>
        character === 'n' ? '\n' : character,
      );
      expect(readBack).toBe(value);
    }),
  );
});

describe('negotiateFormat', () => {
  it.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/plain', 'text'],
    ['application/openmetrics-text; version=1.0.0', 'openmetrics'],
    ['application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'openmetrics'],
    ['application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5', 'text'],
    ['application/openmetrics-text;q=0', 'text'],
    ['application/openmetrics-text;q=nonsense', 'text'],
    ['text/html,application/xhtml+xml', 'text'],
  ])('%s -> %s', (accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatagramParser, decodeText, MAX_LINE_BYTES } from '../../../collector/statsd/datagram-parser.js';

interface Seen {
  readonly samples: unknown[][];
  other: number;
  malformed: number;
}

function parse(datagram: string | Buffer): Seen {
  const seen: Seen = { samples: [], other: 0, malformed: 0 };
  new DatagramParser({
    onSample: (head, tags, kind, value, rate, isRelative) =>
      seen.samples.push([head, tags, kind, value, rate, isRelative]),
    onOther: () => seen.other++,
    onMalformed: () => seen.malformed++,
  }).parse(Buffer.from(datagram));
  return seen;
}

describe('DatagramParser', () => {
  it.each([
    ['a plain counter', 'airflow.ti.start:1|c', ['airflow.ti.start', '', 'counter', 1, 1, false]],
    ['a negative counter', 'a.processes:-1|c', ['a.processes', '', 'counter', -1, 1, false]],
    ['a gauge', 'a.dagruns.running:2.0|g', ['a.dagruns.running', '', 'gauge', 2, 1, false]],
    ['a gauge that grows', 'a:+3|g', ['a', '', 'gauge', 3, 1, true]],
    ['a gauge that shrinks', 'a:-0.5|g', ['a', '', 'gauge', -0.5, 1, true]],
    ['a timer', 'a.duration:1233.086000|ms', ['a.duration', '', 'timer', 1233.086, 1, false]],
    ['a histogram', 'a:7|h', ['a', '', 'timer', 7, 1, false]],
    ['a distribution', 'a:7|d', ['a', '', 'timer', 7, 1, false]],
    ['a sample rate', 'a:0|c|@0.1', ['a', '', 'counter', 0, 0.1, false]],
    ['Influx tags', 'a,dag_id=d.e,state=ok:1|c', ['a,dag_id=d.e,state=ok', '', 'counter', 1, 1, false]],
    ['DogStatsD tags', 'a:1|c|#dag_id:d,x', ['a', 'dag_id:d,x', 'counter', 1, 1, false]],
    ['DogStatsD fields', 'a:1|g|@0.5|#x:y|c:ci-1|T16|e:it|card:low', ['a', 'x:y', 'gauge', 1, 0.5, false]],
    ['a line end of Windows', 'a:1|c\r\n', ['a', '', 'counter', 1, 1, false]],
  ])('reads %s', (_name, line, sample) => {
    expect(parse(line)).toEqual({ samples: [sample], other: 0, malformed: 0 });
  });

  it('reads several lines, and several values of a line', () => {
    const { samples, malformed } = parse('\na:0|g\na:-3|g\n\nb:1:2.5|ms');
    expect(samples).toEqual([
      ['a', '', 'gauge', 0, 1, false],
      ['a', '', 'gauge', -3, 1, true],
      ['b', '', 'timer', 1, 1, false],
      ['b', '', 'timer', 2.5, 1, false],
    ]);
    expect(malformed).toBe(0);
  });

  it.each([
    ['no value', 'airflow.ti.start'],
    ['no name', ':1|c'],
    ['no kind', 'a:1'],
    ['an empty kind', 'a:1|'],
    ['an unknown kind', 'a:1|x'],
    ['a kind that goes on', 'a:1|msx'],
    ['no number', 'a:|c'],
    ['a word for a number', 'a:one|c'],
    ['NaN', 'a:nan|g'],
    ['an infinite number', 'a:1e999|g'],
    ['something after the number', 'a:1x|c'],
    ['two points', 'a:1.2.3|c'],
    ['a rate of zero', 'a:1|c|@0'],
    ['a rate above one', 'a:1|c|@1.5'],
    ['a rate that is no number', 'a:1|c|@x'],
    ['an empty section', 'a:1|c|'],
    ['an unknown section', 'a:1|c|zzz'],
    ['a control character', 'a\0b:1|c'],
    ['a control character in a tag', 'a:1|c|#x:\x01'],
    ['a line that is too long', `${'a'.repeat(MAX_LINE_BYTES)}:1|c`],
  ])('counts %s as malformed', (_name, line) => {
    expect(parse(`${line}\nok:1|c`)).toMatchObject({
      samples: [['ok', '', 'counter', 1, 1, false]],
      malformed: 1,
    });
  });

  it('keeps the values before a bad one', () => {
    expect(parse('a:1::2|c')).toMatchObject({ samples: [['a', '', 'counter', 1, 1, false]], malformed: 1 });
  });

  it('sets, events and service checks are no samples and no errors', () => {
    expect(parse('users:7|s\n_e{5,4}:title|text|#a:b\n_sc|name|0|#a:b')).toEqual({
      samples: [],
      other: 3,
      malformed: 0,
    });
  });

  it('hands names on as bytes that decode to their text', () => {
    const head = parse('größe.日本:1|c').samples[0]?.[0];
    expect(decodeText(head as string)).toBe('größe.日本');
  });

  it('reads every double as Number() does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parse(`a:${value}|c`).samples[0]?.[3]).toBe(Number(String(value)));
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), fc.nat(999_999), (whole, part) => {
        const text = `${whole}.${String(part).padStart(6, '0')}`;
        expect(parse(`a:${text}|ms`).samples[0]?.[3]).toBe(Number(text));
      }),
    );
  });

  it('counts something for every line of any bytes, and throws never', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const datagram = Buffer.from(bytes);
        const lines = datagram
          .toString('latin1')
          .split('\n')
          .filter((line) => line !== '' && line !== '\r').length;
        const { samples, other, malformed } = parse(datagram);
        expect(samples.length + other + malformed).toBeGreaterThanOrEqual(lines);
      }),
    );
  });
});

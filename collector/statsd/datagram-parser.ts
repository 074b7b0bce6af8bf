/**
 * Reads StatsD datagrams: plain lines, Influx tags (`name,tag=value:1|c`), DogStatsD tags (`name:1|c|#tag:value`), sample
 * rates, several lines in a datagram and several values in a line. Works on bytes: at 100,000 datagrams/s a regular
 * expression per line would cost more than receiving it.
 *
 * Grammar: https://github.com/statsd/statsd/blob/master/docs/metric_types.md and
 * https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
 */
import { DecimalReader } from './decimal-reader.js';

/** What a line measures: `c` counter, `g` gauge, `ms`, `h` and `d` timer. */
export type WireKind = 'counter' | 'gauge' | 'timer';

export interface SampleVisitor {
  /**
   * One value. Texts are bytes as Latin-1 ({@link decodeText} makes them text): a decoded string per line would cost more
   * than the rest of the parsing.
   *
   * @param head name, with its Influx tags when it has some
   * @param tags DogStatsD tags without `#`; empty when there are none
   * @param rate share of events that the sender reports, over 0 to 1
   * @param isRelative true for a gauge with a sign, which changes the former value
   */
  onSample(
    head: string,
    tags: string,
    kind: WireKind,
    value: number,
    rate: number,
    isRelative: boolean,
  ): void;
  /** A line that is valid but measures nothing that is kept: a set, a DogStatsD event or service check. */
  onOther(): void;
  /** A line that is not StatsD. */
  onMalformed(): void;
}

/** Longer lines are refused: a name and its labels must fit into an index entry of PostgreSQL (2,704 bytes). */
export const MAX_LINE_BYTES = 2048;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const COLON = 0x3a;
const BAR = 0x7c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const AT = 0x40;
const HASH = 0x23;

/** The text of bytes that were read as Latin-1; what is no UTF-8 becomes U+FFFD. */
export function decodeText(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** Parser of one stream of datagrams; it keeps nothing between them. */
export class DatagramParser {
  readonly #visitor: SampleVisitor;
  readonly #decimals = new DecimalReader();

  constructor(visitor: SampleVisitor) {
    this.#visitor = visitor;
  }

  /** Tells the visitor of every line; empty lines are nothing. */
  parse(bytes: Buffer): void {
    let start = 0;
    while (start < bytes.length) {
      let end = start;
      while (end < bytes.length && bytes[end] !== NEWLINE) end++;
      const last = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
      if (last > start) this.#line(bytes, start, last);
      start = end + 1;
    }
  }

  #line(bytes: Buffer, start: number, end: number): void {
    const colon = findColon(bytes, start, end);
    if (colon <= start || end - start > MAX_LINE_BYTES) {
      if (isEvent(bytes, start, end)) this.#visitor.onOther();
      else this.#visitor.onMalformed();
      return;
    }
    let bar = colon + 1;
    while (bar < end && bytes[bar] !== BAR) bar++;
    const kind = readKind(bytes, bar + 1, end);
    const options = kind === null ? null : readOptions(bytes, kind.end, end, this.#decimals);
    if (kind === null || options === null) {
      if (isEvent(bytes, start, end)) this.#visitor.onOther();
      else this.#visitor.onMalformed();
    } else if (kind.kind === 'set') this.#visitor.onOther();
    else {
      const head = bytes.toString('latin1', start, colon);
      this.#values(bytes, colon + 1, bar, head, kind.kind, options);
    }
  }

  /** `1` or, packed, `1:2:3`. */
  #values(
    bytes: Buffer,
    start: number,
    end: number,
    head: string,
    kind: WireKind,
    options: LineOptions,
  ): void {
    let at = start;
    do {
      const sign = bytes[at];
      const value = this.#decimals.read(bytes, at, end);
      at = this.#decimals.end;
      if (Number.isNaN(value) || (at < end && bytes[at] !== COLON)) {
        this.#visitor.onMalformed();
        return;
      }
      const isRelative = kind === 'gauge' && (sign === PLUS || sign === MINUS);
      this.#visitor.onSample(head, options.tags, kind, value, options.rate, isRelative);
      at++;
    } while (at <= end);
  }
}

/** Index of the colon that ends the name; -1 when there is none or a control character stands before it. */
function findColon(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === COLON) return at;
    if (byte < 0x20 || byte === 0x7f) return -1;
  }
  return -1;
}

interface Kind {
  readonly kind: WireKind | 'set';
  readonly end: number;
}

// Shared objects: one per line would be garbage at 100,000 lines/s.
const KINDS: ReadonlyMap<string, WireKind | 'set'> = new Map([
  ['c', 'counter'],
  ['g', 'gauge'],
  ['ms', 'timer'],
  ['h', 'timer'],
  ['d', 'timer'],
  ['s', 'set'],
]);
const kindFound: { kind: WireKind | 'set'; end: number } = { kind: 'counter', end: 0 };

function readKind(bytes: Buffer, start: number, end: number): Kind | null {
  let stop = start;
  while (stop < end && bytes[stop] !== BAR) stop++;
  if (stop === start || stop - start > 2) return null;
  const text =
    stop - start === 1
      ? String.fromCharCode(bytes[start]!)
      : String.fromCharCode(bytes[start]!, bytes[start + 1]!);
  const kind = KINDS.get(text);
  if (kind === undefined) return null;
  kindFound.kind = kind;
  kindFound.end = stop;
  return kindFound;
}

interface LineOptions {
  readonly rate: number;
  readonly tags: string;
}

const PLAIN: LineOptions = { rate: 1, tags: '' };

/** What stands after the kind: `|@0.1`, `|#tags`, and what DogStatsD adds and ORC has no use for (`|c:`, `|T`, `|e:`, `|card:`). */
function readOptions(bytes: Buffer, start: number, end: number, decimals: DecimalReader): LineOptions | null {
  if (start === end) return PLAIN;
  let rate = 1;
  let tags = '';
  let at = start;
  while (at < end) {
    const from = at + 1;
    let to = from;
    while (to < end && bytes[to] !== BAR) to++;
    if (from === to) return null;
    if (bytes[from] === AT) {
      rate = decimals.read(bytes, from + 1, to);
      if (!(rate > 0 && rate <= 1) || decimals.end !== to) return null;
    } else if (bytes[from] === HASH) {
      tags = bytes.toString('latin1', from + 1, to);
      if (hasControlCharacter(tags)) return null;
    } else if (!/^(?:c:|T\d+$|e:|card:)/.test(bytes.toString('latin1', from, to))) return null;
    at = to;
  }
  return { rate, tags };
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** DogStatsD events (`_e{5,4}:title|text`) and service checks (`_sc|name|0`). */
function isEvent(bytes: Buffer, start: number, end: number): boolean {
  return (
    bytes[start] === 0x5f && /^_(?:e\{|sc\|)/.test(bytes.toString('latin1', start, Math.min(end, start + 4)))
  );
}

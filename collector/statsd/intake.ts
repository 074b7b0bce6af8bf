/** From datagrams to windows of observations: parser, resolver and aggregator, with what they refuse counted. */
import type { UnixSeconds } from '../../core/facts.js';
import { Aggregator, derived, type Series, type WindowObservation } from './aggregator.js';
import { DatagramParser, decodeText, type SampleVisitor, type WireKind } from './datagram-parser.js';
import { KnownNames, NOTHING_KNOWN, type KnownNameList } from './known-names.js';
import { NameResolver, type Ignored, type ResolvedName } from './resolver.js';
import { parseDogTags, splitInfluxTags } from './tags.js';
import { secondsPerUnit, type AirflowVersion } from './units.js';

export interface IntakeOptions {
  /** `[metrics] statsd_prefix` of Airflow. */
  readonly prefix: string;
  readonly maxSeries: number;
  readonly idleSeconds: number;
}

/** Since the start. */
export interface IntakeCounts {
  readonly packets: number;
  /** Values read, whether they become facts or not. */
  readonly samples: number;
  readonly parseErrors: number;
  /** Samples dropped because there were too many series, by fact name. */
  readonly capped: Readonly<Record<string, number>>;
  /** Values that are no facts, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

export interface IntakeWindow {
  readonly observations: readonly WindowObservation[];
  readonly counts: IntakeCounts;
  /** Series in memory. */
  readonly series: number;
}

/** What is remembered of a name, so that it is taken apart once and not at every line. */
interface Remembered {
  readonly resolved: ResolvedName;
  /** Seconds, or 1, per unit of the line's number. */
  readonly scale: number;
  /** Null while there are too many series. */
  series: Series | null;
  /** Window in which room was last looked for. */
  triedInWindow: number;
}
type Memory = Remembered | Ignored | 'malformed';

/** Beside {@link Ignored}: a kind other than the metric's, a change of an unknown gauge, a set or event. */
type Unused = Ignored | 'other_kind' | 'delta_without_base' | 'no_measurement';

/** Names remembered beside those of the series: duplicates and metrics that are not kept. */
const MEMORY_PER_SERIES = 4;
const SPARE_MEMORY = 1000;

export class Intake implements SampleVisitor {
  readonly #parser = new DatagramParser(this);
  readonly #resolver: NameResolver;
  readonly #aggregator: Aggregator;
  readonly #memory = new Map<string, Memory>();
  readonly #memoryLimit: number;
  readonly #ignored: Record<string, number> = {};
  #known = new KnownNames(NOTHING_KNOWN);
  #version: AirflowVersion | null = null;
  #packets = 0;
  #samples = 0;
  #samplesBefore = 0;
  #parseErrors = 0;
  #window = 0;

  constructor({ prefix, maxSeries, idleSeconds }: IntakeOptions, now: UnixSeconds) {
    this.#resolver = new NameResolver(prefix);
    this.#aggregator = new Aggregator({ maxSeries, idleSeconds }, now);
    this.#memoryLimit = maxSeries * MEMORY_PER_SERIES + SPARE_MEMORY;
  }

  /** Names are read with this from now on. */
  know(list: KnownNameList, version: AirflowVersion | null): void {
    this.#known = new KnownNames(list);
    this.#version = version;
    this.#memory.clear();
  }

  receive(datagram: Buffer): void {
    this.#packets++;
    this.#parser.parse(datagram);
  }

  /** Ends the window; `statsd_samples` in it tells a quiet Airflow from an absent listener. */
  close(end: UnixSeconds): IntakeWindow {
    const samples = this.#samples - this.#samplesBefore;
    this.#samplesBefore = this.#samples;
    this.#window++;
    const observations = this.#aggregator.close(end);
    return {
      observations: [...observations, { ...derived('statsd_samples', end), value: samples }],
      counts: this.counts(),
      series: this.#aggregator.seriesCount,
    };
  }

  counts(): IntakeCounts {
    return {
      packets: this.#packets,
      samples: this.#samples,
      parseErrors: this.#parseErrors,
      capped: Object.fromEntries(this.#aggregator.capped),
      ignored: { ...this.#ignored },
    };
  }

  onSample(
    head: string,
    tags: string,
    kind: WireKind,
    value: number,
    rate: number,
    isRelative: boolean,
  ): void {
    const key = tags === '' ? head : `${head}|${tags}`;
    let memory = this.#memory.get(key);
    if (memory === undefined) {
      memory = this.#take(head, tags);
      if (this.#memory.size >= this.#memoryLimit) this.#memory.clear();
      this.#memory.set(key, memory);
    }
    if (memory === 'malformed') {
      this.#parseErrors++;
      return;
    }
    this.#samples++;
    if (typeof memory === 'string') this.#count(memory);
    else if (memory.resolved.family.kind !== kind) this.#count('other_kind');
    else this.#add(memory, value, rate, isRelative);
  }

  onOther(): void {
    this.#samples++;
    this.#count('no_measurement');
  }

  onMalformed(): void {
    this.#parseErrors++;
  }

  #add(memory: Remembered, value: number, rate: number, isRelative: boolean): void {
    const { family } = memory.resolved;
    const isCounter = family.kind === 'counter';
    // Airflow 2 sends a zero for every state that a task could end in; absent is zero too.
    if (isCounter && value === 0) return;
    const series = this.#seriesOf(memory);
    if (series === null) this.#aggregator.drop(family);
    else if (isCounter) this.#aggregator.addTotal(series, value / rate, 1 / rate);
    else if (!this.#aggregator.add(series, value * memory.scale, isRelative ? 1 : 1 / rate, isRelative)) {
      this.#count('delta_without_base');
    }
  }

  #seriesOf(memory: Remembered): Series | null {
    if (memory.series?.isLive === true) return memory.series;
    if (memory.series === null && memory.triedInWindow === this.#window) return null;
    memory.triedInWindow = this.#window;
    return (memory.series = this.#aggregator.seriesOf(memory.resolved));
  }

  #take(head: string, tags: string): Memory {
    const named = splitInfluxTags(decodeText(head));
    if (named === null) return 'malformed';
    const isDog = tags !== '';
    const allTags = isDog ? new Map([...named.tags, ...parseDogTags(decodeText(tags))]) : named.tags;
    const resolved = this.#resolver.resolve(named.name, allTags, this.#known);
    if (typeof resolved === 'string') return resolved;
    const scale = secondsPerUnit(resolved.family, isDog ? 'dogstatsd' : 'statsd', this.#version);
    return { resolved, scale, series: null, triedInWindow: -1 };
  }

  #count(reason: Unused): void {
    this.#ignored[reason] = (this.#ignored[reason] ?? 0) + 1;
  }
}

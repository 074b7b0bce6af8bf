/** Samples of the platform summed up into windows, in bounded memory: no clock, no I/O. */
import {
  NO_PLATFORM_LABELS,
  type PlatformLabels,
  type PlatformObservation,
  type UnixSeconds,
} from '../../core/facts.js';
import { HEARTBEATS, type Family } from './families.js';
import { FORMS, type Form, type ResolvedName } from './resolver.js';

/** A window without the name of the deployment. */
export type WindowObservation = Omit<PlatformObservation, 'deployment'>;

export interface AggregatorOptions {
  /** At most this many series at once; samples of further ones are dropped and counted. */
  readonly maxSeries: number;
  /** A series without a sample for so long is forgotten. */
  readonly idleSeconds: number;
  /**
   * True where only some series of a family may have tags: the Helm chart's mapping for statsd_exporter makes labels of ids without
   * dots alone. A legacy series then counts unless the very same one is tagged.
   */
  readonly isPartlyTagged?: boolean;
}

/** For so long after a family's last tagged (or legacy) sample, its worse forms count as duplicates. */
const FORM_MEMORY_SECONDS = 600;

/** A component whose last heartbeat is older is gone on purpose. */
const HEARTBEAT_MEMORY_SECONDS = 86_400;

/** One family, form and set of labels. Its numbers are of the open window; `last` outlives it, for relative gauges. */
export class Series {
  /** False once forgotten: whoever still holds it must ask for it anew. */
  isLive = true;
  touchedInWindow = false;
  lastWindowEnd: UnixSeconds;
  sum = 0;
  /** Measurements it stands for, by sample rate. */
  weight = 0;
  last = NaN;
  maximum = -Infinity;

  constructor(
    readonly key: string,
    readonly family: Family,
    readonly form: Form,
    readonly labels: PlatformLabels,
    lastWindowEnd: UnixSeconds,
  ) {
    this.lastWindowEnd = lastWindowEnd;
  }
}

/** State of the forms of one family, as the end of the last window each was seen in. */
type FormTimes = Record<Form, UnixSeconds>;

export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #series = new Map<string, Series>();
  readonly #forms = new Map<Family, FormTimes>();
  readonly #heartbeats = new Map<Family, UnixSeconds>();
  readonly #capped = new Map<string, number>();
  #touched: Series[] = [];
  #windowStart: UnixSeconds;

  /** @param now start of the first window */
  constructor(options: AggregatorOptions, now: UnixSeconds) {
    this.#options = options;
    this.#windowStart = now;
  }

  get seriesCount(): number {
    return this.#series.size;
  }

  /** Samples dropped because there were too many series, by fact name, since the start. */
  get capped(): ReadonlyMap<string, number> {
    return this.#capped;
  }

  /** The series of a name, made when it is new; null when there are as many as may be. */
  seriesOf({ family, form, labels }: ResolvedName): Series | null {
    const key = seriesKey(family, form, labels);
    const existing = this.#series.get(key);
    if (existing !== undefined) return existing;
    if (this.#series.size >= this.#options.maxSeries) return null;
    const series = new Series(key, family, form, labels, this.#windowStart);
    this.#series.set(key, series);
    return series;
  }

  /** Counts a sample that {@link seriesOf} had no room for. */
  drop(family: Family): void {
    this.#capped.set(family.fact, (this.#capped.get(family.fact) ?? 0) + 1);
  }

  /**
   * @param value in base units
   * @param weight how many measurements of this value the sample stands for
   * @returns false when it changes a gauge whose value is not known
   */
  add(series: Series, value: number, weight: number, isRelative: boolean): boolean {
    if (isRelative && Number.isNaN(series.last)) return false;
    const now = isRelative ? series.last + value : value;
    this.#touch(series);
    series.last = now;
    series.sum += now * weight;
    series.weight += weight;
    if (now > series.maximum) series.maximum = now;
    return true;
  }

  /** Adds a sum over several measurements, none of which is known by itself. */
  addTotal(series: Series, sum: number, weight: number): void {
    this.#touch(series);
    series.sum += sum;
    series.weight += weight;
  }

  /** Ends the open window: what came to be in it, and the ages of the heartbeats. Forgets idle series. */
  close(end: UnixSeconds): WindowObservation[] {
    for (const { family, form } of this.#touched) this.#noteForm(family, form, end);
    const observations: WindowObservation[] = [];
    for (const series of this.#touched) {
      series.lastWindowEnd = end;
      if (HEARTBEATS.has(series.family.name)) this.#heartbeats.set(series.family, end);
      if (!this.#isDuplicate(series, end)) observations.push(summarise(series, end));
      clear(series);
    }
    this.#touched = [];
    this.#forgetIdle(end);
    this.#windowStart = end;
    return [...observations, ...this.#heartbeatAges(end)];
  }

  #touch(series: Series): void {
    if (series.touchedInWindow) return;
    series.touchedInWindow = true;
    this.#touched.push(series);
  }

  #isDuplicate({ family, form, labels }: Series, end: UnixSeconds): boolean {
    if (form === this.#bestForm(family, end)) return false;
    const isNamed = form === 'legacy' && labels.dagId !== '';
    if (this.#options.isPartlyTagged !== true || !isNamed) return true;
    return this.#series.has(seriesKey(family, 'tagged', labels));
  }

  #noteForm(family: Family, form: Form, end: UnixSeconds): void {
    let times = this.#forms.get(family);
    if (times === undefined) {
      times = { bare: -Infinity, legacy: -Infinity, tagged: -Infinity };
      this.#forms.set(family, times);
    }
    times[form] = end;
  }

  #bestForm(family: Family, end: UnixSeconds): Form {
    const times = this.#forms.get(family)!;
    return FORMS.findLast((form) => end - times[form] <= FORM_MEMORY_SECONDS)!;
  }

  #forgetIdle(end: UnixSeconds): void {
    for (const [key, series] of this.#series) {
      if (end - series.lastWindowEnd <= this.#options.idleSeconds) continue;
      series.isLive = false;
      this.#series.delete(key);
    }
  }

  /** To within a window: a heartbeat counts as coming at the end of its window. */
  #heartbeatAges(end: UnixSeconds): WindowObservation[] {
    const ages: WindowObservation[] = [];
    for (const [family, lastSeen] of this.#heartbeats) {
      const age = end - lastSeen;
      if (age > HEARTBEAT_MEMORY_SECONDS) this.#heartbeats.delete(family);
      else ages.push({ ...derived(`${family.fact}_age_seconds`, end), value: age });
    }
    return ages;
  }
}

/** A fact that no sender told; its value is still to be set. */
export function derived(name: string, eventTime: UnixSeconds): WindowObservation {
  return { eventTime, name, labels: NO_PLATFORM_LABELS, value: 0, maximum: null, sampleCount: 0 };
}

function summarise(series: Series, eventTime: UnixSeconds): WindowObservation {
  const { kind, fact: name } = series.family;
  const { labels, sum, weight, last, maximum } = series;
  const value = kind === 'counter' ? sum : kind === 'gauge' ? last : sum / weight;
  const isMaximumKnown = kind !== 'counter' && maximum !== -Infinity;
  return {
    eventTime,
    name,
    labels,
    value,
    maximum: isMaximumKnown ? maximum : null,
    sampleCount: weight,
  };
}

function clear(series: Series): void {
  series.touchedInWindow = false;
  series.sum = 0;
  series.weight = 0;
  series.maximum = -Infinity;
}

function seriesKey(family: Family, form: Form, labels: PlatformLabels): string {
  const { dagId, taskId, pool, state, queue, executor, host, dagFile } = labels;
  return [family.name, form, dagId, taskId, pool, state, queue, executor, host, dagFile].join('\0');
}

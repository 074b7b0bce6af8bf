/**
 * From pages of a statsd_exporter to windows of observations, with the mapping of Airflow's Helm chart, another one with the same
 * labels, or tags. A page holds totals since the exporter started: what a window brought is the difference of two pages.
 */
import type { UnixSeconds } from '../../../core/facts.js';
import { Aggregator, derived, type WindowObservation } from '../aggregator.js';
import type { Family } from '../families.js';
import type { IntakeOptions } from '../intake.js';
import { KnownNames, NOTHING_KNOWN, type KnownNameList } from '../known-names.js';
import { NameResolver, type ResolvedName } from '../resolver.js';
import { secondsPerUnit, type AirflowVersion } from '../units.js';
import { parsePrometheusText, type PrometheusSample } from './prometheus-text.js';

export interface ExporterCounts {
  readonly pages: number;
  readonly samples: number;
  readonly parseErrors: number;
  readonly capped: ReadonlyMap<string, number>;
}

/** Totals of one series on the last page. */
interface Totals {
  sum: number;
  count: number;
  page: number;
}

/** Names of the Helm chart's mapping (chart/files/statsd-mappings.yml) that mean something else than they say. */
const HELM_NAMES: ReadonlyMap<string, string> = new Map([
  ['dagrun_duration', 'dagrun_duration_success'],
  ['dagrun_failed', 'dagrun_duration_failed'],
]);

/** Labels together must fit into an index entry of PostgreSQL. */
const MAX_LABEL_BYTES = 2048;

/** Exporters turn milliseconds into seconds. */
const EXPORTED_PER_SENT = 0.001;

export class ExporterIntake {
  readonly #options: IntakeOptions;
  readonly #resolver: NameResolver;
  readonly #aggregator: Aggregator;
  readonly #totals = new Map<string, Totals>();
  #known = new KnownNames(NOTHING_KNOWN);
  #version: AirflowVersion | null = null;
  #pages = 0;
  #samples = 0;
  #samplesBefore = 0;
  #parseErrors = 0;

  constructor(options: IntakeOptions, now: UnixSeconds) {
    this.#options = options;
    this.#resolver = new NameResolver(options.prefix, '_');
    this.#aggregator = new Aggregator({ ...options, isPartlyTagged: true }, now);
  }

  know(list: KnownNameList, version: AirflowVersion | null): void {
    this.#known = new KnownNames(list);
    this.#version = version;
  }

  get counts(): ExporterCounts {
    return {
      pages: this.#pages,
      samples: this.#samples,
      parseErrors: this.#parseErrors,
      capped: this.#aggregator.capped,
    };
  }

  /** Reads a page. The first one only sets the totals, except for gauges. */
  receive(page: string): void {
    this.#pages++;
    const increasing = new Map<string, Increasing>();
    const onMalformed = (): void => {
      this.#parseErrors++;
    };
    for (const sample of parsePrometheusText(page, onMalformed)) {
      if (!Number.isFinite(sample.value) || sample.labels.has('quantile')) continue;
      const { base, part } = splitSummary(sample.name);
      const resolved = this.#resolve(base, sample);
      if (resolved === null || (resolved.family.kind === 'timer') !== (part !== null)) continue;
      this.#samples++;
      if (resolved.family.kind === 'gauge') this.#addGauge(resolved, sample.value);
      else collect(increasing, base, part, resolved, sample);
    }
    for (const [key, each] of increasing) this.#addDifference(key, each);
    for (const [key, { page: last }] of this.#totals) if (last < this.#pages) this.#totals.delete(key);
  }

  close(end: UnixSeconds): WindowObservation[] {
    const samples = this.#samples - this.#samplesBefore;
    this.#samplesBefore = this.#samples;
    return [...this.#aggregator.close(end), { ...derived('statsd_samples', end), value: samples }];
  }

  #resolve(name: string, { labels }: PrometheusSample): ResolvedName | null {
    let bytes = 0;
    for (const value of labels.values()) bytes += Buffer.byteLength(value);
    if (bytes + name.length > MAX_LABEL_BYTES) return null;
    const resolved = this.#resolver.resolve(this.#currentName(name, labels), labels, this.#known);
    return typeof resolved === 'string' ? null : resolved;
  }

  /** Without labels, `airflow_dagrun_failed` could be anything; with `dag_id`, it is the chart's. */
  #currentName(name: string, labels: ReadonlyMap<string, string>): string {
    const { prefix } = this.#options;
    const start = prefix === '' ? '' : `${prefix.replaceAll(/[^a-zA-Z0-9_]/g, '_')}_`;
    const helm = labels.has('dag_id') ? HELM_NAMES.get(name.slice(start.length)) : undefined;
    return helm === undefined ? name : `${start}${helm}`;
  }

  #addGauge(resolved: ResolvedName, value: number): void {
    const series = this.#aggregator.seriesOf(resolved);
    if (series === null) this.#aggregator.drop(resolved.family);
    else this.#aggregator.add(series, value, 1, false);
  }

  #addDifference(key: string, { resolved, sum, count }: Increasing): void {
    const former = this.#totals.get(key);
    if (former === undefined && this.#totals.size >= this.#options.maxSeries) {
      this.#aggregator.drop(resolved.family);
      return;
    }
    this.#totals.set(key, { sum, count, page: this.#pages });
    // A series that was not on the page before began at zero; on the first page nobody knows when it began.
    if (former === undefined && this.#pages === 1) return;
    const base = former === undefined || count < former.count ? { sum: 0, count: 0 } : former;
    if (count === base.count) return;
    const series = this.#aggregator.seriesOf(resolved);
    if (series === null) this.#aggregator.drop(resolved.family);
    else {
      const addedSum = (sum - base.sum) * this.#scale(resolved.family);
      this.#aggregator.addTotal(series, addedSum, count - base.count);
    }
  }

  #scale(family: Family): number {
    if (family.kind !== 'timer') return 1;
    return secondsPerUnit(family, 'statsd', this.#version) / EXPORTED_PER_SENT;
  }
}

/** One series of the exporter that only grows: both numbers of a summary, or a counter as both. */
interface Increasing {
  readonly resolved: ResolvedName;
  sum: number;
  count: number;
}

/** Keyed by the exporter's labels, of which ours are fewer (`run_type`): a restart is seen per series. */
function collect(
  increasing: Map<string, Increasing>,
  base: string,
  part: 'sum' | 'count' | null,
  resolved: ResolvedName,
  { labels, value }: PrometheusSample,
): void {
  const key = JSON.stringify([base, ...labels]);
  const each = increasing.get(key) ?? { resolved, sum: 0, count: 0 };
  if (part !== 'count') each.sum = value;
  if (part !== 'sum') each.count = value;
  increasing.set(key, each);
}

/** `x_sum` and `x_count` of a summary; other names end so too, but no family does. */
function splitSummary(name: string): { readonly base: string; readonly part: 'sum' | 'count' | null } {
  if (name.endsWith('_sum')) return { base: name.slice(0, -4), part: 'sum' };
  if (name.endsWith('_count')) return { base: name.slice(0, -6), part: 'count' };
  return { base: name, part: null };
}

import { Counter, Registry } from 'prom-client';
import { METRICS, type MetricDefinition } from '../core/metric-names.js';

/** StatsD intake of one deployment, since the process started. */
export interface StatsdCounts {
  readonly deployment: string;
  readonly packets: number;
  readonly samples: number;
  readonly parseErrors: number;
  readonly dropped: number;
}

type Count = Exclude<keyof StatsdCounts, 'deployment'>;

const COUNTERS: readonly (readonly [MetricDefinition, Count])[] = [
  [METRICS.statsdPackets, 'packets'],
  [METRICS.statsdSamples, 'samples'],
  [METRICS.statsdParseErrors, 'parseErrors'],
  [METRICS.statsdDropped, 'dropped'],
];

/** The `orc_statsd_` counters, read at every scrape. */
export function statsdRegistry(counts: () => readonly StatsdCounts[]): Registry {
  const registry = new Registry();
  for (const [{ name, help, labels }, count] of COUNTERS) {
    new Counter({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const each of counts()) this.inc({ deployment: each.deployment }, each[count]);
      },
    });
  }
  return registry;
}

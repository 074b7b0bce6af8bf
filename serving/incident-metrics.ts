/** Metrics of incidents: their messages, and what people said of them. */
import { Counter, Registry } from 'prom-client';
import type { Notifications, WarningQuality } from '../alerts/index.js';
import { METRICS, type MetricDefinition } from '../core/metric-names.js';
import { formatLabels, formatSample, type Family } from './exposition.js';

export type IncidentCounts = Pick<Notifications, 'counts' | 'notUseful'>;

/** Read at every scrape. */
export function incidentRegistry(incidents: IncidentCounts): Registry {
  const registry = new Registry();
  const options = ({ name, help, labels }: MetricDefinition) => ({
    name,
    help,
    labelNames: labels,
    registers: [registry],
  });
  new Counter({
    ...options(METRICS.notifications),
    collect() {
      this.reset();
      for (const { channel, outcome, count } of incidents.counts()) this.inc({ channel, outcome }, count);
    },
  });
  new Counter({
    ...options(METRICS.incidentFeedback),
    collect() {
      this.reset();
      this.inc({ verdict: 'not_useful' }, incidents.notUseful());
    },
  });
  return registry;
}

/** A deployment of which no warning is judged has no series. */
export function warningFamilies(quality: readonly WarningQuality[]): Family[] {
  if (quality.length === 0) return [];
  const family = (
    { name, type, help }: MetricDefinition,
    valueOf: (of: WarningQuality) => number,
  ): Family => ({
    ...{ name, type, help },
    samples: quality
      .map((of) => formatSample(name, formatLabels([['deployment', of.deployment]]), valueOf(of)))
      .join(''),
  });
  return [
    family(METRICS.warningsJudged, ({ judged }) => judged),
    family(METRICS.warningsRight, ({ right, judged }) => right / judged),
  ];
}

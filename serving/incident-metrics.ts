/** Metrics of incidents: their messages, and what people said of them. */
import { Counter, Registry } from 'prom-client';
import type { Notifications } from '../alerts/index.js';
import { METRICS, type MetricDefinition } from '../core/metric-names.js';

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

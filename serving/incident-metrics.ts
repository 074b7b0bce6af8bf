/** Metrics of incidents: their messages, and what people said of them. */
import { Counter, Registry } from 'prom-client';
import type { Notifications, Standing, WarningQuality } from '../alerts/index.js';
import { METRICS, type MetricDefinition } from '../core/metric-names.js';
import { formatLabels, formatSample, type Family } from './exposition.js';

export type IncidentCounts = Pick<Notifications, 'counts' | 'notUseful' | 'standing'>;

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

/** Null when it is not known: then nothing is told, rather than that all is well. */
export function standingFamilies(standing: Standing | null): Family[] {
  if (standing === null) return [];
  const { open, waiting } = standing;
  const opened = open.map(({ deployment, kind, subject, severity, team, openedAt }) =>
    formatSample(
      METRICS.incidentOpened.name,
      formatLabels([
        ['deployment', deployment],
        ['kind', kind],
        ['subject', subject],
        ['severity', severity],
        ...(team === null ? [] : [['team', team] as const]),
      ]),
      openedAt,
    ),
  );
  const waits = waiting.map(({ channel, count }) =>
    formatSample(METRICS.notificationsWaiting.name, formatLabels([['channel', channel]]), count),
  );
  const family = ({ name, type, help }: MetricDefinition, samples: readonly string[]): Family => ({
    ...{ name, type, help },
    samples: samples.join(''),
  });
  return [family(METRICS.incidentOpened, opened), family(METRICS.notificationsWaiting, waits)];
}

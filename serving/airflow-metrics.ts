/** Metrics of Airflow itself, from what was collected of it. */
import { METRICS, type MetricDefinition } from '../core/metric-names.js';
import type { PoolObservation } from '../core/facts.js';
import { formatLabels, formatSample, type Family } from './exposition.js';
import type { AirflowView } from './live/airflow-follower.js';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What is not known of late has no series. */
export function airflowFamilies({ measurements, pools }: AirflowView): Family[] {
  return [
    family(
      METRICS.airflowHeartbeatAge,
      measurements.flatMap(({ deployment, heartbeatAgeSeconds }) =>
        Object.entries(heartbeatAgeSeconds).map(([component, age]): Sample => [
          { deployment, component },
          age,
        ]),
      ),
    ),
    family(
      METRICS.airflowImportErrors,
      measurements.flatMap(({ deployment, importErrors }): Sample[] =>
        importErrors === null ? [] : [[{ deployment }, importErrors]],
      ),
    ),
    family(METRICS.airflowPoolSlots, pools.flatMap(poolSamples)),
  ];
}

function poolSamples({ deployment, pool, slots, occupiedSlots, ...of }: PoolObservation): Sample[] {
  const states: [string, number][] = [
    ['running', of.runningSlots],
    ['queued', of.queuedSlots],
    ['scheduled', of.scheduledSlots],
    ['deferred', of.deferredSlots],
  ];
  // A pool without a limit (-1) has no open slots to count.
  if (slots >= 0) states.push(['open', slots - occupiedSlots]);
  return states.map(([state, value]): Sample => [{ deployment, pool, state }, value]);
}

function family({ name, type, help }: MetricDefinition, samples: readonly Sample[]): Family {
  const written = samples.map(([labels, value]) =>
    formatSample(name, formatLabels(Object.entries(labels)), value),
  );
  return { name, type, help, samples: written.join('') };
}

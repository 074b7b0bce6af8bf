/** Metrics of actions, from their ledger. */
import { METRICS, type MetricDefinition } from '../core/metric-names.js';
import { formatLabels, formatSample, type Family } from './exposition.js';

/** How often actions of one kind and mode have come to one state. */
export interface ActionMetric {
  readonly deployment: string;
  readonly action: string;
  readonly mode: string;
  readonly outcome: string;
  readonly count: number;
}

/** Actions of one kind that failed of late for one reason. */
export interface ActionFailureMetric {
  readonly deployment: string;
  readonly action: string;
  readonly reason: string;
  readonly count: number;
}

export interface ActionMetrics {
  readonly totals: readonly ActionMetric[];
  readonly failures: readonly ActionFailureMetric[];
}

export function actionFamilies({ totals, failures }: ActionMetrics): Family[] {
  return [
    family(METRICS.actions, totals, ({ deployment, action, mode, outcome }) => ({
      deployment,
      action,
      mode,
      outcome,
    })),
    family(METRICS.actionFailures, failures, ({ deployment, action, reason }) => ({
      deployment,
      action,
      reason,
    })),
  ];
}

function family<T extends { readonly count: number }>(
  { name, type, help }: MetricDefinition,
  counts: readonly T[],
  labelsOf: (one: T) => Readonly<Record<string, string>>,
): Family {
  const samples = counts.map((one) =>
    formatSample(name, formatLabels(Object.entries(labelsOf(one))), one.count),
  );
  return { name, type, help, samples: samples.join('') };
}

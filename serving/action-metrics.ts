/** Metrics of actions, from the counts of their ledger. */
import { Counter, Registry } from 'prom-client';
import { METRICS } from '../core/metric-names.js';

/** Actions of one kind and mode in one state. */
export interface ActionMetric {
  readonly deployment: string;
  readonly action: string;
  readonly mode: string;
  readonly outcome: string;
  readonly count: number;
}

/** Read at every scrape. */
export function actionRegistry(actions: () => readonly ActionMetric[]): Registry {
  const registry = new Registry();
  const { name, help, labels } = METRICS.actions;
  new Counter({
    ...{ name, help, labelNames: labels, registers: [registry] },
    collect() {
      this.reset();
      for (const { count, ...labelled } of actions()) this.inc({ ...labelled }, count);
    },
  });
  return registry;
}

import type { LedgerView } from '../actions/index.js';
import { ACTION_STATES } from '../core/action-terms.js';
import type { Config } from '../core/config/schema.js';
import type { ActionMetric, ActionMetrics } from '../serving/index.js';

/** What `/metrics` tells of actions: what is configured is there at 0; null while the ledger was not read. */
export function actionMetrics(
  { actions, deployments }: Pick<Config, 'actions' | 'deployments'>,
  ledger: LedgerView | null,
): ActionMetrics | null {
  if (ledger === null) return null;
  const metrics = new Map<string, ActionMetric>();
  const add = (metric: ActionMetric): void => {
    const { deployment, action, mode, outcome, count } = metric;
    const key = JSON.stringify([deployment, action, mode, outcome]);
    metrics.set(key, { ...metric, count: (metrics.get(key)?.count ?? 0) + count });
  };
  const configured = [
    { action: 'retry', mode: actions.retry.mode },
    { action: 'trigger', mode: actions.trigger.mode },
    { action: 'resize_pool', mode: actions.pool.mode },
    { action: 'pause', mode: actions.hold.mode },
  ];
  for (const { name: deployment } of deployments)
    for (const outcome of ACTION_STATES)
      for (const one of configured) add({ deployment, ...one, outcome, count: 0 });
  for (const { deployment, kind, mode, state, count } of ledger.totals)
    add({ deployment, action: kind, mode, outcome: state, count });
  return {
    totals: [...metrics.values()],
    failures: ledger.failures.map(({ deployment, kind, reason, count }) => ({
      ...{ deployment, action: kind, reason, count },
    })),
  };
}

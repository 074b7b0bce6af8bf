import { ACTION_STATES, type ActionTotal } from '../actions/index.js';
import type { Config } from '../core/config/schema.js';
import type { ActionMetric } from '../serving/index.js';

/** Counts for `orc_actions_total`: what is configured is there from the start, at 0. */
export function actionMetrics(
  { actions, deployments }: Pick<Config, 'actions' | 'deployments'>,
  totals: readonly ActionTotal[],
): ActionMetric[] {
  const metrics = new Map<string, ActionMetric>();
  const add = (metric: ActionMetric): void => {
    const { deployment, action, mode, outcome, count } = metric;
    const key = JSON.stringify([deployment, action, mode, outcome]);
    metrics.set(key, { ...metric, count: (metrics.get(key)?.count ?? 0) + count });
  };
  const configured = [
    { action: 'retry', mode: actions.retry.mode },
    { action: 'resize_pool', mode: actions.pool.mode },
  ];
  for (const { name: deployment } of deployments)
    for (const outcome of ACTION_STATES)
      for (const one of configured) add({ deployment, ...one, outcome, count: 0 });
  for (const { deployment, kind, mode, state, count } of totals)
    add({ deployment, action: kind, mode, outcome: state, count });
  return [...metrics.values()];
}

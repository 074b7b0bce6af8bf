import { expect, it } from 'vitest';
import { actionMetrics } from '../../cli/action-metrics.js';
import { actionsSchema } from '../../core/config/actions.js';
import { deploymentSchema } from '../../core/config/schema.js';
import { actionFamilies } from '../../serving/action-metrics.js';

it('actions are counted from the start at 0, and add up over their causes', () => {
  const config = {
    actions: actionsSchema.parse({ retry: { mode: 'approve' } }),
    deployments: [deploymentSchema.parse({ name: 'prod', url: 'http://127.0.0.1:1' })],
  };
  const row = { deployment: 'prod', kind: 'retry', mode: 'approve', state: 'done', helped: 1 } as const;
  const counts = [
    { ...row, cause: 'timeout', count: 2 },
    { ...row, cause: 'unknown', count: 3 },
  ] as const;
  const failures = [{ deployment: 'prod', kind: 'retry', reason: 'forbidden', count: 2 }] as const;
  const text = actionFamilies(actionMetrics(config, { totals: counts, failures })!)
    .map(({ samples }) => samples)
    .join('');
  const done = 'orc_actions_total{deployment="prod",action="retry",mode="approve",outcome="done"} 5';
  const proposed = 'orc_actions_total{deployment="prod",action="retry",mode="approve",outcome="proposed"} 0';
  const failed = 'orc_action_failures{deployment="prod",action="retry",reason="forbidden"} 2';
  expect(text.split('\n')).toEqual(expect.arrayContaining([done, proposed, failed]));
  // Counters that began at 0 and then told what the ledger says would seem to jump at every start.
  expect(actionMetrics(config, null)).toBeNull();
});

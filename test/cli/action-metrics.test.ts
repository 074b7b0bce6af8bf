import { expect, it } from 'vitest';
import { actionMetrics } from '../../cli/action-metrics.js';
import { actionsSchema } from '../../core/config/actions.js';
import { deploymentSchema } from '../../core/config/schema.js';
import { actionRegistry } from '../../serving/action-metrics.js';

it('actions are counted from the start at 0, and add up over their causes', async () => {
  const config = {
    actions: actionsSchema.parse({ retry: { mode: 'approve' } }),
    deployments: [deploymentSchema.parse({ name: 'prod', url: 'http://127.0.0.1:1' })],
  };
  const row = { deployment: 'prod', kind: 'retry', mode: 'approve', state: 'done', helped: 1 } as const;
  const counts = [
    { ...row, cause: 'timeout', count: 2 },
    { ...row, cause: 'unknown', count: 3 },
  ] as const;
  const text = await actionRegistry(() => actionMetrics(config, counts)).metrics();
  const done = 'orc_actions_total{deployment="prod",action="retry",mode="approve",outcome="done"} 5';
  const proposed = 'orc_actions_total{deployment="prod",action="retry",mode="approve",outcome="proposed"} 0';
  expect(text.split('\n')).toEqual(expect.arrayContaining([done, proposed]));
});

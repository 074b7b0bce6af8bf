import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkActing } from '../../../cli/checks/acting.js';
import { actionsSchema } from '../../../core/config/actions.js';
import { deploymentSchema } from '../../../core/config/schema.js';
import { silentLogger } from '../../../core/logger.js';
import { WritableAirflow } from '../../actions/airflow/writable-airflow.js';
import { addDag, emptyWorld, pool } from '../../collector/airflow/fake-world.js';

let fake: WritableAirflow;

beforeEach(async () => {
  const world = emptyWorld();
  addDag(world, 'repair', ['mend']);
  world.pools.push(pool('default_pool', 128));
  fake = await new WritableAirflow(world).start();
});
afterEach(() => fake.stop());

async function check(acting: object, starts: readonly string[] = []) {
  const deployment = deploymentSchema.parse({ name: 'prod', url: fake.url, acting });
  const rules = starts.map((start, n) => ({ tag: `t${n}`, classes: ['data'], start }));
  const { trigger } = actionsSchema.parse({ trigger: { rules } });
  return checkActing(deployment, trigger.rules, { logger: silentLogger(), onCheck: () => undefined });
}
const user = () => ({ username: 'viewer', password: fake.password });

it('says nothing where nobody acts', async () => {
  expect(await check({}, ['repair'])).toEqual([]);
});

it('says that the user gets in, and that what rules start is there; changes nothing', async () => {
  expect(await check(user(), ['repair', 'repair'])).toMatchObject([
    { name: 'acting_login', deployment: 'prod', status: 'ok' },
    { name: 'acting_starts', status: 'ok', found: 'the DAGs that rules start are there: repair' },
  ]);
  expect(fake.changes).toEqual([]);
});

it('names a DAG that is not there, and what to do', async () => {
  expect((await check(user(), ['repair', 'repiar']))[1]).toEqual({
    ...{ name: 'acting_starts', deployment: 'prod', status: 'warning' },
    found: 'Airflow has no active DAG repiar: it cannot be started',
    fix: 'Correct `start` in actions.trigger.rules, or deploy the DAG.',
  });
});

it('fails when the user does not get in', async () => {
  const checks = await check({ username: 'viewer', password: 'hunter-2' }, ['repair']);
  expect(checks).toMatchObject([{ name: 'acting_login', status: 'failed' }]);
  expect(checks[0]!.found).not.toContain('hunter-2');
});

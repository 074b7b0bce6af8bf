import { afterEach, beforeEach, expect, it } from 'vitest';
import { sitesOf } from '../../../actions/index.js';
import { configSchema } from '../../../core/config/schema.js';
import { silentLogger } from '../../../core/logger.js';
import { addDag, addRun, emptyWorld, T0 } from '../../collector/airflow/fake-world.js';
import { WritableAirflow } from './writable-airflow.js';

let fake: WritableAirflow;

beforeEach(async () => {
  const world = emptyWorld();
  addDag(world, 'sales', ['extract']);
  addRun(world, 'sales', 'r1', T0, { state: 'failed' });
  fake = await new WritableAirflow(world).start();
});
afterEach(() => fake.stop());

function sites() {
  const user = { username: 'viewer', password: fake.password };
  const { deployments } = configSchema.parse({
    deployments: [
      { name: 'prod', url: fake.url, ...user, acting: user },
      { name: 'test', url: fake.url, ...user },
    ],
  });
  return sitesOf(deployments, { logger: silentLogger() });
}

it('each user logs in once until the sites are closed', async () => {
  const { withSite, readRun, closeSites } = sites();
  const look = async (): Promise<void> => {
    for (let time = 0; time < 3; time++) {
      expect(await withSite('prod')!((site) => site.dag('sales'))).toMatchObject({ isPaused: false });
      expect(await readRun('prod', 'sales', 'r1')).toMatchObject({ state: 'failed' });
    }
  };
  await look();
  expect(fake.logins).toBe(2);
  await closeSites();
  await look();
  expect(fake.logins).toBe(4);
  await closeSites();
});

it('an Airflow that could not be reached is asked again after the sites were closed', async () => {
  const { readRun, closeSites } = sites();
  fake.interfere = () => ({ status: 404 });
  await expect(readRun('prod', 'sales', 'r1')).rejects.toThrow();
  fake.interfere = () => undefined;
  await expect(readRun('prod', 'sales', 'r1')).rejects.toThrow();
  await closeSites();
  expect(await readRun('prod', 'sales', 'r1')).toMatchObject({ state: 'failed' });
  await closeSites();
});

it('nobody acts where no user for that is configured', async () => {
  const { withSite, readRun } = sites();
  expect([withSite('test'), withSite('nowhere')]).toEqual([null, null]);
  expect(await readRun('nowhere', 'sales', 'r1')).toBeNull();
});

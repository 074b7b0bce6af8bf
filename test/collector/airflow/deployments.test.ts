import { afterEach, beforeEach, expect, it } from 'vitest';
import { pollAirflow, type CollectorStatus } from '../../../collector/airflow/index.js';
import { silentLogger } from '../../../core/logger.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { FakeAirflow } from './fake-airflow.js';
import type { FakeWorld } from './fake-rows.js';
import { addDag, addInstance, addRun, emptyWorld, smallWorld, expectedTries } from './fake-world.js';
import { NO_WAIT, deploymentOf } from './harness.js';
import { FakeAirflow2 } from './v1/fake-airflow-2.js';

let temporary: TemporaryDatabase;
const servers: FakeAirflow[] = [];

beforeEach(async () => {
  temporary = await temporaryDatabase();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await temporary.drop();
});

async function serve(fake: FakeAirflow): Promise<FakeAirflow> {
  servers.push(fake);
  return fake.start();
}

/** The same ids as in `smallWorld`, so that only the deployment tells them apart. */
function twinWorld(): FakeWorld {
  const world = emptyWorld(smallWorld().now);
  addDag(world, 'hourly', ['poll']);
  for (const index of [0, 1]) {
    const run = addRun(world, 'hourly', `manual__${index}`, world.now - 7200 + index * 60, {
      run_type: 'manual',
    });
    addInstance(world, run, 'poll', { state: 'failed' });
  }
  return world;
}

/** Polls all at once in this process until each has succeeded `passes` times, or failed as often. */
async function pollAll(
  fakes: Record<string, FakeAirflow>,
  passes: number,
): Promise<Map<string, CollectorStatus>> {
  const statuses = new Map<string, CollectorStatus>();
  await Promise.all(
    Object.entries(fakes).map(([name, fake]) => {
      const controller = new AbortController();
      let waits = 0;
      return pollAirflow(deploymentOf(fake.url, { name }), {
        database: temporary.database,
        logger: silentLogger(),
        clock: () => fake.world.now,
        signal: controller.signal,
        connection: { retryForSeconds: 0 },
        onStatus: (status) => statuses.set(name, status),
        sleep: () => {
          if (++waits >= passes) controller.abort();
          return NO_WAIT();
        },
      });
    }),
  );
  return statuses;
}

async function keysOf(deployment: string): Promise<string[]> {
  const rows = await temporary.database.query<{ key: string }>(
    `SELECT json_build_array(dag_id, run_id, task_id, map_index, try_number, state)::text AS key
     FROM try_fact WHERE deployment = $1`,
    [deployment],
  );
  return rows.map(({ key }) => JSON.stringify(JSON.parse(key))).sort();
}

it('collects from several Airflows of different versions in one process, each on its own', async () => {
  const three = await serve(new FakeAirflow(smallWorld()));
  const two = await serve(new FakeAirflow2(twinWorld()));
  const broken = await serve(new FakeAirflow2(twinWorld()));
  broken.interfere = ({ path }) => (path.endsWith('/dagRuns') ? { status: 500 } : undefined);

  const statuses = await pollAll({ three, two, broken }, 3);

  expect(await keysOf('three')).toEqual(expectedTries(three.world));
  expect(await keysOf('two')).toEqual(expectedTries(two.world));
  expect(await keysOf('broken')).toEqual([]);
  expect(statuses.get('three')).toMatchObject({ state: 'ok', airflowVersion: '3.2.1', errors: {} });
  expect(statuses.get('two')).toMatchObject({ state: 'ok', airflowVersion: '2.11.0', errors: {} });
  expect(statuses.get('broken')).toMatchObject({ state: 'failing', errors: { server_error: 3 } });

  // The third one recovers without disturbing the others.
  broken.interfere = () => undefined;
  await pollAll({ three, two, broken }, 1);
  expect(await keysOf('broken')).toEqual(expectedTries(broken.world));
  expect(await keysOf('two')).toEqual(expectedTries(two.world));
});

/** Incidents that open and close before a round could tell them. */
import { beforeEach, expect, it } from 'vitest';
import { followIncidents } from '../../alerts/incidents/follow.js';
import type { Notifications } from '../../alerts/index.js';
import { silentLogger } from '../../core/logger.js';
import { useWorld } from './harness.js';
import { delivery, NOW } from './sketches.js';

const here = useWorld();
let notifications: Notifications;

beforeEach(async () => {
  await here.world.forget();
  notifications = here.world.start({ dry_run: true, digest: { at: '12:30' } });
});

const pool = { kind: 'pool', dagId: '', labels: { pool: 'etl' } };
const dropped = (): number =>
  notifications.counts().find(({ channel, outcome }) => channel === 'print' && outcome === 'dropped')!.count;

/** Another process follows the incidents, and stops before it tells them. */
async function close(): Promise<void> {
  const { world } = here;
  await followIncidents({
    database: world.database,
    situations: {
      situation: () => Promise.resolve(world.situation),
      runEnds: () => Promise.resolve(world.runEnds),
    },
    clock: () => world.now,
    logger: silentLogger(),
    updateSeconds: 60,
  });
}

it('one that came to nothing is told in the digest alone, and counted', async () => {
  const { world } = here;
  await notifications.takeDelivery(delivery(pool));
  await notifications.takeDelivery(delivery({ ...pool, status: 'resolved' }));
  await world.settle(notifications);
  expect(world.printed).toEqual([]);
  expect(dropped()).toBe(1);
  world.now = NOW + 1801;
  await world.settle(notifications);
  expect(world.printed).toHaveLength(1);
  expect(world.printed[0]).toMatch(/0 incidents open, 1 closed/);
  expect(world.printed[0]).toMatch(/told only here/);
});

it('one that was right is told, once, with what happened', async () => {
  const { world } = here;
  const failed = { alertname: 'OrcDagFailed', severity: 'critical' };
  await notifications.takeDelivery(delivery(failed));
  await notifications.takeDelivery(delivery({ ...failed, status: 'resolved' }));
  world.now += 60;
  world.runEnds = [
    { runId: 'next', failed: false, endedAt: world.now },
    { runId: 'this', failed: true, endedAt: world.now - 30 },
  ];
  await close();
  await world.settle(notifications);
  expect(world.printed.filter((text) => text.includes('recovered'))).toHaveLength(1);
  expect(dropped()).toBe(0);
  const printed = world.printed.length;
  await world.settle(notifications);
  expect(world.printed).toHaveLength(printed);
});

it('one that was over long before a place for it was set up is not told there', async () => {
  const { world } = here;
  const silent = world.start();
  await silent.takeDelivery(delivery(pool));
  await silent.takeDelivery(delivery({ ...pool, status: 'resolved' }));
  await world.settle(silent);
  world.now += 3601;
  await world.settle(notifications);
  const rows = await world.database.query('SELECT FROM notification WHERE incident_id IS NOT NULL');
  expect(rows).toEqual([]);
});

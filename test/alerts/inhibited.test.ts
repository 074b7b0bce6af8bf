/** Alerts whose end Alertmanager does not tell, since it came while they were inhibited. */
import { beforeEach, expect, it } from 'vitest';
import type { Notifications } from '../../alerts/index.js';
import { listOpenIncidents } from '../../alerts/incidents/read-incidents.js';
import { useWorld } from './harness.js';
import { delivery, NOW, type SketchedAlert } from './sketches.js';

const here = useWorld();
let notifications: Notifications;
beforeEach(async () => {
  await here.world.forget();
  notifications = here.world.start({ dry_run: true });
});

const GROUP = { deployment: 'production', dag_id: 'finance' };
const ofGroup = (groupLabels: object, ...alerts: SketchedAlert[]): Promise<unknown> =>
  notifications.takeDelivery({ ...delivery(...alerts), groupLabels });

/** At risk, then failed; the risk eases unheard, and a run succeeds. */
async function failAndRecover(groupLabels: object): Promise<void> {
  const { world } = here;
  await ofGroup(groupLabels, {});
  await world.settle(notifications);
  world.now = NOW + 600;
  await ofGroup(groupLabels, { alertname: 'OrcDagFailed', startsAt: world.now });
  await world.settle(notifications);
  world.now = NOW + 1200;
  world.runEnds = [{ runId: 'next', failed: false, endedAt: world.now }];
  await ofGroup(groupLabels, { alertname: 'OrcDagFailed', startsAt: NOW + 600, status: 'resolved' });
  await world.settle(notifications);
}

it('are over when nothing of their group fires any more', async () => {
  await failAndRecover(GROUP);
  expect(await listOpenIncidents(here.world.database)).toEqual([]);
  expect(here.world.printed.at(-1)).toContain('after the failure');
});

it('go on where the group says nothing about them', async () => {
  await failAndRecover({ alertname: 'OrcDagFailed' });
  expect(await listOpenIncidents(here.world.database)).toMatchObject([{ phase: 'at_risk' }]);
});

it('go on while another of the group fires, and when the news is older than what is known', async () => {
  await ofGroup(GROUP, {});
  here.world.now += 600;
  await ofGroup(GROUP, { severity: 'critical', fingerprint: 'critical' });
  await ofGroup(GROUP, { severity: 'critical', fingerprint: 'critical', status: 'resolved' }, {});
  await ofGroup(GROUP, { startsAt: NOW - 9000, status: 'resolved' });
  await here.world.settle(notifications);
  expect(await listOpenIncidents(here.world.database)).toMatchObject([{ quietSince: null }]);
});

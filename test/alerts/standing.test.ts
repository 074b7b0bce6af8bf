/** What is open and what waits, as `/metrics` tells it. */
import { expect, it } from 'vitest';
import { createStandingFollower } from '../../alerts/incidents/standing.js';
import { silentLogger } from '../../core/logger.js';
import { standingFamilies } from '../../serving/incident-metrics.js';
import { useWorld } from './harness.js';
import { delivery, NOW } from './sketches.js';

const here = useWorld();

it('tells open incidents and messages that could not be sent, and nothing while it is not known', async () => {
  const { world } = here;
  // Nothing listens there; the second message to a channel waits for the first without an attempt.
  const slack = { token: 'xoxb-t', channel: '#data-alerts', api_url: 'http://127.0.0.1:9/api/' };
  const notifications = world.start({ slack });
  await notifications.takeDelivery(
    delivery({ team: 'core' }, { kind: 'pool', dagId: '', labels: { pool: 'etl' } }),
  );
  await notifications.work();
  let isAway = false;
  const follower = createStandingFollower({
    database: {
      query: (...asked) => (isAway ? Promise.reject(new Error('away')) : world.database.query(...asked)),
    },
    channels: ['slack', 'email'],
    logger: silentLogger(),
  });
  expect(standingFamilies(follower.view())).toEqual([]);
  await follower.refresh();
  const samples = standingFamilies(follower.view()).map((family) => family.samples.trimEnd().split('\n'));
  const of = 'orc_incident_opened_timestamp_seconds{deployment="production"';
  expect(samples).toEqual([
    [
      `${of},kind="failure",subject="finance",severity="warning",team="core"} ${NOW}`,
      `${of},kind="pool",subject="etl",severity="warning"} ${NOW}`,
    ],
    ['orc_notifications_waiting{channel="slack"} 1', 'orc_notifications_waiting{channel="email"} 0'],
  ]);
  isAway = true;
  await expect(follower.refresh()).rejects.toThrow('away');
  expect(follower.view()).toBeNull();
});

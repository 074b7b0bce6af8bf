/** Buttons by Socket Mode, through Slack's own client, on a server that speaks it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSocketMode } from '../../alerts/slack/socket-mode.js';
import { hideSecrets } from '../../core/config/hide-secrets.js';
import { notificationsSchema } from '../../core/config/notifications.js';
import { silentLogger } from '../../core/logger.js';
import { useWorld } from './harness.js';
import { delivery } from './sketches.js';
import { APP_TOKEN, SocketModeServer } from './socket-server.js';

const here = useWorld();
let slack: SocketModeServer;
let abort: AbortController;

beforeEach(async () => {
  slack = await SocketModeServer.start();
  abort = new AbortController();
});
afterEach(async () => {
  abort.abort();
  await slack.close();
});

const slackConfig = () => ({
  ...{ token: 'xoxb-t', app_token: APP_TOKEN, channel: '#data-alerts', api_url: slack.url },
});

it('acts on a press as on one over HTTP, acknowledges it, and acts once on an envelope that comes again', async () => {
  const { world } = here;
  await world.forget();
  const notifications = world.start({ slack: slackConfig() });
  const [taken] = await notifications.takeDelivery(delivery({}));
  const id = String(taken!.incidentId);
  const running = notifications.run(abort.signal);
  await slack.until(() => slack.connections.length === 1);
  const [connection] = slack.connections;
  connection!.press('e1', 'orc_not_useful', id);
  connection!.press('e2', 'orc_acknowledge', id);
  await slack.until(() => connection!.received.length === 2);
  connection!.press('e1', 'orc_not_useful', id);
  await slack.until(() => connection!.received.length === 3);
  expect(connection!.acknowledged.sort()).toEqual(['e1', 'e1', 'e2']);
  expect(slack.authorizations).toEqual([`Bearer ${APP_TOKEN}`]);
  const rows = await world.database.query(
    'SELECT user_name, acknowledged_by FROM incident_feedback JOIN incident USING (incident_id)',
  );
  expect(rows).toEqual([{ user_name: 'name-U1', acknowledged_by: 'name-U1' }]);
  expect(notifications.notUseful()).toBe(1);
  abort.abort();
  await running;
  expect(connection!.closeCode).toBe(1000);
});

it('puts buttons on messages although nothing is signed', async () => {
  const { world } = here;
  await world.forget();
  const notifications = world.start({ slack: slackConfig() });
  expect(notifications.takePress).toBeNull();
  await notifications.takeDelivery(delivery({}));
  const sent: string[] = [];
  slack.onMessage = (body) => sent.push(body);
  await world.settle(notifications);
  expect(decodeURIComponent(sent[0]!)).toContain('orc_acknowledge');
});

describe('a connection', () => {
  const taken: string[] = [];
  let fail = false;
  const run = (): Promise<void> => {
    taken.length = 0;
    fail = false;
    return runSocketMode(
      {
        ...{ appToken: APP_TOKEN, apiUrl: slack.url, timeoutSeconds: 5, logger: silentLogger() },
        take: (id, body) => {
          if (fail) return Promise.reject(new Error('the database is away'));
          taken.push(`${id} ${new URLSearchParams(body).get('payload')!.slice(0, 24)}`);
          return Promise.resolve('done');
        },
      },
      abort.signal,
    );
  };

  it('is opened anew when Slack renews it, and when it breaks', async () => {
    const running = run();
    await slack.until(() => slack.connections.length === 1);
    slack.connections[0]!.send({ type: 'disconnect', reason: 'refresh_requested', debug_info: {} });
    await slack.until(() => slack.connections.length === 2);
    expect(slack.connections[0]!.closeCode).toBe(1000);
    slack.connections[1]!.press('e1', 'orc_details', '1');
    await slack.until(() => slack.connections[1]!.received.length === 1);
    expect(slack.connections[1]!.received).toEqual([{ envelope_id: 'e1', payload: {} }]);
    expect(taken).toEqual(['socket:e1 {"type":"block_actions",']);
    expect(slack.authorizations).toHaveLength(2);
    abort.abort();
    await running;
  });

  it('that breaks is opened anew', async () => {
    const running = run();
    await slack.until(() => slack.connections.length === 1);
    slack.connections[0]!.break();
    await slack.until(() => slack.connections.length === 2);
    abort.abort();
    await running;
  });

  it('leaves a press that cannot be kept unacknowledged, so that Slack tells who pressed, and goes on', async () => {
    const running = run();
    await slack.until(() => slack.connections.length === 1);
    const [connection] = slack.connections;
    fail = true;
    connection!.press('lost', 'orc_details', '1');
    connection!.send({ envelope_id: 'other', type: 'events_api', payload: { event: { type: 'message' } } });
    await slack.until(() => connection!.received.length === 1);
    fail = false;
    connection!.press('kept', 'orc_details', '1');
    await slack.until(() => connection!.received.length === 2);
    expect(connection!.acknowledged).toEqual(['other', 'kept']);
    abort.abort();
    await running;
  });

  it.each(['invalid_auth', 'ratelimited', 'internal_error'])(
    'that is refused (%s) neither throws nor holds up the end',
    async (error) => {
      slack.error = error;
      const running = run();
      await slack.until(() => slack.authorizations.length === 1);
      abort.abort();
      await running;
      expect(slack.connections).toEqual([]);
    },
  );

  it('ends while Slack has not greeted yet', async () => {
    slack.greets = false;
    const running = run();
    await slack.until(() => slack.connections.length === 1);
    abort.abort();
    await running;
  });
});

it('needs the bot token too, and is never shown', () => {
  const parsed = notificationsSchema.safeParse({ slack: { app_token: APP_TOKEN } });
  expect(parsed.error?.issues[0]?.message).toContain('`slack.app_token` needs `slack.token`');
  expect(JSON.stringify(hideSecrets({ slack: { app_token: APP_TOKEN } }))).not.toContain(APP_TOKEN);
});

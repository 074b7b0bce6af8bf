/** Buttons: genuine presses, forged ones and replayed ones, over HTTP on a real server. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readFeedback, type Notifications } from '../../alerts/index.js';
import { sign } from '../../alerts/slack/signature.js';
import { createToken } from '../../serving/auth/tokens.js';
import { createServer, type Server } from '../../serving/http/server.js';
import { ask, type Answer } from '../serving/http/request.js';
import { serverOptions } from '../serving/http/harness.js';
import { useWorld } from './harness.js';
import { delivery } from './sketches.js';
import { SlackServer, TOKEN } from './slack-server.js';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const here = useWorld();
let slack: SlackServer;
let notifications: Notifications;
let server: Server;
let url: string;
let operator: string;
let viewer: string;

beforeAll(async () => {
  slack = await SlackServer.start();
  const { world } = here;
  notifications = world.start({
    slack: { token: TOKEN, signing_secret: SECRET, channel: '#data-alerts', api_url: slack.url },
  });
  const clock = () => world.now;
  operator = await createToken(world.database, { name: 'am', role: 'operator', expiresAt: null }, clock);
  viewer = await createToken(world.database, { name: 'look', role: 'viewer', expiresAt: null }, clock);
  server = createServer(serverOptions(world.database, { incidents: notifications, clock }));
  url = await server.listen();
});
afterAll(async () => {
  await server.close();
  await slack.close();
});
beforeEach(async () => {
  await here.world.forget();
  slack.messages.length = 0;
  await notifications.takeDelivery(delivery({}));
  await here.world.settle(notifications);
});

interface Pressing {
  readonly action: string;
  readonly value?: string;
  readonly user?: string;
  readonly secret?: string;
  readonly age?: number;
}

async function incidentId(): Promise<string> {
  const [row] = await here.world.database.query<{ id: number }>(
    'SELECT incident_id::int AS id FROM incident',
  );
  return String(row!.id);
}

async function signedPress({ action, value, user = 'U1', secret = SECRET, age = 0 }: Pressing) {
  const payload = {
    type: 'block_actions',
    user: { id: user, username: `name-${user}` },
    container: { type: 'message' },
    actions: [{ action_id: action, block_id: 'b', value: value ?? (await incidentId()), type: 'button' }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(here.world.now - age));
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': sign(Buffer.from(body), timestamp, secret),
    },
  };
}

const press = async (pressing: Pressing): Promise<Answer> =>
  ask(url, '/slack/interactions', await signedPress(pressing));

describe('genuine presses', () => {
  it('acknowledge: the message says who, once', async () => {
    expect((await press({ action: 'orc_acknowledge' })).status).toBe(200);
    expect((await press({ action: 'orc_acknowledge', user: 'U2' })).status).toBe(200);
    await here.world.settle(notifications);
    expect(slack.roots[0]!.blocks).toContain('acknowledged by name-U1');
  });

  it('snooze: nothing more is said until it is over, of a next incident neither', async () => {
    const { world } = here;
    await press({ action: 'orc_snooze' });
    await world.settle(notifications);
    const before = slack.replies.length;
    expect(slack.roots[0]!.blocks).toContain('snoozed until');
    await notifications.takeDelivery(delivery({ alertname: 'OrcDagFailed', severity: 'critical' }));
    await world.settle(notifications);
    expect(slack.replies).toHaveLength(before);
    world.now += 4 * 3600;
    await world.settle(notifications);
    expect(slack.replies.at(-1)!.text).toContain('A run failed');
  });

  it('not useful: kept once per person', async () => {
    for (const user of ['U1', 'U1', 'U2']) {
      await press({ action: 'orc_not_useful', user });
      here.world.now += 1;
    }
    const rows = await here.world.database.query('SELECT user_id, verdict FROM incident_feedback ORDER BY 1');
    expect(rows).toEqual([
      { user_id: 'U1', verdict: 'not_useful' },
      { user_id: 'U2', verdict: 'not_useful' },
    ]);
  });

  it('not useful: counts in /metrics, once per person, and in what a warning of the DAG costs', async () => {
    const told = async (): Promise<number> => {
      const { text } = await ask(url, '/metrics', { headers: { authorization: `Bearer ${viewer}` } });
      return Number(/^orc_incident_feedback_total\{verdict="not_useful"\} (\d+)$/m.exec(text)![1]);
    };
    const before = await told();
    expect(await readFeedback(here.world.database)).toEqual([]);
    for (const user of ['U1', 'U1', 'U2']) {
      await press({ action: 'orc_not_useful', user });
      here.world.now += 1;
    }
    expect((await told()) - before).toBe(2);
    expect(await readFeedback(here.world.database)).toEqual([
      { deployment: 'production', dagId: 'finance', incidents: 1, notUseful: 1 },
    ]);
  });

  it('details: into the thread, as they are now', async () => {
    const before = slack.replies.length;
    await press({ action: 'orc_details' });
    await here.world.settle(notifications);
    expect(slack.replies).toHaveLength(before + 1);
    expect(slack.replies.at(-1)!.text).toContain('What moves its risk');
  });
});

describe('what is refused, and changes nothing', () => {
  const untouched = async (): Promise<void> => {
    const rows = await here.world.database.query('SELECT acknowledged_by FROM incident');
    expect(rows).toEqual([{ acknowledged_by: null }]);
  };

  it('a forged signature', async () => {
    const answer = await press({ action: 'orc_acknowledge', secret: 'guessed' });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('not that of Slack');
    await untouched();
  });

  it('a body that was changed on the way', async () => {
    const request = await signedPress({ action: 'orc_details' });
    const body = request.body.replace('orc_details', 'orc_acknowledge');
    expect((await ask(url, '/slack/interactions', { ...request, body })).status).toBe(401);
    await untouched();
  });

  it.each([301, -301])('a request of %i s ago', async (age) => {
    const answer = await press({ action: 'orc_acknowledge', age });
    expect(answer.status).toBe(401);
    await untouched();
  });

  it('a request that was acted on before', async () => {
    const request = await signedPress({ action: 'orc_details' });
    expect((await ask(url, '/slack/interactions', request)).status).toBe(200);
    here.world.now += 30;
    const again = await ask(url, '/slack/interactions', request);
    expect(again.status).toBe(401);
    expect(again.text).toContain('acted on before');
    const events = await here.world.database.query(
      `SELECT what FROM incident_event WHERE what = 'details_requested'`,
    );
    expect(events).toHaveLength(1);
  });

  it('a request without a signature', async () => {
    expect((await ask(url, '/slack/interactions', { method: 'POST', body: 'payload={}' })).status).toBe(401);
  });

  it('takes a press on an incident that does not exist for nothing', async () => {
    expect((await press({ action: 'orc_acknowledge', value: '999999' })).status).toBe(200);
    await untouched();
  });
});

describe('POST /api/v1/alerts', () => {
  const post = (token: string | null, body: string): Promise<Answer> =>
    ask(url, '/api/v1/alerts', {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
    });

  it('needs a token of the role operator', async () => {
    const body = JSON.stringify(delivery({}));
    expect((await post(null, body)).status).toBe(401);
    expect((await post(viewer, body)).status).toBe(403);
    expect((await post(operator, body)).json).toMatchObject({ alerts: [{ decision: 'repeated' }] });
  });

  it.each([
    ['{', 'JSON'],
    ['{"version":"3","alerts":[]}', 'at version: expected "4"'],
    ['{"version":"4","alerts":[]}', 'at alerts: expected at least one alert'],
    [
      '{"version":"4","alerts":[{"status":"firing","labels":{},"startsAt":"yesterday"}]}',
      'at alerts.0.startsAt',
    ],
  ])('refuses %s', async (body, message) => {
    const answer = await post(operator, body);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message.replaceAll('"', '\\"'));
  });

  it('refuses a body beyond 4 MB', async () => {
    expect((await post(operator, ' '.repeat(4 * 1024 * 1024 + 1))).status).toBe(413);
  });

  it('accepts no other method, and counts in /metrics', async () => {
    const headers = { authorization: `Bearer ${operator}` };
    expect((await ask(url, '/api/v1/alerts', { headers })).status).toBe(405);
    const metrics = await ask(url, '/metrics', { headers });
    expect(metrics.text).toMatch(/^orc_notifications_total\{channel="slack",outcome="sent"\} [1-9]/m);
    expect(metrics.text).toMatch(/^orc_notifications_total\{channel="email",outcome="sent"\} 0$/m);
  });
});

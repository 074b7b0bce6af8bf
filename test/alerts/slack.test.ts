/** Deliveries to messages, through the real client, on a server that speaks Slack's Web API. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Notifications } from '../../alerts/index.js';
import { useWorld } from './harness.js';
import { delivery, NOW, sketchSituation } from './sketches.js';
import { SlackServer, TOKEN } from './slack-server.js';

const here = useWorld();
let slack: SlackServer;
let notifications: Notifications;

beforeAll(async () => {
  slack = await SlackServer.start();
});
afterAll(() => slack.close());
beforeEach(async () => {
  await here.world.forget();
  slack.mood = 'ok';
  slack.swallowNext = false;
  slack.calls.length = 0;
  slack.messages.length = 0;
  notifications = here.world.start(config());
});

function config(more: object = {}) {
  return {
    slack: {
      token: TOKEN,
      signing_secret: 'secret',
      channel: '#data-alerts',
      api_url: slack.url,
      timeout_seconds: 1,
    },
    teams: [
      { name: 'finance', slack_channel: '#finance' },
      { name: 'lost', slack_channel: '#gone' },
    ],
    ...more,
  };
}

const countOf = (outcome: string): number =>
  notifications.counts().find((c) => c.channel === 'slack' && c.outcome === outcome)!.count;

it('counts from 0', () => {
  expect(notifications.counts().filter(({ channel }) => channel === 'slack')).toEqual(
    ['sent', 'updated', 'failed', 'dropped'].map((outcome) => ({ channel: 'slack', outcome, count: 0 })),
  );
});

it('acts once on five deliveries of one webhook, in one message with its reasons and a thread of details', async () => {
  const decisions = [];
  for (let i = 0; i < 5; i++) decisions.push(...(await notifications.takeDelivery(delivery({}))));
  expect(decisions.map(({ decision }) => decision)).toEqual(['new', ...Array<string>(4).fill('repeated')]);
  await here.world.settle(notifications);
  expect(slack.roots).toHaveLength(1);
  expect(slack.replies).toHaveLength(1);
  expect(slack.replies[0]!.threadTs).toBe(slack.roots[0]!.ts);
  expect(slack.replies[0]!.text).toContain('odds ×4.06');
  const { blocks, channel } = slack.roots[0]!;
  expect(channel).toBe('CDATA-ALERTS');
  for (const text of [
    '72%',
    '6.0 times its usual 12%',
    'Task `load` failed in 3',
    'Look at the connection',
    'finance_report',
  ])
    expect(blocks).toContain(text);
  expect(blocks).toContain('https://airflow.example.com/dags/finance');
  expect(countOf('sent')).toBe(2);
});

it('takes no message too long for Slack, however many DAGs with whatever names wait', async () => {
  const names = Array.from(
    { length: 50 },
    (_, index) => `${String(index).padStart(3, '0')}${'<'.repeat(247)}`,
  );
  here.world.situation = sketchSituation({ downstream: names, downstreamAssets: names });
  await notifications.takeDelivery(delivery({}));
  await here.world.settle(notifications);
  expect(slack.roots).toHaveLength(1);
  expect(slack.replies).toHaveLength(1);
  for (const { blocks } of slack.messages) expect(blocks).toMatch(/Waiting for it\W+000&lt;/);
});

it('changes the message in place as the risk moves, not for less, and closes it with what happened', async () => {
  const { world } = here;
  await notifications.takeDelivery(delivery({}));
  await world.settle(notifications);
  world.situation = sketchSituation({ risk: 0.74 });
  world.now += 120;
  await world.settle(notifications);
  expect(countOf('updated')).toBe(0);
  world.situation = sketchSituation({ risk: 0.9 });
  world.now += 120;
  await world.settle(notifications);
  expect(countOf('updated')).toBe(1);
  expect(slack.roots[0]!.blocks).toContain('90%');

  await notifications.takeDelivery(delivery({ status: 'resolved' }));
  await world.settle(notifications);
  expect(slack.roots[0]!.text).toContain('is less at risk now');
  world.runEnds = [{ runId: 'scheduled__2026-11-25T11:00:00+00:00', failed: false, endedAt: world.now }];
  await world.settle(notifications);
  expect(slack.roots).toHaveLength(1);
  expect(slack.roots[0]!.text).toContain('`finance` succeeded');
  expect(slack.roots[0]!.blocks).not.toContain('orc_acknowledge');
  expect(slack.replies.at(-1)!.text).toContain('succeeded');
});

it('tells of a failure in the same message, and that a later run recovered', async () => {
  const { world } = here;
  await notifications.takeDelivery(delivery({}));
  await world.settle(notifications);
  await notifications.takeDelivery(
    delivery({ status: 'resolved' }, { alertname: 'OrcDagFailed', severity: 'critical' }),
  );
  const failed = { runId: 'scheduled__2026-11-25T11:00:00+00:00', failed: true, endedAt: world.now };
  world.runEnds = [failed];
  await world.settle(notifications);
  expect(slack.roots[0]!.text).toContain('`finance` failed');
  expect(slack.replies.map(({ text }) => text).join('\n')).toContain('connection refused');
  await notifications.takeDelivery(delivery({ alertname: 'OrcDagFailed', status: 'resolved' }));
  world.runEnds = [{ runId: 'next', failed: false, endedAt: world.now + 1 }, failed];
  await world.settle(notifications);
  expect(slack.roots).toHaveLength(1);
  expect(slack.roots[0]!.text).toContain('failed and has recovered');
});

it('waits as long as Slack says when it is rate-limited, and loses nothing', async () => {
  const { world } = here;
  slack.mood = 'ratelimited';
  await notifications.takeDelivery(delivery({}));
  await notifications.work();
  expect(slack.calls).toHaveLength(1);
  slack.mood = 'ok';
  world.now += 16;
  await notifications.work();
  expect(slack.calls).toHaveLength(1);
  world.now += 2;
  await notifications.work();
  expect(slack.roots).toHaveLength(1);
  expect(countOf('failed')).toBe(1);
});

it.each([
  ['down', 'HTTP status 503'],
  ['slow', 'no answer in time'],
  [{ error: 'token_revoked' }, 'token_revoked'],
  [{ error: 'channel_not_found' }, 'channel_not_found'],
] as const)(
  'keeps a message while Slack is %o, says why, and sends it later from another process',
  async (mood, reason) => {
    const { world } = here;
    slack.mood = mood;
    await notifications.takeDelivery(delivery({}));
    await notifications.work();
    expect(countOf('failed')).toBe(1);
    const rows = await world.database.query('SELECT last_error, attempts FROM notification');
    expect(rows).toEqual([{ last_error: reason, attempts: 1 }]);
    expect(slack.messages).toHaveLength(0);
    slack.mood = 'ok';
    world.now += 400;
    await world.settle(world.start(config()));
    expect(slack.roots).toHaveLength(1);
  },
);

it('posts no second message when the answer to the first was lost', async () => {
  const { world } = here;
  slack.swallowNext = true;
  await notifications.takeDelivery(delivery({}));
  await notifications.work();
  expect(slack.roots).toHaveLength(1);
  world.now += 60;
  await world.settle(notifications);
  expect(slack.roots).toHaveLength(1);
  expect(slack.calls.filter(({ body }) => body['thread_ts'] === undefined).length).toBeGreaterThan(1);
});

it('tells a team in its channel, an unknown team and one whose channel is gone in the common one', async () => {
  const { world } = here;
  await notifications.takeDelivery(
    delivery({ dagId: 'a', team: 'finance' }, { dagId: 'b', team: 'nobody' }, { dagId: 'c', team: 'lost' }),
  );
  await world.settle(notifications);
  expect(slack.roots.map(({ channel, text }) => `${channel} ${text}`).sort()).toEqual([
    'CDATA-ALERTS 🟠 `b` is at risk of failing',
    'CDATA-ALERTS 🟠 `c` is at risk of failing',
    'CFINANCE 🟠 `a` is at risk of failing',
  ]);
  expect(slack.roots.find(({ text }) => text.includes('`c`'))!.blocks).toContain(
    '#gone cannot be reached (channel_not_found)',
  );
});

it('leaves a message alone that somebody removed', async () => {
  const { world } = here;
  await notifications.takeDelivery(delivery({}));
  await world.settle(notifications);
  slack.messages.length = 0;
  world.situation = sketchSituation({ risk: 0.9 });
  world.now += 120;
  await world.settle(notifications);
  expect(slack.roots).toHaveLength(0);
  expect(await world.database.query('SELECT finished_reason FROM notification')).toEqual([
    { finished_reason: 'gone' },
  ]);
});

it('holds warnings in quiet hours but nothing critical, and tells in the digest what was over before', async () => {
  const { world } = here;
  notifications = world.start(
    config({ quiet_hours: { from: '11:00', to: '13:00' }, digest: { at: '13:00' } }),
  );
  await notifications.takeDelivery(
    delivery({ dagId: 'held' }, { dagId: 'urgent', severity: 'critical' }, { dagId: 'brief' }),
  );
  await world.settle(notifications);
  expect(slack.roots.map(({ text }) => text)).toEqual(['🔴 `urgent` is at risk of failing']);
  await notifications.takeDelivery(delivery({ dagId: 'brief', status: 'resolved' }));
  const end = { runId: 'scheduled__2026-11-25T11:00:00+00:00', failed: false, endedAt: world.now };
  world.runEnds = [end];
  await world.settle(notifications);
  expect(countOf('dropped')).toBe(1);
  world.now = NOW + 3600;
  await world.settle(notifications);
  const texts = slack.roots.map(({ text }) => text);
  expect(texts).toContain('🟠 `held` is at risk of failing');
  expect(texts.filter((text) => text.includes('brief'))).toEqual([]);
  const digest = slack.roots.find(({ text }) => text.includes('Last day'))!;
  expect(digest.text).toContain('2 incidents open, 1 closed');
  expect(digest.blocks).toContain('told only here');
});

it('prints in a dry run, and sends nothing', async () => {
  const { world } = here;
  notifications = world.start(config({ dry_run: true }));
  await notifications.takeDelivery(delivery({}));
  await world.settle(notifications);
  expect(slack.calls).toHaveLength(0);
  expect(world.printed[0]).toContain('would send to slack #data-alerts');
  expect(world.printed[0]).toContain('finance is at risk of failing');
});

it('never hands the token to anything but the header', async () => {
  await notifications.takeDelivery(delivery({}));
  await here.world.settle(notifications);
  expect(slack.calls.every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true);
  expect(JSON.stringify(slack.calls.map(({ body }) => body))).not.toContain(TOKEN);
});

/** Actions in Slack: told, decided with buttons over HTTP, kept up to date; a real ledger and Slack's own client. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAudit } from '../../actions/audit/index.js';
import { changeAction, findAction, type LedgerAction } from '../../actions/index.js';
import { sign } from '../../alerts/slack/signature.js';
import type { Notifications } from '../../alerts/index.js';
import { createActionSource } from '../../cli/action-source.js';
import { teamsSchema } from '../../core/config/teams.js';
import { createServer, type Server } from '../../serving/http/server.js';
import { addPoolRow, addRow } from '../actions/ledger/rows.js';
import { serverOptions } from '../serving/http/harness.js';
import { ask, type Answer } from '../serving/http/request.js';
import { useWorld } from './harness.js';
import { delivery, NOW, ODD_NAME } from './sketches.js';
import { SlackServer, TOKEN } from './slack-server.js';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TEAMS = [{ name: 'finance', dag_id: 'finance*', slack_channel: '#finance' }];
const here = useWorld();
let slack: SlackServer;
let notifications: Notifications;
let server: Server;
let url: string;
let decided = 0;

const start = (more: object = {}, slackMore: object = {}): Notifications => {
  const { world } = here;
  const access = { token: TOKEN, signing_secret: SECRET, channel: '#data-alerts', api_url: slack.url };
  return world.start({
    slack: { ...access, approvers: ['U100', 'U200'], ...slackMore },
    teams: TEAMS,
    actions: createActionSource({
      database: world.database,
      teams: teamsSchema.parse(TEAMS),
      clock: () => world.now,
      onDecided: () => (decided += 1),
    }),
    ...more,
  });
};

beforeAll(async () => {
  slack = await SlackServer.start();
  notifications = start();
  const clock = () => here.world.now;
  server = createServer(serverOptions(here.world.database, { incidents: notifications, clock }));
  url = await server.listen();
});
afterAll(async () => {
  await server.close();
  await slack.close();
});
beforeEach(async () => {
  await here.world.forget();
  await here.world.database.execute('TRUNCATE action RESTART IDENTITY CASCADE');
  slack.mood = 'ok';
  slack.swallowNext = false;
  slack.onCall = () => undefined;
  slack.forget();
  decided = 0;
});

const settle = (): Promise<void> => here.world.settle(notifications);
const propose = (change: Parameters<typeof addRow>[2] = {}): Promise<LedgerAction> =>
  addRow(here.world.database, here.world.now, change);

async function move(id: number, from: LedgerAction['state'], state: LedgerAction['state'], reason = 'x') {
  const { database, now } = here.world;
  expect(await changeAction(database, id, [from], { state, reason }, 'orc', now)).not.toBeNull();
}

interface Pressing {
  readonly verdict?: 'approve' | 'reject';
  readonly value?: string;
  readonly user?: string;
  readonly secret?: string;
  readonly age?: number;
}

function signed({ verdict = 'approve', value = '1', user = 'U100', secret = SECRET, age = 0 }: Pressing) {
  const payload = {
    type: 'block_actions',
    user: { id: user, username: `name-${user}` },
    channel: { id: 'CDATA-ALERTS', name: 'data-alerts' },
    actions: [{ action_id: `orc_${verdict}`, block_id: 'b', value, type: 'button' }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(here.world.now - age));
  const signature = sign(Buffer.from(body), timestamp, secret);
  return {
    method: 'POST',
    body,
    headers: { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature },
  };
}

const press = (pressing: Pressing = {}): Promise<Answer> => ask(url, '/slack/interactions', signed(pressing));

/** Presses, and waits for what the presser is told: that comes after the answer. */
async function pressInVain(pressing: Pressing): Promise<string> {
  const told = new Promise<void>((resolve) => {
    slack.onCall = () => {
      if (slack.whispers.length > 0) resolve();
    };
  });
  expect((await press(pressing)).status).toBe(200);
  await told;
  const { user, channel, text } = slack.whispers.pop()!;
  expect([user, channel]).toEqual([pressing.user ?? 'U100', 'CDATA-ALERTS']);
  return text;
}

const stateOf = async (id = 1): Promise<LedgerAction> => (await findAction(here.world.database, id))!;

describe('an action that waits', () => {
  it('is told once, with what it is about and buttons, where nobody was warned of it', async () => {
    await propose({ dagId: ODD_NAME, runId: ODD_NAME });
    await settle();
    await settle();
    expect(slack.messages).toHaveLength(1);
    const { text, blocks, channel, threadTs } = slack.messages[0]!;
    expect([channel, threadTs]).toEqual(['CDATA-ALERTS', null]);
    expect(text).toContain(
      'Run again `fin"ance &lt;b&gt;ˋxˋ&lt;/b&gt; {{ ds }} &amp; &lt;!channel&gt; *bold*`: waits for a decision',
    );
    for (const part of [
      'orc_approve',
      'orc_reject',
      '"value":"1"',
      'If approved it is called',
      'Its failure may have passed',
    ])
      expect(blocks).toContain(part);
    expect(text).not.toContain('<!channel>');
  });

  it('is told to its team', async () => {
    await propose({ dagId: 'finance_daily' });
    await settle();
    expect(slack.messages.map(({ channel }) => channel)).toEqual(['CFINANCE']);
  });

  it('is told in the thread of its incident, and to the channel, once that has a message', async () => {
    await notifications.takeDelivery(delivery({ dagId: 'orders' }));
    await settle();
    await propose();
    await settle();
    const message = slack.messages.at(-1)!;
    expect(message.text).toContain('waits for a decision');
    expect(message.threadTs).toBe(slack.roots[0]!.ts);
    expect(slack.calls.at(-1)!.body).toMatchObject({ reply_broadcast: 'true' });
  });

  it('on a pool is told, too', async () => {
    await addPoolRow(here.world.database, NOW, 'etl');
    await settle();
    expect(slack.messages[0]!.text).toContain('Resize pool `etl`: waits for a decision');
  });

  it('is not told when it was decided before, nor what needs no person', async () => {
    await propose({ state: 'shadowed' });
    await propose({ runId: 'r2' });
    slack.mood = 'down';
    await notifications.work();
    await move(2, 'proposed', 'refused');
    slack.mood = 'ok';
    here.world.now += 600;
    await settle();
    expect(slack.messages).toHaveLength(0);
  });

  it('waits for Slack, and is told once although an answer was lost', async () => {
    await propose();
    slack.swallowNext = true;
    await notifications.work();
    here.world.now += 600;
    await settle();
    expect(slack.messages).toHaveLength(1);
    await press();
    await settle();
    expect(slack.messages[0]!.text).toContain('approved by <@U100>');
  });

  it('waits while nobody is to be disturbed', async () => {
    const quiet = start({ quiet_hours: { from: '11:00', to: '13:00' } });
    await propose();
    await here.world.settle(quiet);
    expect(slack.messages).toHaveLength(0);
    here.world.now = NOW + 3601;
    await here.world.settle(quiet);
    expect(slack.messages).toHaveLength(1);
  });

  it('leaves a channel readable: ten wait in it at most, the next follows when one is decided', async () => {
    for (let n = 1; n <= 12; n++) await propose({ runId: `r${n}` });
    await settle();
    expect(slack.messages).toHaveLength(10);
    await press();
    await settle();
    expect(slack.messages).toHaveLength(11);
    expect(slack.messages.at(-1)!.blocks).toContain('`r11`');
  });

  it.each([
    ['without approvers', { approvers: [] }],
    ['without a signing secret', { signing_secret: null }],
  ])('has no buttons %s, and says what to do instead', async (_what, slackMore) => {
    await propose();
    await here.world.settle(start({}, slackMore));
    expect(slack.messages[0]!.blocks).not.toContain('orc_approve');
    expect(slack.messages[0]!.blocks).toContain('`orc actions approve 1`');
  });

  it('is printed in a dry run', async () => {
    await propose();
    await here.world.settle(start({ dry_run: true }));
    expect(slack.calls).toHaveLength(0);
    expect(here.world.printed.join('\n')).toContain('Run again orders: waits for a decision');
  });
});

describe('a press', () => {
  beforeEach(async () => {
    await propose();
    await settle();
  });

  it('of an approver decides, is on record as theirs, and changes the message in place', async () => {
    expect((await press()).status).toBe(200);
    await settle();
    expect(await stateOf()).toMatchObject({
      state: 'approved',
      decidedBy: 'slack:U100',
      reason: 'decided in Slack',
    });
    expect(decided).toBe(1);
    expect(slack.messages).toHaveLength(1);
    expect(slack.messages[0]!.text).toContain('Run again `orders`: approved by <@U100>');
    expect(slack.messages[0]!.blocks).not.toContain('orc_approve');
    const entries = [];
    for await (const { entry } of readAudit(here.world.database))
      entries.push(JSON.parse(entry) as Record<string, unknown>);
    expect(entries.at(-1)).toMatchObject({
      ...{ who: 'slack:U100', what: 'action.approved', request_id: expect.stringMatching(/^v0=/) as string },
    });
  });

  it('rejects as well', async () => {
    await press({ verdict: 'reject', user: 'U200' });
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'rejected', decidedBy: 'slack:U200' });
    expect(slack.messages[0]!.text).toContain('rejected by <@U200>');
  });

  it('is followed by what becomes of it, in the same message', async () => {
    await press();
    await settle();
    await move(1, 'approved', 'calling', 'Airflow is asked');
    await settle();
    expect(slack.messages[0]!.text).toContain('Airflow is asked');
    await move(1, 'calling', 'done', 'Airflow has done it');
    await settle();
    expect(slack.messages[0]!.text).toMatch(/: done$/);
    expect(slack.messages[0]!.blocks).toContain('Approved by <@U100>.');
    await here.world.database.execute('UPDATE action SET helped = true');
    await settle();
    expect(slack.messages[0]!.text).toContain('done, and it helped');
    const calls = slack.calls.length;
    await settle();
    expect([slack.messages.length, slack.calls.length]).toEqual([1, calls]);
  });

  it('is followed by a refusal with its reason', async () => {
    await press();
    await move(1, 'approved', 'refused', 'the budget of 6 an hour is used up');
    await settle();
    expect(slack.messages[0]!.text).toContain('Run again `orders`: refused');
    expect(slack.messages[0]!.blocks).toContain('The budget of 6 an hour is used up');
  });

  it.each([
    ['another person', { verdict: 'reject', user: 'U200' }],
    ['the same person, otherwise', { verdict: 'reject' }],
    ['the same person again', {}],
  ] as const)('of %s comes too late: nothing changes, and who pressed is told', async (_who, pressing) => {
    await press();
    here.world.now += 5;
    expect(await pressInVain(pressing)).toBe('Nothing was changed. Run again `orders`: approved by <@U100>.');
    expect(await stateOf()).toMatchObject({ state: 'approved', decidedBy: 'slack:U100' });
    expect(decided).toBe(1);
  });

  it('of who is no approver changes nothing, and says so to them', async () => {
    expect(await pressInVain({ user: 'U999' })).toContain('`U999` is not among the approvers');
    expect((await stateOf()).state).toBe('proposed');
  });

  it('on an action that does not exist says so', async () => {
    expect(await pressInVain({ value: '77' })).toContain('there is no action `77`');
  });

  it.each([
    ['forged', { secret: 'another' }],
    ['too old', { age: 400 }],
  ])('that is %s changes nothing', async (_what, pressing) => {
    expect((await press(pressing)).status).toBe(401);
    expect((await stateOf()).state).toBe('proposed');
  });

  it('that is replayed changes nothing', async () => {
    const request = signed({});
    expect((await ask(url, '/slack/interactions', request)).status).toBe(200);
    await here.world.database.execute(`UPDATE action SET state = 'proposed', decided_by = 'orc'`);
    expect((await ask(url, '/slack/interactions', request)).status).toBe(401);
    expect((await stateOf()).state).toBe('proposed');
  });

  it('counts although Slack cannot be told why another came too late', async () => {
    await press();
    slack.mood = 'down';
    here.world.now += 5;
    expect((await press({ user: 'U200' })).status).toBe(200);
    expect(await stateOf()).toMatchObject({ decidedBy: 'slack:U100' });
  });
});

it('an approver is named by an id of Slack', () => {
  expect(() => start({}, { approvers: ['alice'] })).toThrow(
    /expected the id of a person in Slack, such as U024BE7LH/,
  );
});

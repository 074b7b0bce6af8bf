/** Actions told in Slack on a real ledger, through Slack's own client and ORC's own server. */
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { changeAction, findAction, type LedgerAction } from '../../actions/index.js';
import type { Notifications } from '../../alerts/index.js';
import { sign } from '../../alerts/slack/signature.js';
import { createActionSource } from '../../cli/action-source.js';
import { teamsSchema } from '../../core/config/teams.js';
import { createServer, type Server } from '../../serving/http/server.js';
import { addRow } from '../actions/ledger/rows.js';
import { serverOptions } from '../serving/http/harness.js';
import { ask, type Answer } from '../serving/http/request.js';
import { useWorld, type World } from './harness.js';
import { SlackServer, TOKEN } from './slack-server.js';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TEAMS = [{ name: 'finance', dag_id: 'finance*', slack_channel: '#finance' }];

export interface Pressing {
  readonly verdict?: 'approve' | 'reject';
  readonly value?: string;
  readonly user?: string;
  readonly secret?: string;
  readonly age?: number;
}

export class ActionWorld {
  slack!: SlackServer;
  notifications!: Notifications;
  /** Decisions that the engine was told of. */
  decided = 0;
  #server!: Server;
  #url = '';

  constructor(private readonly here: { readonly world: World }) {}

  get world(): World {
    return this.here.world;
  }

  start(more: object = {}, slackMore: object = {}): Notifications {
    const { world } = this;
    const access = { token: TOKEN, signing_secret: SECRET, channel: '#data-alerts', api_url: this.slack.url };
    return world.start({
      slack: { ...access, approvers: ['U100', 'U200'], ...slackMore },
      teams: TEAMS,
      actions: createActionSource({
        database: world.database,
        teams: teamsSchema.parse(TEAMS),
        clock: () => world.now,
        onDecided: () => (this.decided += 1),
      }),
      ...more,
    });
  }

  async open(): Promise<void> {
    this.slack = await SlackServer.start();
    this.notifications = this.start();
    const clock = () => this.world.now;
    const options = serverOptions(this.world.database, { incidents: this.notifications, clock });
    this.#server = createServer(options);
    this.#url = await this.#server.listen();
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.slack.close();
  }

  async forget(): Promise<void> {
    await this.world.forget();
    await this.world.database.execute('TRUNCATE action RESTART IDENTITY CASCADE');
    this.slack.mood = 'ok';
    this.slack.swallowNext = false;
    this.slack.onCall = () => undefined;
    this.slack.forget();
    this.decided = 0;
  }

  settle(): Promise<void> {
    return this.world.settle(this.notifications);
  }

  propose(change: Parameters<typeof addRow>[2] = {}): Promise<LedgerAction> {
    return addRow(this.world.database, this.world.now, change);
  }

  async move(id: number, from: LedgerAction['state'], state: LedgerAction['state'], reason = 'x') {
    const { database, now } = this.world;
    expect(await changeAction(database, id, [from], { state, reason }, 'orc', now)).not.toBeNull();
  }

  async stateOf(id = 1): Promise<LedgerAction> {
    return (await findAction(this.world.database, id))!;
  }

  /** A press as Slack sends it. */
  signed({ verdict = 'approve', value = '1', user = 'U100', secret = SECRET, age = 0 }: Pressing) {
    const payload = {
      type: 'block_actions',
      user: { id: user, username: `name-${user}` },
      channel: { id: 'CDATA-ALERTS', name: 'data-alerts' },
      actions: [{ action_id: `orc_${verdict}`, block_id: 'b', value, type: 'button' }],
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const timestamp = String(Math.floor(this.world.now - age));
    const signature = sign(Buffer.from(body), timestamp, secret);
    return {
      method: 'POST',
      body,
      headers: { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature },
    };
  }

  send(request: ReturnType<ActionWorld['signed']>): Promise<Answer> {
    return ask(this.#url, '/slack/interactions', request);
  }

  press(pressing: Pressing = {}): Promise<Answer> {
    return this.send(this.signed(pressing));
  }

  /** Presses, and waits for what the presser is told: that comes after the answer. */
  async pressInVain(pressing: Pressing): Promise<string> {
    const { slack } = this;
    const told = new Promise<void>((resolve) => {
      slack.onCall = () => {
        if (slack.whispers.length > 0) resolve();
      };
    });
    expect((await this.press(pressing)).status).toBe(200);
    await told;
    const { user, channel, text } = slack.whispers.pop()!;
    expect([user, channel]).toEqual([pressing.user ?? 'U100', 'CDATA-ALERTS']);
    return text;
  }
}

/** For the tests of a file, each of which starts anew. */
export function useActionWorld(): ActionWorld {
  const here = new ActionWorld(useWorld());
  beforeAll(() => here.open());
  afterAll(() => here.close());
  beforeEach(() => here.forget());
  return here;
}

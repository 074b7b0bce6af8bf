/** One pass over the actions that people are told of: what waits is told, what was told is kept up to date. */
import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { retrySeconds } from '../delivery/decide-send.js';
import { quietReason } from '../delivery/quiet-hours.js';
import { routesOf, type Addressed } from '../delivery/routes.js';
import type { Channel, Remote, SendOutcome, SendResult } from '../delivery/types.js';
import type { Card, CardContext } from '../messages/card.js';
import { actionCard } from './card.js';
import { decideActionStep, shownOf } from './decide-step.js';
import {
  addMessage,
  findThread,
  listNoted,
  listUnfinishedMessages,
  markDone,
  markShown,
  markUnsent,
} from './store.js';
import type { ActionMessage, ActionSource, ToldAction } from './types.js';

/** Sends messages about actions to one channel. Never rejects. */
export interface ActionTeller {
  readonly channel: Channel;
  /** Whether a press of a button would be heard and could decide. */
  readonly hasButtons: boolean;
  /** @param thread below which to tell it; null for a message of its own */
  open(destination: string, told: ToldCard, thread: Remote | null): Promise<SendResult>;
  update(remote: Remote, told: ToldCard): Promise<SendResult>;
}

export interface ToldCard {
  readonly card: Card;
  /** Whose buttons it has; null for none. */
  readonly actionId: number | null;
  /** The same for every attempt at the same message. */
  readonly key: string;
}

export interface TellOptions extends Addressed {
  readonly database: Database;
  readonly source: ActionSource;
  readonly teller: ActionTeller;
  readonly airflowUrl: CardContext['airflowUrl'];
  /** Wall clock. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly count: (channel: Channel, outcome: SendOutcome) => void;
  /** Until when nothing can be sent through a channel. */
  readonly pauses: Map<Channel, UnixSeconds>;
}

/** Of the messages in one place, so many wait for a decision at most; the next follows when one is decided. */
export const MOST_WAITING = 10;

/** Returns how many messages were sent. */
export async function tellActions(options: TellOptions): Promise<number> {
  const { database, source, teller, clock, pauses } = options;
  const before = await listUnfinishedMessages(database);
  const actions = await source.read(before.map(({ actionId }) => actionId));
  const byId = new Map(actions.map((action) => [action.id, action]));
  const isNew = await noteProposed(options, actions, before, byId);
  const unfinished = isNew ? await listUnfinishedMessages(database) : before;
  const busy = new Set<string>();
  let sent = 0;
  for (const message of unfinished) {
    if (busy.has(message.destination) || (pauses.get(teller.channel) ?? 0) > clock()) continue;
    if (!(await deliver(options, message, byId.get(message.actionId)))) continue;
    sent += 1;
    // Slack takes about one message per second and channel.
    busy.add(message.destination);
  }
  return sent;
}

/** Notes where those that wait are told, the oldest first; whether there is any. */
async function noteProposed(
  options: TellOptions,
  actions: readonly ToldAction[],
  messages: readonly ActionMessage[],
  byId: ReadonlyMap<number, ToldAction>,
): Promise<boolean> {
  const { database, source, teller, clock } = options;
  const proposed = actions.filter(({ state }) => state === 'proposed').sort((a, b) => a.id - b.id);
  if (proposed.length === 0) return false;
  const noted = await listNoted(
    database,
    proposed.map(({ id }) => id),
  );
  const waiting = new Map<string, number>();
  const add = (destination: string): number => {
    const count = (waiting.get(destination) ?? 0) + 1;
    waiting.set(destination, count);
    return count;
  };
  for (const { destination, actionId } of messages)
    if (byId.get(actionId)?.state === 'proposed') add(destination);
  let isNew = false;
  for (const action of proposed.filter(({ id }) => !noted.has(id))) {
    const routes = routesOf(options, await source.teamOf(action));
    for (const { destination } of routes.filter(({ channel }) => channel === teller.channel)) {
      if (add(destination) > MOST_WAITING) continue;
      await addMessage(database, { actionId: action.id, destination }, clock());
      isNew = true;
    }
  }
  return isNew;
}

/** Whether something was sent or tried. */
async function deliver(
  options: TellOptions,
  message: ActionMessage,
  action: ToldAction | undefined,
): Promise<boolean> {
  const { database, config, teller, clock } = options;
  const now = clock();
  const thread =
    message.remote === null && action?.state === 'proposed'
      ? await findThread(database, action, message.destination)
      : null;
  const isSnoozed = (thread?.snoozedUntil ?? 0) > now;
  const isHeld = isSnoozed || quietReason(now, config.quiet_hours) !== null;
  const step = decideActionStep(message, action, isHeld, now);
  if (step.send === 'nothing') return false;
  if (step.send === 'finish') {
    await markDone(database, message, step.reason, now);
    return false;
  }
  const { airflowUrl } = options;
  const context: CardContext = { now, publicUrl: config.public_url, airflowUrl };
  const told: ToldCard = {
    card: actionCard(action!, context, teller.hasButtons),
    actionId: teller.hasButtons && action!.state === 'proposed' ? message.actionId : null,
    key: `orc.action.${message.actionId}.${message.destination}.${Math.floor(message.createdAt)}`,
  };
  const result =
    step.send === 'open'
      ? await teller.open(message.destination, told, thread?.remote ?? null)
      : await teller.update(message.remote!, told);
  await settle(options, message, action!, result, step.send === 'open' ? 'sent' : 'updated');
  return true;
}

async function settle(
  { database, teller, clock, logger, count, pauses }: TellOptions,
  message: ActionMessage,
  action: ToldAction,
  result: SendResult,
  outcome: SendOutcome,
): Promise<void> {
  const now = clock();
  if (result.is === 'sent') {
    count(teller.channel, outcome);
    await markShown(database, message, message.remote ?? result.remote, shownOf(action));
    return;
  }
  count(teller.channel, 'failed');
  const what = { destination: message.destination, action: message.actionId, reason: result.error };
  if (result.is === 'gone') {
    logger.warn(what, 'a message about an action is not there any more; it is left alone');
    await markDone(database, message, 'gone', now);
    return;
  }
  const seconds = (result.is === 'later' ? result.seconds : null) ?? retrySeconds(message.attempts + 1);
  if (result.is === 'later' && result.ofChannel) pauses.set(teller.channel, now + seconds);
  if (message.lastError !== result.error) logger.warn(what, 'a message about an action cannot be sent now');
  await markUnsent(database, message, result.error, now + seconds);
}

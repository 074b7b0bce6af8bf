/** Incidents from the delivery of an alert to its messages, and messages about actions: what serving and the command line hold. */
import type { Clock } from '../core/clock.js';
import type { NotificationsConfig } from '../core/config/notifications.js';
import type { TeamConfig } from '../core/config/teams.js';
import { asLeader } from '../core/database/leader.js';
import type { Database } from '../core/database/port.js';
import { errorMessage } from '../core/errors.js';
import type { UnixSeconds } from '../core/facts.js';
import type { Logger } from '../core/logger.js';
import { createPrintTeller } from './actions/print-teller.js';
import { forgetMessages } from './actions/store.js';
import { tellActions, type ActionTeller } from './actions/tell.js';
import type { ActionSource } from './actions/types.js';
import { deliverDue, type DeliveryOptions, type Pauses } from './delivery/deliver.js';
import { decideDigest } from './delivery/digest-source.js';
import { createEmailSender } from './delivery/email-sender.js';
import { addDigest, lastDigestDay } from './delivery/outbox.js';
import { createPrintSender } from './delivery/print-sender.js';
import { digestRoutes } from './delivery/routes.js';
import { OUTCOMES, type Channel, type Sender, type SendOutcome } from './delivery/types.js';
import { followIncidents } from './incidents/follow.js';
import { takeDelivery, type Taken } from './incidents/intake.js';
import { createStandingFollower, type Standing } from './incidents/standing.js';
import { forgetOld } from './incidents/change-incidents.js';
import type { SituationSource } from './incidents/types.js';
import type { DecisionPress } from './slack/press.js';
import { SIGNATURE_AGE_SECONDS, type SignedRequest } from './slack/signature.js';
import { createActionTeller } from './slack/action-teller.js';
import { decidePress } from './slack/decide-press.js';
import { createSlackSender } from './slack/slack-sender.js';
import { runSocketMode } from './slack/socket-mode.js';
import { takeGenuine, takePress, type PressVerdict } from './slack/take-press.js';

export interface NotificationsOptions {
  readonly database: Database;
  readonly config: NotificationsConfig;
  readonly teams: readonly TeamConfig[];
  readonly situations: SituationSource;
  /** The ledger of actions; none is told without it. */
  readonly actions?: ActionSource;
  readonly airflowUrl: DeliveryOptions['airflowUrl'];
  /** Days for which closed incidents are kept. */
  readonly retentionDays: number;
  /** Wall clock. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where a dry run prints. */
  readonly print: (text: string) => void;
}

/** How many messages had which outcome since the start, each from 0 on. */
export interface NotificationCount {
  readonly channel: Channel;
  readonly outcome: SendOutcome;
  readonly count: number;
}

export interface Notifications {
  /** One delivery of Alertmanager; see {@link takeDelivery} for what it throws. */
  takeDelivery(body: unknown): Promise<Taken[]>;
  /** A press of a button in Slack over HTTP; null when there is no signing secret to verify it with. */
  readonly takePress: ((request: SignedRequest) => Promise<PressVerdict>) | null;
  counts(): readonly NotificationCount[];
  /** Presses of `Not useful` since the start. */
  notUseful(): number;
  /** What is open and waits, as last read by {@link run}; null when it is not known. */
  standing(): Standing | null;
  /** One round now: incidents, outbox and digest. Returns how many messages were sent; null when another process leads. */
  work(): Promise<number | null>;
  /** Rounds until the signal aborts. Never rejects; what fails is logged and tried again. */
  run(signal: AbortSignal): Promise<void>;
}

const LEAD = 'notifications';
/** Slack takes about one message per second and channel. */
const ROUND_MS = 1000;
const TERM_ROUNDS = 60;
/** How often a process that does not lead asks whether it may. */
const STANDBY_MS = 5000;
/** How often open incidents are compared with what is known, unless an alert or a press came. */
const FOLLOW_SECONDS = 10;
const FORGET_SECONDS = 3600;
const DAY_SECONDS = 86_400;

function createSenders({ config, logger, print }: NotificationsOptions): Map<Channel, Sender> {
  const senders = new Map<Channel, Sender>([['print', createPrintSender(print)]]);
  if (config.dry_run) return senders;
  const { slack, email } = config;
  if (slack.token !== null && slack.channel !== null) {
    const { token, channel } = slack;
    const snoozeHours = config.snooze_hours;
    senders.set('slack', createSlackSender({ config: { ...slack, token, channel }, snoozeHours, logger }));
  }
  if (email.host !== null && email.from !== null) {
    const { host, from } = email;
    senders.set('email', createEmailSender({ config: { ...email, host, from }, logger }));
  }
  return senders;
}

/** Null where actions are told nowhere. */
function createTeller({ config, actions, logger, print }: NotificationsOptions): ActionTeller | null {
  if (actions === undefined) return null;
  if (config.dry_run) return createPrintTeller(print);
  const { token, channel } = config.slack;
  return token === null || channel === null
    ? null
    : createActionTeller({ ...config.slack, token, channel }, logger);
}

export function createNotifications(options: NotificationsOptions): Notifications {
  const { database, config, clock, logger } = options;
  const { signing_secret: signingSecret } = config.slack;
  const { actions: source } = options;
  const teller = createTeller(options);
  const counts = new Map<string, NotificationCount>();
  const channels: Channel[] = ['slack', 'email', ...(config.dry_run ? (['print'] as const) : [])];
  const standing = createStandingFollower({ database, channels, logger });
  for (const channel of channels)
    for (const outcome of OUTCOMES) counts.set(`${channel} ${outcome}`, { channel, outcome, count: 0 });
  const delivery: DeliveryOptions = {
    ...options,
    senders: createSenders(options),
    count: (channel, outcome) => {
      const key = `${channel} ${outcome}`;
      counts.set(key, { channel, outcome, count: (counts.get(key)?.count ?? 0) + 1 });
    },
  };
  const pauses: Pauses = new Map();
  let notUseful = 0;
  let followAt: UnixSeconds = -Infinity;
  let forgetAt: UnixSeconds = -Infinity;
  let lastError: string | null = null;
  let wake: () => void = () => undefined;

  function hurry(): void {
    followAt = -Infinity;
    wake();
  }

  const onNotUseful = (): void => {
    notUseful += 1;
  };

  const pressing = {
    ...{ database, clock, snoozeHours: config.snooze_hours, onNotUseful },
    ...(source === undefined
      ? {}
      : {
          onDecision: (press: DecisionPress, requestId: string): Promise<void> =>
            decidePress({ slack: config.slack, source, logger }, press, requestId),
        }),
  };

  async function listenToSlack(signal: AbortSignal): Promise<void> {
    const { app_token: appToken, api_url: apiUrl, timeout_seconds: timeoutSeconds } = config.slack;
    if (appToken === null || config.dry_run) return;
    const take = async (id: string, body: string): Promise<'done' | 'replayed'> => {
      const verdict = await takeGenuine(pressing, id, body);
      if (verdict === 'done') hurry();
      return verdict;
    };
    await runSocketMode({ appToken, apiUrl, timeoutSeconds, take, logger }, signal);
  }

  async function round(): Promise<number> {
    const now = clock();
    if (now >= followAt) {
      followAt = now + FOLLOW_SECONDS;
      await followIncidents({ ...options, updateSeconds: config.update_seconds });
    }
    const { day } = decideDigest(config.digest, await lastDigestDay(database), now);
    if (day !== null) await addDigest(database, day, digestRoutes(options), now);
    if (now >= forgetAt) {
      forgetAt = now + FORGET_SECONDS;
      const closedBefore = now - options.retentionDays * DAY_SECONDS;
      await forgetOld(database, closedBefore, now - 2 * SIGNATURE_AGE_SECONDS);
      await forgetMessages(database, closedBefore);
    }
    const sent = await deliverDue(delivery, pauses);
    if (source === undefined || teller === null) return sent;
    return sent + (await tellActions({ ...delivery, source, teller, pauses }));
  }

  return {
    async takeDelivery(body) {
      const taken = await takeDelivery(options, body);
      hurry();
      return taken;
    },
    takePress:
      signingSecret === null
        ? null
        : async (request) => {
            const verdict = await takePress({ ...pressing, signingSecret }, request);
            if (verdict === 'done') hurry();
            else logger.warn({ reason: verdict }, 'a request for a Slack button was refused');
            return verdict;
          },
    counts: () => [...counts.values()],
    notUseful: () => notUseful,
    standing: () => standing.view(),
    work: async () => (await asLeader(database, LEAD, round))?.result ?? null,
    run: async (signal) => {
      await Promise.all([standing.run(signal), takeTerms(signal), listenToSlack(signal)]);
    },
  };

  async function takeTerms(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => {
      wake();
    });
    while (!signal.aborted) {
      try {
        const led = await asLeader(database, LEAD, () => serveTerm(signal));
        if (led === null) await pause(signal, STANDBY_MS);
      } catch (error) {
        const message = errorMessage(error);
        if (message !== lastError)
          logger.warn({ err: message }, 'incidents cannot be worked on; trying again');
        lastError = message;
        await pause(signal, ROUND_MS);
      }
    }
  }

  /** The lead ends with its connection, which may break unnoticed: it is taken anew after a while. */
  async function serveTerm(signal: AbortSignal): Promise<void> {
    for (let rounds = 0; rounds < TERM_ROUNDS && !signal.aborted; rounds++) {
      await round();
      lastError = null;
      await pause(signal, ROUND_MS);
    }
  }

  function pause(signal: AbortSignal, milliseconds: number): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

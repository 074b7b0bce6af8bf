/** The outbox and what sends from it. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Card } from '../messages/card.js';
import type { Phrase } from '../messages/phrase.js';

export const CHANNELS = ['slack', 'email', 'print'] as const;
export type Channel = (typeof CHANNELS)[number];

/** A place where incidents are told. */
export interface Route {
  readonly channel: Channel;
  /** Slack channel, e-mail addresses parted by `, `, or what a dry run stands for. */
  readonly destination: string;
}

/** Where a message is once it was sent. */
export interface Remote {
  /** Channel of Slack; '' elsewhere. */
  readonly channel: string;
  /** `ts` of Slack, Message-ID of e-mail. */
  readonly id: string;
}

/** One row of the outbox. */
export interface Notification extends Route {
  readonly id: number;
  /** Null for a digest. */
  readonly incidentId: number | null;
  /** `2026-03-05`; null for an incident. */
  readonly digestDay: string | null;
  readonly createdAt: UnixSeconds;
  readonly remote: Remote | null;
  readonly sentRevision: number;
  readonly toldEventId: number;
  /** When the message was first sent. */
  readonly sentAt: UnixSeconds | null;
  /** Failed ones since the last that succeeded. */
  readonly attempts: number;
  readonly notBefore: UnixSeconds | null;
  readonly lastError: string | null;
}

/** What to send. */
export interface Content {
  readonly card: Card;
  /** Above the card in an e-mail, alone in a thread. */
  readonly note: readonly Phrase[];
  /** Null for a digest, which has no buttons. */
  readonly incidentId: number | null;
  /** The same for every attempt at the same message: a repeated one is known by it. */
  readonly key: string;
}

export type SendResult =
  | { readonly is: 'sent'; readonly remote: Remote }
  /** May succeed later; `ofChannel`: nothing at all can be sent there until then (a rate limit). */
  | {
      readonly is: 'later';
      readonly error: string;
      readonly seconds: number | null;
      readonly ofChannel: boolean;
    }
  /** Will not succeed before a person changes something. */
  | { readonly is: 'refused'; readonly error: string }
  /** The message is not there any more, or may not be changed: it is left alone. */
  | { readonly is: 'gone'; readonly error: string };

/** Sends to one channel. Never rejects. */
export interface Sender {
  readonly channel: Channel;
  /** At most one message per pass goes to a destination where this is set: Slack takes one per second and channel. */
  readonly onePerPass: boolean;
  open(destination: string, content: Content): Promise<SendResult>;
  /** In place; null where messages cannot be changed. */
  readonly update: ((remote: Remote, content: Content) => Promise<SendResult>) | null;
  reply(destination: string, remote: Remote, content: Content): Promise<SendResult>;
}

/** What became of attempts; `dropped`: it was over before a round, quiet hours or a snooze let it be told. */
export const OUTCOMES = ['sent', 'updated', 'failed', 'dropped'] as const;
export type SendOutcome = (typeof OUTCOMES)[number];

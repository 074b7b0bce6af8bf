/** What to send next for one row of the outbox. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Incident, IncidentEvent } from '../incidents/types.js';
import { replyLines } from '../messages/reply.js';
import type { Channel, Notification } from './types.js';

export type SendStep =
  | { readonly send: 'open' | 'update' }
  | { readonly send: 'reply'; readonly event: IncidentEvent }
  | { readonly send: 'nothing'; readonly reason: HoldReason }
  /** The row is done with. */
  | { readonly send: 'finish'; readonly reason: FinishReason };

export type HoldReason = 'up_to_date' | 'backing_off' | 'snoozed' | 'quiet_hours' | 'weekend';
export type FinishReason = 'told' | 'over_before_told';

export interface SendContext {
  readonly now: UnixSeconds;
  /** Why warnings wait now; null when they do not. */
  readonly quiet: 'quiet_hours' | 'weekend' | null;
}

/** Events that are worth another e-mail; a risk that moves is not. */
const EMAILED = new Set<IncidentEvent['what']>(['severity_raised', 'failed', 'late', 'closed']);
/** Ends that nobody needs to hear of who never heard of the beginning. */
const UNEVENTFUL = new Set(['succeeded', 'on_time', 'resolved', 'unknown']);

/** First attempts after 5, 10, 20 s and so on, then every five minutes for as long as it takes. */
export function retrySeconds(attempts: number): number {
  return Math.min(300, 5 * 2 ** Math.min(10, Math.max(0, attempts - 1)));
}

/** The next event that the message itself does not tell; those before it need no reply. */
export function nextReply(
  notification: Pick<Notification, 'channel' | 'toldEventId' | 'sentAt'>,
  incident: Incident,
  events: readonly IncidentEvent[],
): IncidentEvent | null {
  return (
    events.find(
      (event) =>
        event.id > notification.toldEventId &&
        isReplied(notification.channel, event, notification.sentAt) &&
        !(notification.channel === 'email' && isOvertaken(event, events)) &&
        replyLines(incident, event).length > 0,
    ) ?? null
  );
}

function isReplied(channel: Channel, { what, at }: IncidentEvent, sentAt: UnixSeconds | null): boolean {
  // The message of an opening says more than the events before it was sent.
  const isNews = sentAt !== null && at > sentAt;
  if (channel === 'email') return isNews && EMAILED.has(what);
  return isNews || what === 'opened';
}

/** A severity that was raised because of what the next e-mail tells needs none of its own. */
function isOvertaken({ id, what }: IncidentEvent, events: readonly IncidentEvent[]): boolean {
  return what === 'severity_raised' && events.some((later) => later.id > id && EMAILED.has(later.what));
}

export function decideSend(
  notification: Notification,
  incident: Incident,
  events: readonly IncidentEvent[],
  { now, quiet }: SendContext,
): SendStep {
  const { notBefore, remote, attempts } = notification;
  if (notBefore !== null && notBefore > now) return { send: 'nothing', reason: 'backing_off' };
  const isClosed = incident.closedAt !== null;
  const held = whyHeld(incident, { now, quiet });
  if (remote === null) {
    if (isClosed && attempts === 0 && UNEVENTFUL.has(incident.outcome?.what ?? ''))
      return { send: 'finish', reason: 'over_before_told' };
    return held === null ? { send: 'open' } : { send: 'nothing', reason: held };
  }
  const event = nextReply(notification, incident, events);
  if (event !== null && (held === null || event.what === 'details_requested'))
    return { send: 'reply', event };
  if (notification.sentRevision < incident.revision && notification.channel !== 'email')
    return { send: 'update' };
  if (event !== null && held !== null) return { send: 'nothing', reason: held };
  return isClosed ? { send: 'finish', reason: 'told' } : { send: 'nothing', reason: 'up_to_date' };
}

/** Snoozing is a person's word and holds everything; quiet hours hold what is not critical. */
function whyHeld(incident: Incident, { now, quiet }: SendContext): HoldReason | null {
  if (incident.snoozedUntil !== null && incident.snoozedUntil > now) return 'snoozed';
  return incident.severity === 'critical' ? null : quiet;
}

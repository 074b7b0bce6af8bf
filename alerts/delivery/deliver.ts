/** One pass over the outbox: sends what is due, and keeps what could not be sent. */
import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import type { Logger } from '../../core/logger.js';
import type { UnixSeconds } from '../../core/facts.js';
import {
  findIncident,
  listAlerts,
  listEvents,
  listEventsOf,
  listIncidents,
  listTellable,
} from '../incidents/read-incidents.js';
import type { Incident, IncidentEvent } from '../incidents/types.js';
import { cardOf, type CardContext } from '../messages/card.js';
import { digestCard } from '../messages/digest.js';
import { replyLines } from '../messages/reply.js';
import { decideSend, retrySeconds, type SendStep } from './decide-send.js';
import { readDigest } from './digest-source.js';
import { addNotifications, listUnfinished, markFailed, markFinished, markSent, type Sent } from './outbox.js';
import { quietReason } from './quiet-hours.js';
import { routesOf, type Addressed } from './routes.js';
import type { Channel, Content, Notification, Sender, SendOutcome, SendResult } from './types.js';

export interface DeliveryOptions extends Addressed {
  readonly database: Database;
  readonly senders: ReadonlyMap<Channel, Sender>;
  /** Address of the Airflow of a deployment; null when it is not configured. */
  readonly airflowUrl: CardContext['airflowUrl'];
  /** Wall clock. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly count: (channel: Channel, outcome: SendOutcome) => void;
}

/** An incident may open and close between two rounds, or while no process leads; longer ago, it is no news. */
const OVER_AT_ONCE_SECONDS = 3600;

/** Until when nothing can be sent through a channel, as its server said; lives as long as the process. */
export type Pauses = Map<Channel, UnixSeconds>;

/** Returns how many messages were sent. */
export async function deliverDue(options: DeliveryOptions, pauses: Pauses): Promise<number> {
  const { database, clock } = options;
  const tellable = await listTellable(database, clock() - OVER_AT_ONCE_SECONDS);
  const routes = tellable.flatMap(({ id, team }) =>
    routesOf(options, team).map((route) => ({ ...route, incidentId: id })),
  );
  await addNotifications(database, routes, clock());
  const unfinished = await listUnfinished(database);
  const about = await readAbout(database, unfinished);
  const busy = new Set<string>();
  let sent = 0;
  for (const notification of unfinished) {
    const sender = options.senders.get(notification.channel);
    const place = `${notification.channel} ${notification.destination}`;
    if (sender === undefined || busy.has(place)) continue;
    if ((pauses.get(notification.channel) ?? 0) > clock()) continue;
    // What is up to date is known from one reading for all; what is sent is read anew, since sending takes its time.
    const known = about(notification);
    if (known !== null && stepOf(options, notification, known).send === 'nothing') continue;
    if (!(await deliver(options, pauses, sender, notification))) continue;
    sent += 1;
    if (sender.onePerPass) busy.add(place);
  }
  return sent;
}

interface About {
  readonly incident: Incident;
  readonly events: readonly IncidentEvent[];
}

/** The incidents of these messages with their events; null for a digest. */
async function readAbout(
  database: Database,
  unfinished: readonly Notification[],
): Promise<(notification: Notification) => About | null> {
  const ids = [...new Set(unfinished.flatMap(({ incidentId }) => incidentId ?? []))];
  if (ids.length === 0) return () => null;
  const [incidents, events] = await Promise.all([listIncidents(database, ids), listEventsOf(database, ids)]);
  const byId = new Map(incidents.map((incident) => [incident.id, incident]));
  return ({ incidentId }) => {
    const incident = incidentId === null ? undefined : byId.get(incidentId);
    return incident === undefined ? null : { incident, events: events.get(incident.id) ?? [] };
  };
}

function stepOf({ clock, config }: DeliveryOptions, notification: Notification, about: About): SendStep {
  const now = clock();
  const quiet = quietReason(now, config.quiet_hours);
  return decideSend(notification, about.incident, about.events, { now, quiet });
}

/** Whether something was sent or tried. */
async function deliver(
  options: DeliveryOptions,
  pauses: Pauses,
  sender: Sender,
  notification: Notification,
): Promise<boolean> {
  if (notification.incidentId === null) return deliverDigest(options, pauses, sender, notification);
  const { database, clock, count } = options;
  const incident = await findIncident(database, notification.incidentId);
  if (incident === null) return false;
  const events = await listEvents(database, incident.id);
  const step = stepOf(options, notification, { incident, events });
  if (step.send === 'nothing') return false;
  if (step.send === 'finish') {
    if (step.reason === 'over_before_told') count(notification.channel, 'dropped');
    await markFinished(database, notification.id, step.reason, clock());
    return false;
  }
  const event = step.send === 'reply' ? step.event : null;
  const content = await contentOf(options, notification, incident, event);
  const { destination, remote } = notification;
  const result =
    step.send === 'open'
      ? await sender.open(destination, content)
      : step.send === 'reply'
        ? await sender.reply(destination, remote!, content)
        : await sender.update!(remote!, content);
  await settle(options, pauses, notification, result, {
    revision: event === null ? incident.revision : null,
    eventId: event?.id ?? null,
    outcome: step.send === 'update' ? 'updated' : 'sent',
  });
  return true;
}

async function contentOf(
  { database, config, airflowUrl, clock }: DeliveryOptions,
  { id, createdAt }: Notification,
  incident: Incident,
  event: IncidentEvent | null,
): Promise<Content> {
  const alerts = await listAlerts(database, incident.id);
  const context: CardContext = { now: clock(), publicUrl: config.public_url, airflowUrl };
  return {
    card: cardOf(incident, alerts, context),
    note: event === null ? [] : replyLines(incident, event),
    incidentId: incident.id,
    key: `orc.${id}.${Math.floor(createdAt)}${event === null ? '' : `.${event.id}`}`,
  };
}

async function deliverDigest(
  options: DeliveryOptions,
  pauses: Pauses,
  sender: Sender,
  notification: Notification,
): Promise<boolean> {
  const { database, clock } = options;
  const now = clock();
  if (notification.notBefore !== null && notification.notBefore > now) return false;
  if (notification.remote !== null) {
    await markFinished(database, notification.id, 'told', now);
    return false;
  }
  const digest = await readDigest(database, notification, now);
  if (digest.incidents.length === 0) {
    await markFinished(database, notification.id, 'nothing_to_tell', now);
    return false;
  }
  const content: Content = {
    card: digestCard(digest, options.config.public_url),
    note: [],
    incidentId: null,
    key: `orc.${notification.id}.${Math.floor(notification.createdAt)}`,
  };
  const result = await sender.open(notification.destination, content);
  await settle(options, pauses, notification, result, { revision: 1, eventId: null, outcome: 'sent' });
  return true;
}

type Attempt = Pick<Sent, 'revision' | 'eventId'> & { readonly outcome: 'sent' | 'updated' };

async function settle(
  { database, clock, logger, count }: DeliveryOptions,
  pauses: Pauses,
  { id, channel, destination, attempts, lastError, incidentId }: Notification,
  result: SendResult,
  { revision, eventId, outcome }: Attempt,
): Promise<void> {
  const now = clock();
  if (result.is === 'sent') {
    count(channel, outcome);
    await markSent(database, id, { remote: result.remote, revision, eventId, now });
    return;
  }
  count(channel, 'failed');
  const what = { channel, destination, incident: incidentId, reason: result.error };
  if (result.is === 'gone') {
    logger.warn(what, 'a message is not there any more, or may not be changed; it is left alone');
    await markFinished(database, id, 'gone', now);
    return;
  }
  const seconds = (result.is === 'later' ? result.seconds : null) ?? retrySeconds(attempts + 1);
  if (result.is === 'later' && result.ofChannel) pauses.set(channel, now + seconds);
  if (lastError !== result.error) {
    if (result.is === 'refused') logger.error(what, 'a message is refused; it waits until that is repaired');
    else logger.warn(what, 'a message cannot be sent now; it waits');
  }
  await markFailed(database, id, result.error, now + seconds);
}

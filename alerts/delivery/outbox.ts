/** The outbox in the database: what is unsent stays there until it is sent. */
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { FinishReason } from './decide-send.js';
import type { Notification, Remote, Route } from './types.js';

type Store = Pick<Database, 'query' | 'execute'>;

interface Row extends Record<string, unknown> {
  readonly remote_channel: string | null;
  readonly remote_id: string | null;
}

const epoch = (column: string, name: string): string =>
  `extract(epoch FROM ${column})::double precision AS "${name}"`;

const COLUMNS = `notification_id::int AS id, incident_id::int AS "incidentId", digest_day::text AS "digestDay", channel, destination,
  ${epoch('created_at', 'createdAt')}, remote_channel, remote_id, sent_revision AS "sentRevision", told_event_id::int AS "toldEventId",
  ${epoch('sent_at', 'sentAt')}, attempts, ${epoch('not_before', 'notBefore')}, last_error AS "lastError"`;

/** Where an incident is told. */
export interface IncidentRoute extends Route {
  readonly incidentId: number;
}

/** Notes that incidents are told in these places; those noted already stay as they are. */
export async function addNotifications(
  store: Store,
  routes: readonly IncidentRoute[],
  now: UnixSeconds,
): Promise<void> {
  if (routes.length === 0) return;
  await store.execute(
    `INSERT INTO notification (incident_id, channel, destination, created_at)
     SELECT incident_id, channel, destination, to_timestamp($4::double precision)
     FROM unnest($1::bigint[], $2::text[], $3::text[]) AS route (incident_id, channel, destination)
     ON CONFLICT DO NOTHING`,
    [
      routes.map(({ incidentId }) => incidentId),
      routes.map(({ channel }) => channel),
      routes.map(({ destination }) => destination),
      now,
    ],
  );
}

/** Notes that the digest of a day is told in these places; those noted already stay as they are. */
export async function addDigest(
  store: Store,
  day: string,
  routes: readonly Route[],
  now: UnixSeconds,
): Promise<void> {
  for (const { channel, destination } of routes) {
    await store.execute(
      `INSERT INTO notification (digest_day, channel, destination, created_at)
       VALUES ($1::date, $2, $3, to_timestamp($4::double precision)) ON CONFLICT DO NOTHING`,
      [day, channel, destination, now],
    );
  }
}

/** Rows with something left to send: first those of which nothing was sent, then by age. */
export async function listUnfinished(store: Store): Promise<Notification[]> {
  const rows = await store.query<Row>(
    `SELECT ${COLUMNS} FROM notification WHERE finished_at IS NULL ORDER BY remote_id IS NOT NULL, notification_id`,
  );
  return rows.map(({ remote_channel, remote_id, ...row }) => ({
    ...(row as unknown as Omit<Notification, 'remote'>),
    remote: remote_id === null ? null : { channel: remote_channel ?? '', id: remote_id },
  }));
}

export interface Sent {
  /** Null keeps the one known. */
  readonly remote: Remote | null;
  /** What was shown; null when a reply was sent. */
  readonly revision: number | null;
  /** The last event told by it; null when it told none. */
  readonly eventId: number | null;
  readonly now: UnixSeconds;
}

export async function markSent(store: Store, id: number, sent: Sent): Promise<void> {
  await store.execute(
    `UPDATE notification SET remote_channel = coalesce($2, remote_channel), remote_id = coalesce($3, remote_id),
       sent_revision = coalesce($4, sent_revision), told_event_id = coalesce($5, told_event_id),
       sent_at = coalesce(sent_at, to_timestamp($6::double precision)), attempts = 0, not_before = NULL, last_error = NULL
     WHERE notification_id = $1`,
    [id, sent.remote?.channel ?? null, sent.remote?.id ?? null, sent.revision, sent.eventId, sent.now],
  );
}

export async function markFailed(
  store: Store,
  id: number,
  error: string,
  notBefore: UnixSeconds,
): Promise<void> {
  await store.execute(
    `UPDATE notification SET attempts = attempts + 1, not_before = to_timestamp($2::double precision), last_error = $3
     WHERE notification_id = $1`,
    [id, notBefore, error],
  );
}

export async function markFinished(
  store: Store,
  id: number,
  reason: FinishReason | 'gone' | 'nothing_to_tell',
  now: UnixSeconds,
): Promise<void> {
  await store.execute(
    `UPDATE notification SET finished_at = to_timestamp($2::double precision), finished_reason = $3 WHERE notification_id = $1`,
    [id, now, reason],
  );
}

/** The last day of which a digest was made; null before the first. */
export async function lastDigestDay(store: Store): Promise<string | null> {
  const [row] = await store.query<{ day: string | null }>(
    'SELECT max(digest_day)::text AS day FROM notification',
  );
  return row?.day ?? null;
}

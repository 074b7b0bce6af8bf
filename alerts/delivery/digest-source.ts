/** When a digest is due, and what it is of. */
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { listIncidentsSince } from '../incidents/read-incidents.js';
import type { Digest } from '../messages/digest.js';
import { localTime, minutesOf } from '../../core/local-time.js';
import type { Notification } from './types.js';

const DAY_SECONDS = 86_400;
/** Later than this on the same day, a digest is no news any more. */
const LATEST_MINUTES = 360;
/** More incidents than any message names; the counts are of these. */
const MOST_INCIDENTS = 1000;

/** The day whose digest is due; null, with the reason, when none is. Pure. */
export function decideDigest(
  { at, time_zone }: NotificationsConfig['digest'],
  lastDay: string | null,
  now: UnixSeconds,
): { readonly day: string | null; readonly reason: 'due' | 'off' | 'made' | 'too_early' | 'too_late' } {
  if (at === null) return { day: null, reason: 'off' };
  const { day, minutes } = localTime(now, time_zone);
  if (lastDay !== null && lastDay >= day) return { day: null, reason: 'made' };
  const late = minutes - minutesOf(at);
  if (late < 0) return { day: null, reason: 'too_early' };
  return late > LATEST_MINUTES ? { day: null, reason: 'too_late' } : { day, reason: 'due' };
}

/** The day before the digest was made, for one place: incidents that it is told, or would have been. */
export async function readDigest(
  database: Pick<Database, 'query'>,
  { channel, destination, createdAt }: Pick<Notification, 'channel' | 'destination' | 'createdAt'>,
  now: UnixSeconds,
): Promise<Digest> {
  const from = createdAt - DAY_SECONDS;
  const told = await database.query<{ id: number; untold: boolean }>(
    `SELECT incident_id::int AS id, coalesce(finished_reason = 'over_before_told', false) AS untold
     FROM notification WHERE incident_id IS NOT NULL AND channel = $1 AND destination = $2`,
    [channel, destination],
  );
  const [counts] = await database.query<{ waiting: number; not_useful: number }>(
    `SELECT (SELECT count(*)::int FROM notification WHERE finished_at IS NULL AND last_error IS NOT NULL) AS waiting,
       (SELECT count(DISTINCT incident_id)::int FROM incident_feedback
        WHERE given_at >= to_timestamp($1::double precision)) AS not_useful`,
    [from],
  );
  const here = new Map(told.map(({ id, untold }) => [id, untold]));
  const incidents = await listIncidentsSince(database, from, MOST_INCIDENTS);
  return {
    from,
    to: now,
    incidents: incidents.filter(({ id }) => here.has(id)),
    untold: new Set([...here].filter(([, untold]) => untold).map(([id]) => id)),
    waiting: counts!.waiting,
    notUseful: counts!.not_useful,
  };
}

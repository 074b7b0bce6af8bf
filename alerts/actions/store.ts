/** Messages about actions in the database: what is unsent stays there until it is sent. */
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Remote } from '../delivery/types.js';
import type { ActionMessage, ToldAction } from './types.js';

type Store = Pick<Database, 'query' | 'execute'>;
type Key = Pick<ActionMessage, 'actionId' | 'destination'>;

interface Row extends Record<string, unknown> {
  readonly remoteChannel: string | null;
  readonly remoteId: string | null;
}

/** Those noted already stay as they are. */
export async function addMessage(
  store: Store,
  { actionId, destination }: Key,
  now: UnixSeconds,
): Promise<void> {
  await store.execute(
    `INSERT INTO action_message (action_id, destination, created_at)
     VALUES ($1, $2, to_timestamp($3::double precision)) ON CONFLICT DO NOTHING`,
    [actionId, destination, now],
  );
}

/** Of these ids, those that were ever told, or are to be. */
export async function listNoted(store: Store, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await store.query<{ id: number }>(
    'SELECT DISTINCT action_id::int AS id FROM action_message WHERE action_id = ANY ($1::bigint[])',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Messages with something left to send, the oldest first. */
export async function listUnfinishedMessages(store: Store): Promise<ActionMessage[]> {
  const rows = await store.query<Row>(
    `SELECT action_id::int AS "actionId", destination, extract(epoch FROM created_at)::double precision AS "createdAt",
       remote_channel AS "remoteChannel", remote_id AS "remoteId", shown, attempts,
       extract(epoch FROM not_before)::double precision AS "notBefore", last_error AS "lastError"
     FROM action_message WHERE finished_at IS NULL ORDER BY action_id, destination`,
  );
  return rows.map(({ remoteChannel, remoteId, ...row }) => ({
    ...(row as unknown as Omit<ActionMessage, 'remote'>),
    remote: remoteId === null ? null : { channel: remoteChannel ?? '', id: remoteId },
  }));
}

export async function markShown(
  store: Store,
  { actionId, destination }: Key,
  remote: Remote,
  shown: string,
): Promise<void> {
  await store.execute(
    `UPDATE action_message SET remote_channel = $3, remote_id = $4, shown = $5, attempts = 0, not_before = NULL, last_error = NULL
     WHERE action_id = $1 AND destination = $2`,
    [actionId, destination, remote.channel, remote.id, shown],
  );
}

export async function markUnsent(
  store: Store,
  { actionId, destination }: Key,
  error: string,
  notBefore: UnixSeconds,
): Promise<void> {
  await store.execute(
    `UPDATE action_message SET attempts = attempts + 1, last_error = $3, not_before = to_timestamp($4::double precision)
     WHERE action_id = $1 AND destination = $2`,
    [actionId, destination, error, notBefore],
  );
}

export async function markDone(
  store: Store,
  { actionId, destination }: Key,
  reason: string,
  now: UnixSeconds,
): Promise<void> {
  await store.execute(
    `UPDATE action_message SET finished_reason = $3, finished_at = to_timestamp($4::double precision)
     WHERE action_id = $1 AND destination = $2`,
    [actionId, destination, reason, now],
  );
}

/** Removes messages that were done with long ago. */
export async function forgetMessages(store: Store, finishedBefore: UnixSeconds): Promise<void> {
  await store.execute('DELETE FROM action_message WHERE finished_at < to_timestamp($1::double precision)', [
    finishedBefore,
  ]);
}

/** The open incident of the same DAG or pool. */
export interface IncidentThread {
  /** Its message in this place; null where it has none. */
  readonly remote: Remote | null;
  readonly snoozedUntil: UnixSeconds | null;
}

export async function findThread(
  store: Store,
  { deployment, dagId, pool }: ToldAction,
  destination: string,
): Promise<IncidentThread | null> {
  const [row] = await store.query<Row & { snoozedUntil: number | null }>(
    `SELECT n.remote_channel AS "remoteChannel", n.remote_id AS "remoteId",
       extract(epoch FROM i.snoozed_until)::double precision AS "snoozedUntil"
     FROM incident i
     LEFT JOIN notification n ON n.incident_id = i.incident_id AND n.channel = 'slack' AND n.destination = $4
     WHERE i.deployment = $1 AND i.kind = $2 AND i.subject = $3 AND i.closed_at IS NULL`,
    [deployment, pool === null ? 'failure' : 'pool', pool ?? dagId, destination],
  );
  if (row === undefined) return null;
  const { remoteChannel, remoteId, snoozedUntil } = row;
  return { remote: remoteId === null ? null : { channel: remoteChannel ?? '', id: remoteId }, snoozedUntil };
}

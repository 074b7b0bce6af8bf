/** The partitions of `platform_fact`: one per day of event time, in UTC. */
import type { Queryable } from '../database/port.js';
import type { UnixSeconds } from '../facts.js';
import { statement } from './sql.js';

const LOCK = statement('lock');

export const DAY_SECONDS = 86_400;

/** The day of a time, counted from 1970-01-01. */
export function dayOf(time: UnixSeconds): number {
  return Math.floor(time / DAY_SECONDS);
}

/** Makes the partitions of these days; inside a transaction, which takes the lock of the fact log. */
export async function preparePlatformDays(connection: Queryable, days: Iterable<number>): Promise<void> {
  await connection.query(LOCK);
  for (const day of days) {
    await connection.query('SELECT ensure_platform_partition($1::date)', [isoDate(day)]);
  }
}

/** Deletes all facts of the days before `firstKept` and returns how many days that were; inside a transaction, as above. */
export async function dropPlatformDays(connection: Queryable, firstKept: number): Promise<number> {
  await connection.query(LOCK);
  const [row] = await connection.query<{ dropped: number }>(
    'SELECT drop_platform_partitions($1::date) AS dropped',
    [isoDate(firstKept)],
  );
  return row!.dropped;
}

function isoDate(day: number): string {
  return new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

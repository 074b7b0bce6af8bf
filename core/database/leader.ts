/** One leader among the processes that share a database. */
import type { Database } from './port.js';

/**
 * Works while holding an advisory lock of PostgreSQL, which ends with its connection: a process that dies gives the lead up at
 * once. Returns null, without doing anything, when another process leads.
 *
 * @param task name of what there is one leader for.
 */
export function asLeader<T>(
  database: Database,
  task: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | null> {
  return database.session(async (connection) => {
    const [row] = await connection.query<{ is_leader: boolean }>(
      `SELECT pg_try_advisory_lock(${KEY}) AS is_leader`,
      [task],
    );
    if (!row!.is_leader) return null;
    try {
      return { result: await work() };
    } finally {
      // The server notices the end of a connection a little later, and who asks next would be turned away.
      await connection.query(`SELECT pg_advisory_unlock(${KEY})`, [task]).catch(() => undefined);
    }
  });
}

const KEY = `hashtextextended('orc.leader.' || $1, 0)`;

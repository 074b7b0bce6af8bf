/** What holds for all actions: the salt of the hold-out and the stop switch. */
import { randomBytes } from 'node:crypto';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { auditLog } from '../audit/index.js';
import { unixSeconds } from './columns.js';

const SALT = 'SELECT salt FROM action_control';

/** The salt of the hold-out: made once per store. */
export async function readSalt(database: Pick<Database, 'query' | 'execute'>): Promise<Buffer> {
  const [known] = await database.query<{ salt: Buffer }>(SALT);
  if (known !== undefined) return known.salt;
  const made = randomBytes(32);
  await database.execute('INSERT INTO action_control (salt) VALUES ($1) ON CONFLICT DO NOTHING', [made]);
  const [row] = await database.query<{ salt: Buffer }>(SALT);
  return row!.salt;
}

export interface Stop {
  readonly by: string;
  readonly at: UnixSeconds;
}

/** Null when the stop switch is not pulled. */
export async function readStop(database: Pick<Database, 'query'>): Promise<Stop | null> {
  const [row] = await database.query<{ by: string; at: number }>(
    `SELECT stopped_by AS by, ${unixSeconds('stopped_at', 'at')} FROM action_control WHERE stopped_at IS NOT NULL`,
  );
  return row ?? null;
}

/**
 * Pulls the stop switch, or lets go of it; it holds across restarts. Returns false when it was so already.
 *
 * @param requestId of the request that asked for it; kept in the audit trail
 */
export async function setStopped(
  database: Database,
  isStopped: boolean,
  who: string,
  now: UnixSeconds,
  requestId: string | null = null,
): Promise<boolean> {
  await readSalt(database);
  return database.transaction(async (connection) => {
    const changed = await connection.execute(
      `UPDATE action_control SET stopped_at = CASE WHEN $1 THEN to_timestamp($2) END, stopped_by = CASE WHEN $1 THEN $3 END
       WHERE (stopped_at IS NOT NULL) <> $1`,
      [isStopped, now, who],
    );
    if (changed === 0) return false;
    await auditLog.append(
      {
        ...{ at: now, deployment: null, who, what: isStopped ? 'actions.stop' : 'actions.resume' },
        ...{ why: 'the stop switch', before: { stopped: !isStopped }, after: { stopped: isStopped } },
        requestId,
      },
      connection,
    );
    return true;
  });
}

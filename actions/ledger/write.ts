/** Changes of the ledger: each with its audit entry and its count in one transaction. */
import type { ActionState } from '../../core/action-terms.js';
import type { Database, Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { auditLog } from '../audit/index.js';
import { ACTION_COLUMNS, type ActionRow } from './columns.js';
import type { Change, LedgerAction, NewAction } from './types.js';

/** Who decides when nobody does. */
export const ORC = 'orc';

/** Writes an action as it was decided, unless the ledger has one of this kind for the incident; null then. */
export async function addAction(
  database: Database,
  action: NewAction,
  now: UnixSeconds,
): Promise<LedgerAction | null> {
  return (await addActions(database, [action], now))[0] ?? null;
}

/** Writes what was decided about one incident, all or nothing, without those that the ledger has already; returns what was written. */
export async function addActions(
  database: Database,
  actions: readonly NewAction[],
  now: UnixSeconds,
): Promise<LedgerAction[]> {
  if (actions.length === 0) return [];
  return database.transaction(async (connection) => {
    const added: LedgerAction[] = [];
    for (const action of actions) {
      const row = await insert(connection, action, now);
      if (row !== null) added.push(row);
    }
    return added;
  });
}

/** The incident is looked for first: a row that conflicts would use up an id at each pass. */
async function insert(
  connection: Queryable,
  action: NewAction,
  now: UnixSeconds,
): Promise<LedgerAction | null> {
  const { deployment, dagId, runId, pool, incident, request, cause, mode, arm } = action;
  const [row] = await connection.query<ActionRow>(
    `INSERT INTO action (deployment, dag_id, run_id, pool, incident, kind, cause, mode, arm, treated_probability, state, reason, request,
       due_at, follows, decided_by, drawn_at, changed_at)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::text, $10::double precision, $11, $12, $13::jsonb, to_timestamp($14), $15::bigint, $16,
       to_timestamp($17), to_timestamp($17)
     WHERE NOT EXISTS (SELECT FROM action WHERE (deployment, kind, incident) = ($1, $6, $5))
     ON CONFLICT DO NOTHING RETURNING ${ACTION_COLUMNS}`,
    [
      ...[deployment, dagId, runId, pool, incident, request.kind, cause, mode, arm],
      ...[action.treatedProbability, action.state, action.reason, JSON.stringify(request), action.dueAt],
      ...[action.follows, ORC, now],
    ],
  );
  if (row === undefined) return null;
  await record(connection, row, null, ORC, now);
  return row;
}

/**
 * Takes an action from one of the states `from` to another; null when it is in none of them (any more), so that of two who want the
 * same change only one makes it.
 *
 * @param requestId of the request that asked for it; kept in the audit trail
 */
export function changeAction(
  database: Database,
  id: number,
  from: readonly ActionState[],
  change: Change,
  who: string,
  now: UnixSeconds,
  requestId: string | null = null,
): Promise<LedgerAction | null> {
  const { state, reason, refusal, before, after, expiresAt, dueAt, followUps } = change;
  return database.transaction(async (connection) => {
    const [old] = await connection.query<{ state: ActionState }>(
      'SELECT state FROM action WHERE action_id = $1 AND state = ANY ($2) FOR UPDATE',
      [id, from],
    );
    if (old === undefined) return null;
    const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
    const [row] = await connection.query<ActionRow>(
      `UPDATE action SET state = $2, reason = $3, refusal = $4, before = coalesce($5, before), after = coalesce($6, after),
         decided_by = CASE WHEN $2 IN ('calling', 'done', 'refused') THEN decided_by ELSE $7 END, changed_at = to_timestamp($8), expires_at = coalesce(to_timestamp($9), expires_at),
         due_at = coalesce(to_timestamp($10), due_at),
         called_at = CASE WHEN $2 = 'calling' THEN to_timestamp($8) ELSE called_at END
       WHERE action_id = $1 RETURNING ${ACTION_COLUMNS}`,
      [
        ...[id, state, reason, refusal ?? null, json(before), json(after), who, now],
        ...[expiresAt ?? null, dueAt ?? null],
      ],
    );
    for (const followUp of followUps ?? []) await insert(connection, followUp, now);
    await record(connection, row!, old.state, who, now, requestId);
    return row!;
  });
}

/** Last in the transaction: the audit trail makes its writers take turns. */
async function record(
  connection: Queryable,
  { id, deployment, dagId, runId, pool, kind, cause, mode, arm, state, reason, refusal }: LedgerAction,
  from: ActionState | null,
  who: string,
  at: UnixSeconds,
  requestId: string | null = null,
): Promise<void> {
  await connection.execute(
    `INSERT INTO action_total (deployment, kind, mode, state, count) VALUES ($1, $2, $3, $4, 1)
     ON CONFLICT (deployment, kind, mode, state) DO UPDATE SET count = action_total.count + 1`,
    [deployment, kind, mode, state],
  );
  await auditLog.append(
    {
      ...{ at, deployment, who, what: `action.${state}`, why: reason },
      before: from === null ? null : { state: from },
      after: { action: id, kind, dag_id: dagId, run_id: runId, pool, cause, mode, arm, state, refusal },
      requestId,
    },
    connection,
  );
}

/** @param helped whether the call brought what it was for */
export async function follow(
  database: Pick<Database, 'execute'>,
  id: number,
  helped: boolean,
): Promise<void> {
  await database.execute(
    `WITH followed AS (
       UPDATE action SET helped = $2 WHERE action_id = $1 AND helped IS NULL RETURNING deployment, kind, mode, state
     )
     UPDATE action_total AS total SET helped = total.helped + 1 FROM followed
     WHERE $2 AND (total.deployment, total.kind, total.mode, total.state)
       = (followed.deployment, followed.kind, followed.mode, followed.state)`,
    [id, helped],
  );
}

/** How an incident ended, some time after the draw. */
export interface Outcome {
  /** Whether the run is failed; null when Airflow no longer knows it, and where it is about no run. */
  readonly runFailed: boolean | null;
  /** Minutes that the trouble lasted, up to the time of the judgement; null where that is not known. */
  readonly delayMinutes: number | null;
}

export async function judge(
  database: Pick<Database, 'execute'>,
  id: number,
  { runFailed, delayMinutes }: Outcome,
  now: UnixSeconds,
): Promise<void> {
  await database.execute(
    'UPDATE action SET run_failed = $2, delay_minutes = $3, judged_at = to_timestamp($4) WHERE action_id = $1',
    [id, runFailed, delayMinutes, now],
  );
}

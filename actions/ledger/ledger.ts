/** The ledger of actions in PostgreSQL: each change of a state and its audit entry are one transaction. */
import { randomBytes } from 'node:crypto';
import type { Database, Queryable } from '../../core/database/port.js';
import type { ActionMode } from '../../core/config/actions.js';
import type { FailureClass, UnixSeconds } from '../../core/facts.js';
import { auditLog } from '../audit/index.js';
import type { ActionKind } from '../request.js';
import type { PastCall } from '../policy/guardrails.js';
import type { ActionState, Change, LedgerAction, NewAction } from './types.js';

/** Who decides when nobody does. */
export const ORC = 'orc';

const seconds = (column: string, name: string): string =>
  `extract(epoch FROM ${column})::double precision AS "${name}"`;
/** Of {@link LedgerAction}. */
export const COLUMNS = `action_id::int AS id, deployment, dag_id AS "dagId", run_id AS "runId", kind, cause, mode, arm, state, reason, refusal,
  request, before, ${seconds('due_at', 'dueAt')}, ${seconds('drawn_at', 'drawnAt')}, decided_by AS "decidedBy",
  ${seconds('called_at', 'calledAt')}, run_failed AS "runFailed"`;

type ActionRow = LedgerAction & Record<string, unknown>;

/** The salt of the hold-out: made once per store. */
export async function readSalt(database: Pick<Database, 'query' | 'execute'>): Promise<Buffer> {
  await database.execute('INSERT INTO action_control (salt) VALUES ($1) ON CONFLICT DO NOTHING', [
    randomBytes(32),
  ]);
  const [row] = await database.query<{ salt: Buffer }>('SELECT salt FROM action_control');
  return row!.salt;
}

export interface Stop {
  readonly by: string;
  readonly at: UnixSeconds;
}

/** Null when the stop switch is not pulled. */
export async function readStop(database: Pick<Database, 'query'>): Promise<Stop | null> {
  const [row] = await database.query<{ by: string; at: number }>(
    `SELECT stopped_by AS by, ${seconds('stopped_at', 'at')} FROM action_control WHERE stopped_at IS NOT NULL`,
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

/** Writes an action as it was decided, unless the ledger has one of this kind for the run; null then. */
export function addAction(
  database: Database,
  action: NewAction,
  now: UnixSeconds,
): Promise<LedgerAction | null> {
  return database.transaction(async (connection) => {
    const [row] = await connection.query<ActionRow>(
      `INSERT INTO action (deployment, dag_id, run_id, kind, cause, mode, arm, treated_probability, drawn_at, state, reason, request,
         due_at, decided_by, changed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, to_timestamp($9), $10, $11, $12, to_timestamp($13), $14, to_timestamp($9))
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [
        ...[
          action.deployment,
          action.dagId,
          action.runId,
          action.kind,
          action.cause,
          action.mode,
          action.arm,
        ],
        ...[action.treatedProbability, now, action.state, action.reason, JSON.stringify(action.request)],
        ...[action.dueAt, ORC],
      ],
    );
    if (row === undefined) return null;
    await audit(connection, row, null, ORC, now);
    return row;
  });
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
  { state, reason, refusal, before, after }: Change,
  who: string,
  now: UnixSeconds,
  requestId: string | null = null,
): Promise<LedgerAction | null> {
  return database.transaction(async (connection) => {
    const [old] = await connection.query<ActionRow>(
      `SELECT ${COLUMNS} FROM action WHERE action_id = $1 AND state = ANY ($2) FOR UPDATE`,
      [id, from],
    );
    if (old === undefined) return null;
    const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
    const [row] = await connection.query<ActionRow>(
      `UPDATE action SET state = $2, reason = $3, refusal = $4, before = coalesce($5, before), after = coalesce($6, after),
         decided_by = CASE WHEN $2 IN ('calling', 'done', 'refused') THEN decided_by ELSE $7 END, changed_at = to_timestamp($8),
         called_at = CASE WHEN $2 = 'calling' THEN to_timestamp($8) ELSE called_at END
       WHERE action_id = $1 RETURNING ${COLUMNS}`,
      [id, state, reason, refusal ?? null, json(before), json(after), who, now],
    );
    await audit(connection, row!, old.state, who, now, requestId);
    return row!;
  });
}

async function audit(
  connection: Queryable,
  { id, deployment, dagId, runId, kind, cause, mode, arm, state, reason, refusal }: LedgerAction,
  from: ActionState | null,
  who: string,
  at: UnixSeconds,
  requestId: string | null = null,
): Promise<void> {
  await auditLog.append(
    {
      ...{ at, deployment, who, what: `action.${state}`, why: reason },
      before: from === null ? null : { state: from },
      after: { action: id, kind, dag_id: dagId, run_id: runId, cause, mode, arm, state, refusal },
      requestId,
    },
    connection,
  );
}

/** Approved ones whose time has come, and those whose call may have been cut off, oldest first. */
export function readDue(database: Pick<Database, 'query'>, now: UnixSeconds): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${COLUMNS} FROM action
     WHERE state = 'calling' OR (state = 'approved' AND due_at <= to_timestamp($1)) ORDER BY due_at, action_id LIMIT 100`,
    [now],
  );
}

/** Null when there is none of this id. */
export async function readAction(
  database: Pick<Database, 'query'>,
  id: number,
): Promise<LedgerAction | null> {
  const [row] = await database.query<ActionRow>(`SELECT ${COLUMNS} FROM action WHERE action_id = $1`, [id]);
  return row ?? null;
}

/** How many actions of a kind, cause and mode are in a state, and of those called how many helped. */
export interface ActionCount {
  readonly deployment: string;
  readonly kind: ActionKind;
  readonly cause: FailureClass;
  readonly mode: ActionMode;
  readonly state: ActionState;
  readonly count: number;
  readonly helped: number;
}

export function countActions(database: Pick<Database, 'query'>): Promise<ActionCount[]> {
  return database.query<ActionCount & Record<string, unknown>>(
    `SELECT deployment, kind, cause, mode, state, count(*)::int AS count, (count(*) FILTER (WHERE helped))::int AS helped
     FROM action GROUP BY deployment, kind, cause, mode, state ORDER BY deployment, kind, cause, mode, state`,
  );
}

/** The latest actions first. */
export function readActions(
  database: Pick<Database, 'query'>,
  { states, limit }: { readonly states: readonly ActionState[]; readonly limit: number },
): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${COLUMNS} FROM action WHERE state = ANY ($1) ORDER BY action_id DESC LIMIT $2`,
    [states, limit],
  );
}

/** Calls on a deployment since a time. */
export function readCalls(
  database: Pick<Database, 'query'>,
  deployment: string,
  since: UnixSeconds,
): Promise<PastCall[]> {
  return database.query<PastCall & Record<string, unknown>>(
    `SELECT dag_id AS "dagId", ${seconds('called_at', 'calledAt')}, helped FROM action
     WHERE deployment = $1 AND called_at > to_timestamp($2)`,
    [deployment, since],
  );
}

/** Done since a time, and not known yet whether it helped. */
export function readUnfollowed(
  database: Pick<Database, 'query'>,
  since: UnixSeconds,
): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${COLUMNS} FROM action
     WHERE state = 'done' AND helped IS NULL AND called_at > to_timestamp($1) ORDER BY called_at LIMIT 100`,
    [since],
  );
}

/** @param helped whether the run of the call succeeded in the end */
export async function follow(
  database: Pick<Database, 'execute'>,
  id: number,
  helped: boolean,
): Promise<void> {
  await database.execute('UPDATE action SET helped = $2 WHERE action_id = $1', [id, helped]);
}

/** Drawn before a time, and not yet looked at again. */
export function readUnjudged(
  database: Pick<Database, 'query'>,
  drawnBefore: UnixSeconds,
): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${COLUMNS} FROM action
     WHERE judged_at IS NULL AND arm IS NOT NULL AND drawn_at <= to_timestamp($1) ORDER BY drawn_at LIMIT 100`,
    [drawnBefore],
  );
}

/** @param failed whether the run is failed now; null when Airflow no longer knows it */
export async function judge(
  database: Pick<Database, 'execute'>,
  id: number,
  failed: boolean | null,
  now: UnixSeconds,
): Promise<void> {
  await database.execute(
    'UPDATE action SET run_failed = $2, judged_at = to_timestamp($3) WHERE action_id = $1',
    [id, failed, now],
  );
}

/** Readings of the ledger. */
import type { Database } from '../../core/database/port.js';
import type { ActionCause, ActionKind, ActionState } from '../../core/action-terms.js';
import type { ActionMode } from '../../core/config/actions.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { PastCall } from '../policy/guardrails.js';
import { ACTION_COLUMNS, unixSeconds, type ActionRow } from './columns.js';
import type { LedgerAction } from './types.js';

type Readable = Pick<Database, 'query'>;

/** What is not set does not matter. */
export interface ActionFilter {
  readonly states?: readonly ActionState[] | undefined;
  readonly deployment?: string | undefined;
  readonly dagId?: string | undefined;
  /** Only of a lower id: the next page. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The latest first. */
export function listActions(
  database: Readable,
  { states, deployment, dagId, before, limit }: ActionFilter,
): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${ACTION_COLUMNS} FROM action
     WHERE ($1::text[] IS NULL OR state = ANY ($1)) AND ($2::text IS NULL OR deployment = $2)
       AND ($3::text IS NULL OR dag_id = $3) AND ($4::bigint IS NULL OR action_id < $4)
     ORDER BY action_id DESC LIMIT $5`,
    [states ?? null, deployment ?? null, dagId ?? null, before ?? null, limit],
  );
}

/** Null when there is none of this id. */
export async function findAction(database: Readable, id: number): Promise<LedgerAction | null> {
  const [row] = await database.query<ActionRow>(`SELECT ${ACTION_COLUMNS} FROM action WHERE action_id = $1`, [
    id,
  ]);
  return row ?? null;
}

/** Those of these ids that there are, in no order. */
export function listActionsOf(database: Readable, ids: readonly number[]): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${ACTION_COLUMNS} FROM action WHERE action_id = ANY ($1::bigint[])`,
    [ids],
  );
}

/** Approved ones whose time has come, and those whose call may have been cut off, oldest first. */
export function readDue(database: Readable, now: UnixSeconds): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${ACTION_COLUMNS} FROM action
     WHERE state = 'calling' OR (state = 'approved' AND due_at <= to_timestamp($1)) ORDER BY due_at, action_id LIMIT 100`,
    [now],
  );
}

/** Waiting for a person, and due before a time: about runs, and about anything else. */
export function readForgotten(
  database: Readable,
  runsDueBefore: UnixSeconds,
  othersDueBefore: UnixSeconds,
): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${ACTION_COLUMNS} FROM action
     WHERE state = 'proposed' AND due_at < to_timestamp(CASE WHEN run_id IS NOT NULL THEN $1 ELSE $2 END::double precision)
     ORDER BY due_at LIMIT 100`,
    [runsDueBefore, othersDueBefore],
  );
}

/** Calls on a deployment since a time, without those that only take back or note another. */
export function readCalls(database: Readable, deployment: string, since: UnixSeconds): Promise<PastCall[]> {
  return database.query<PastCall & Record<string, unknown>>(
    `SELECT action_id::int AS id, kind, dag_id AS "dagId", pool, coalesce(request ->> 'dagId', dag_id) AS "targetDagId",
       ${unixSeconds('called_at', 'calledAt')}, state = 'calling' AS "isUnderWay", helped FROM action
     WHERE deployment = $1 AND called_at > to_timestamp($2) AND follows IS NULL`,
    [deployment, since],
  );
}

/** Done since a time, and not known yet whether it helped. */
export function readUnfollowed(database: Readable, since: UnixSeconds): Promise<LedgerAction[]> {
  return database.query<ActionRow>(
    `SELECT ${ACTION_COLUMNS} FROM action
     WHERE state = 'done' AND helped IS NULL AND follows IS NULL AND called_at > to_timestamp($1) ORDER BY called_at LIMIT 100`,
    [since],
  );
}

/** Drawn before a time, and not yet looked at again. */
export function readUnjudged(
  database: Readable,
  drawnBefore: UnixSeconds,
): Promise<(LedgerAction & { readonly treatedProbability: number })[]> {
  return database.query<ActionRow & { treatedProbability: number }>(
    `SELECT ${ACTION_COLUMNS}, treated_probability AS "treatedProbability" FROM action
     WHERE judged_at IS NULL AND arm IS NOT NULL AND drawn_at <= to_timestamp($1) ORDER BY drawn_at LIMIT 100`,
    [drawnBefore],
  );
}

/** How many actions of a kind, cause and mode are in a state, and of those called how many helped. */
export interface ActionCount {
  readonly deployment: string;
  readonly kind: ActionKind;
  readonly cause: ActionCause;
  readonly mode: ActionMode;
  readonly state: ActionState;
  readonly count: number;
  readonly helped: number;
}

/** Counts the whole ledger. */
export function countActions(database: Readable): Promise<ActionCount[]> {
  return database.query<ActionCount & Record<string, unknown>>(
    `SELECT deployment, kind, cause, mode, state, count(*)::int AS count, (count(*) FILTER (WHERE helped))::int AS helped
     FROM action GROUP BY deployment, kind, cause, mode, state ORDER BY deployment, kind, cause, mode, state`,
  );
}

/** How often actions of a kind and mode have come to a state, whatever became of them later, and how many of the done have helped. */
export type ActionTotal = Omit<ActionCount, 'cause'>;

/** A few rows, however long the ledger. */
export function readTotals(database: Readable): Promise<ActionTotal[]> {
  return database.query<ActionTotal & Record<string, unknown>>(
    'SELECT deployment, kind, mode, state, count::int, helped::int FROM action_total ORDER BY deployment, kind, mode, state',
  );
}

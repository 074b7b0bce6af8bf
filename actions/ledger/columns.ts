import type { LedgerAction } from './types.js';

/** A time as Unix seconds. Both names are of this program. */
export const unixSeconds = (column: string, name: string): string =>
  `extract(epoch FROM ${column})::double precision AS "${name}"`;

/** The columns of {@link LedgerAction}. */
export const ACTION_COLUMNS = `action_id::int AS id, deployment, dag_id AS "dagId", run_id AS "runId", pool,
  coalesce(request ->> 'dagId', dag_id) AS "targetDagId", kind, cause, mode, arm, state,
  reason, refusal, request, before, ${unixSeconds('due_at', 'dueAt')}, ${unixSeconds('drawn_at', 'drawnAt')},
  ${unixSeconds('expires_at', 'expiresAt')}, follows::int, decided_by AS "decidedBy", ${unixSeconds('called_at', 'calledAt')},
  ${unixSeconds('changed_at', 'changedAt')}, helped, run_failed AS "runFailed"`;

export type ActionRow = LedgerAction & Record<string, unknown>;

/** Actions that came to nothing though nobody held them back: what a person has to repair. */
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { CallRefusal } from '../airflow/results.js';
import type { Guardrail } from '../policy/guardrails.js';
import type { ActionKind } from '../../core/action-terms.js';

/** Of all refusals those that tell of a trouble, rather than that an action was not wanted or not needed (any more). */
export const FAILURES = [
  'no_credential',
  'circuit_breaker',
  'forbidden',
  'rejected',
  'airflow_failed',
] as const satisfies readonly (Guardrail | CallRefusal)[];

/** `not_taken_back`: a change that was for a time only is still there although its time is over. */
export type ActionFailure = (typeof FAILURES)[number] | 'not_taken_back';

export interface FailureCount {
  readonly deployment: string;
  readonly kind: ActionKind;
  readonly reason: ActionFailure;
  readonly count: number;
}

/** Older ones than these last are not looked at, so that this costs the same however long the ledger. */
const LATEST = 2000;

/** Those that were refused since a time, and what could not be taken back until now. */
export function readFailures(database: Pick<Database, 'query'>, since: UnixSeconds): Promise<FailureCount[]> {
  return database.query<FailureCount & Record<string, unknown>>(
    `SELECT deployment, kind, reason, count(*)::int AS count FROM (
       SELECT deployment, kind, refusal AS reason
       FROM (SELECT * FROM action ORDER BY action_id DESC LIMIT $3) AS latest
       WHERE state = 'refused' AND refusal = ANY ($2) AND changed_at > to_timestamp($1::double precision)
       UNION ALL
       SELECT undo.deployment, undo.kind, 'not_taken_back'
       FROM action AS undo JOIN action AS done ON done.action_id = undo.follows
       -- It falls due when the time is over, and later only after an attempt in vain.
       WHERE undo.state = 'approved' AND undo.due_at > done.expires_at
     ) AS failure
     GROUP BY deployment, kind, reason ORDER BY deployment, kind, reason`,
    [since, FAILURES, LATEST],
  );
}

import type { Database } from '../database/port.js';
import type { FailureReasonObservation, UnixSeconds } from '../facts.js';
import { statement } from './sql.js';

/** A failed try with its reason, as people read it. */
export type ExplainedFailure = Pick<
  FailureReasonObservation,
  'runId' | 'taskId' | 'mapIndex' | 'tryNumber' | 'failureClass' | 'rule' | 'evidence' | 'unread' | 'endedAt'
>;

const READ_FAILURES = statement('read-failures');

/** The latest explained failures of a DAG that ended by a time, newest first. */
export function readFailures(
  database: Pick<Database, 'query'>,
  of: { readonly deployment: string; readonly dagId: string },
  until: UnixSeconds,
  limit: number,
): Promise<ExplainedFailure[]> {
  return database.query<ExplainedFailure & Record<string, unknown>>(READ_FAILURES, [
    of.deployment,
    of.dagId,
    until,
    limit,
  ]);
}

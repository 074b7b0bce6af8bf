import type { LedgerAction } from './ledger/types.js';

/** What an action is about: a run, a DAG (no `runId`) or a pool (no `dagId`). */
export type ActionSubject = Pick<LedgerAction, 'dagId' | 'runId' | 'pool'>;

/** The one place that knows where the ledger keeps what an action is about. */
export function subjectOf({ dagId, runId, pool }: ActionSubject): ActionSubject {
  return { dagId, runId, pool };
}

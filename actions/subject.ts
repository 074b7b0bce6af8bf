import type { LedgerAction } from './ledger/types.js';

/** What an action is about: null where it is about none. */
export interface ActionSubject {
  readonly dagId: string | null;
  readonly runId: string | null;
  readonly pool: string | null;
}

/** The one place that knows where the ledger keeps what an action is about. */
export function subjectOf({ dagId, runId }: Pick<LedgerAction, 'dagId' | 'runId'>): ActionSubject {
  return { dagId, runId, pool: null };
}

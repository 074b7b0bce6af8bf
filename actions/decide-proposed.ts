/** A person's word on a proposed action, from wherever it comes: the first one counts. */
import type { Database } from '../core/database/port.js';
import type { UnixSeconds } from '../core/facts.js';
import { findAction } from './ledger/read.js';
import type { LedgerAction } from './ledger/types.js';
import { changeAction } from './ledger/write.js';
import type { ActionState } from '../core/action-terms.js';

export type Verdict = 'approved' | 'rejected';

export interface Decider {
  /** As in the ledger and the audit trail. */
  readonly who: string;
  readonly why: string;
  /** Ties the entries of one request together. */
  readonly requestId: string | null;
}

/** `conflict`: it is not proposed (any more), and not by the same word of the same person. */
export type Decision =
  | { readonly is: 'decided' | 'repeated' | 'conflict'; readonly action: LedgerAction }
  | { readonly is: 'unknown' };

/** What an approved action may have come to since. */
const AFTER_APPROVAL: readonly ActionState[] = ['approved', 'calling', 'done', 'refused'];

export async function decideProposed(
  database: Database,
  id: number,
  verdict: Verdict,
  { who, why, requestId }: Decider,
  now: UnixSeconds,
): Promise<Decision> {
  const change = { state: verdict, reason: why };
  const changed = await changeAction(database, id, ['proposed'], change, who, now, requestId);
  const action = await findAction(database, id);
  if (action === null) return { is: 'unknown' };
  if (changed !== null) return { is: 'decided', action };
  const isSame = action.decidedBy === who && verdictOf(action.state) === verdict;
  return { is: isSame ? 'repeated' : 'conflict', action };
}

function verdictOf(state: ActionState): Verdict | null {
  if (state === 'rejected') return 'rejected';
  return AFTER_APPROVAL.includes(state) ? 'approved' : null;
}

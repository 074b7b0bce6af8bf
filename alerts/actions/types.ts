/** What messages need of whoever keeps the ledger of actions. */
import type { ActionKind, ActionState } from '../../core/action-terms.js';
import type { UnixSeconds } from '../../core/facts.js';

/** One row of the ledger, about a run, a DAG (no `runId`) or a pool (no `dagId`). */
export interface ToldAction {
  readonly id: number;
  readonly deployment: string;
  readonly dagId: string | null;
  readonly runId: string | null;
  readonly pool: string | null;
  /** The DAG that is called on: of a trigger, the one that is started; null for a pool. */
  readonly targetDagId: string | null;
  readonly kind: ActionKind;
  readonly state: ActionState;
  /** Of the state, in words. */
  readonly reason: string;
  readonly drawnAt: UnixSeconds;
  readonly dueAt: UnixSeconds;
  readonly calledAt: UnixSeconds | null;
  /** `orc`, the name of a token, or `slack:` and the id of a user. */
  readonly decidedBy: string;
  readonly helped: boolean | null;
}

export type ActionVerdict = 'approved' | 'rejected';

/** `repeated`: the same word of the same person as before; `conflict`: not proposed any more. */
export type ActionDecision =
  | { readonly is: 'decided' | 'repeated' | 'conflict'; readonly action: ToldAction }
  | { readonly is: 'unknown' };

export interface ActionDecider {
  readonly who: string;
  readonly why: string;
  readonly requestId: string;
}

export interface ActionSource {
  /** Those that wait for a person, the latest of them if they are many, and those of these ids. */
  read(ids: readonly number[]): Promise<readonly ToldAction[]>;
  /** The team of what an action is about; null where it has none. */
  teamOf(action: ToldAction): Promise<string | null>;
  decide(id: number, verdict: ActionVerdict, decider: ActionDecider): Promise<ActionDecision>;
}

/** One message about an action. */
export interface ActionMessage {
  readonly actionId: number;
  readonly destination: string;
  readonly createdAt: UnixSeconds;
  readonly remote: { readonly channel: string; readonly id: string } | null;
  /** What it says; null before it was sent. */
  readonly shown: string | null;
  /** Failed ones since the last that succeeded. */
  readonly attempts: number;
  readonly notBefore: UnixSeconds | null;
  readonly lastError: string | null;
}

/** What serving needs of whoever keeps the ledger of actions. */
import type { ActionCause, ActionKind, ActionState } from '../core/action-terms.js';
import type { ActionMode } from '../core/config/actions.js';
import type { UnixSeconds } from '../core/facts.js';

/** One row of the ledger. */
export interface DeskAction {
  readonly id: number;
  readonly deployment: string;
  /** What it is about: a run, a DAG (no `runId`) or a pool (no `dagId`). */
  readonly dagId: string | null;
  readonly runId: string | null;
  readonly pool: string | null;
  /** The DAG that is called on: of a trigger, the one that is started; null for a pool. */
  readonly targetDagId: string | null;
  readonly kind: ActionKind;
  readonly cause: ActionCause;
  readonly mode: ActionMode;
  readonly arm: 'treated' | 'held_out' | null;
  readonly state: ActionState;
  /** Of the state, in words. */
  readonly reason: string;
  /** The guardrail, or why Airflow was left as it is. */
  readonly refusal: string | null;
  readonly drawnAt: UnixSeconds;
  readonly dueAt: UnixSeconds;
  /** When it is taken back; null before the call, and where it stays. */
  readonly expiresAt: UnixSeconds | null;
  /** The action that this one takes back or notes. */
  readonly follows: number | null;
  readonly changedAt: UnixSeconds;
  readonly calledAt: UnixSeconds | null;
  /** `orc`, or who approved or rejected it. */
  readonly decidedBy: string;
  readonly helped: boolean | null;
  readonly runFailed: boolean | null;
}

/** What is not set does not matter. */
export interface DeskFilter {
  readonly states?: readonly ActionState[] | undefined;
  readonly deployment?: string | undefined;
  readonly dagId?: string | undefined;
  /** Only of a lower id. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Who wants something done to the ledger. */
export interface DeskCaller {
  readonly who: string;
  readonly requestId: string;
}

/** `repeated`: the same word of the same person as before; `conflict`: not proposed any more. */
export type DeskDecision =
  | { readonly is: 'decided' | 'repeated' | 'conflict'; readonly action: DeskAction }
  | { readonly is: 'unknown' };

export interface DeskStop {
  readonly by: string;
  readonly at: UnixSeconds;
}

/** An estimate with its 95 % interval. */
export interface DeskEffect {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

interface DeskArm {
  readonly units: number;
  readonly known: number;
  readonly failed: number;
}

/** What acting was worth, by intention to treat; `kind` and `cause` null: all of them. */
export interface DeskValueLine {
  readonly kind: ActionKind | null;
  readonly cause: string | null;
  readonly treated: DeskArm;
  readonly heldOut: DeskArm;
  /** Per treated incident; null while too little is known. */
  readonly failuresAvoided: DeskEffect | null;
  readonly minutesSaved: DeskEffect | null;
  /** The same times the treated incidents. */
  readonly total: {
    readonly failuresAvoided: DeskEffect | null;
    readonly minutesSaved: DeskEffect | null;
  };
}

export interface DeskCount {
  readonly deployment: string;
  readonly kind: ActionKind;
  readonly cause: ActionCause;
  readonly mode: ActionMode;
  readonly state: ActionState;
  readonly count: number;
  readonly helped: number;
}

/** How often a state was reached, whatever came after it, and how many of the done have helped. */
export type DeskTotal = Omit<DeskCount, 'cause'>;

/** What the page tells of the whole ledger, without reading it whole. */
export interface DeskSummary {
  readonly totals: readonly DeskTotal[];
  /** A minute old at most. */
  readonly value: readonly DeskValueLine[];
}

export interface DeskReport {
  readonly counts: readonly DeskCount[];
  readonly value: readonly DeskValueLine[];
}

export interface ActionDesk {
  /** The latest first. */
  list(filter: DeskFilter): Promise<readonly DeskAction[]>;
  find(id: number): Promise<DeskAction | null>;
  decide(
    id: number,
    verdict: 'approved' | 'rejected',
    caller: DeskCaller & { readonly why: string },
  ): Promise<DeskDecision>;
  /** Null when the stop switch is not pulled. */
  stop(): Promise<DeskStop | null>;
  setStopped(isStopped: boolean, caller: DeskCaller): Promise<void>;
  summary(): Promise<DeskSummary>;
  /** Reads the whole ledger. */
  report(): Promise<DeskReport>;
}

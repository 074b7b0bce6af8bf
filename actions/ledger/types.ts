import type { ActionMode } from '../../core/config/actions.js';
import type { ActionCause, ActionKind, ActionState } from '../../core/action-terms.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { ActionRequest } from '../request.js';
import type { Arm } from '../value/draw.js';

/** One row of the ledger, about a run, a DAG (no `runId`) or a pool (no `dagId`). Times are Unix seconds. */
export interface LedgerAction {
  readonly id: number;
  readonly deployment: string;
  readonly dagId: string | null;
  readonly runId: string | null;
  readonly pool: string | null;
  /** The DAG that is called on: of a trigger, the one that is started; null for a pool. */
  readonly targetDagId: string | null;
  readonly kind: ActionKind;
  readonly cause: ActionCause;
  readonly mode: ActionMode;
  readonly arm: Arm | null;
  readonly state: ActionState;
  /** Of the state, in words. */
  readonly reason: string;
  /** The guardrail, or why Airflow was left as it is. */
  readonly refusal: string | null;
  readonly request: ActionRequest;
  readonly before: unknown;
  readonly dueAt: UnixSeconds;
  readonly drawnAt: UnixSeconds;
  /** When it is taken back; null before the call, and where it stays. */
  readonly expiresAt: UnixSeconds | null;
  /** The action that this one takes back or notes. */
  readonly follows: number | null;
  /** `orc`, or who approved or rejected it. */
  readonly decidedBy: string;
  readonly calledAt: UnixSeconds | null;
  /** When it came to its state. */
  readonly changedAt: UnixSeconds;
  /** Whether the call brought what it was for; null until that is known. */
  readonly helped: boolean | null;
  /** Whether the run was failed some time after the draw; null until then. */
  readonly runFailed: boolean | null;
}

export interface NewAction extends Pick<
  LedgerAction,
  'deployment' | 'dagId' | 'runId' | 'pool' | 'cause' | 'mode' | 'state' | 'reason' | 'request' | 'dueAt'
> {
  /** Once per deployment and kind. */
  readonly incident: string;
  readonly arm: Arm | null;
  readonly treatedProbability: number | null;
  readonly follows: number | null;
}

/** What changes with a state. */
export interface Change {
  readonly state: ActionState;
  readonly reason: string;
  readonly refusal?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly expiresAt?: UnixSeconds;
  readonly dueAt?: UnixSeconds;
  /** Are written with it, or not at all. */
  readonly followUps?: readonly NewAction[];
}

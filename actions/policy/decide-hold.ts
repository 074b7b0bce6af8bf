/** What is to be done about a DAG that fails of the same as others, by the policy alone. Pure. */
import type { ActionMode, ActionsConfig } from '../../core/config/actions.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Draw } from '../value/draw.js';
import { HELD_OUT } from './decide.js';
import { outcomeOfMode, type ModeState } from './modes.js';

/** DAGs of a deployment that fail of one error, and have not succeeded since. */
export interface SharedOutage {
  readonly deployment: string;
  /** Of the error; the same however its numbers and names differ. */
  readonly templateId: string;
  readonly error: string;
  /** In the order in which they failed. */
  readonly dagIds: readonly string[];
}

export interface HoldDecision {
  readonly verdict: 'held_out' | ModeState;
  readonly mode: ActionMode;
  readonly reason: string;
}

/**
 * @param draw null where nothing is held out
 * @param isEarned whether DAGs may be held automatically
 */
export function decideHold(
  { hold }: Pick<ActionsConfig, 'hold'>,
  { dagIds, error }: SharedOutage,
  draw: Draw | null,
  isEarned: boolean,
): HoldDecision {
  const { mode, state, words } = outcomeOfMode(hold.mode, isEarned);
  if (draw?.arm === 'held_out') return { verdict: 'held_out', mode, reason: HELD_OUT };
  const why = `${dagIds.length} DAGs have failed of "${error}"`;
  return { verdict: state, mode, reason: `${why}: a pause of ${hold.hold_minutes} minutes ${words}` };
}

/**
 * When a DAG goes on: after its time, but not sooner after the one before it than is configured.
 *
 * @param lastReleaseAt when the last of those already held goes on; null without one
 */
export function releaseAt(
  { hold }: Pick<ActionsConfig, 'hold'>,
  calledAt: UnixSeconds,
  lastReleaseAt: UnixSeconds | null,
): UnixSeconds {
  return Math.max(calledAt + hold.hold_minutes * 60, (lastReleaseAt ?? 0) + hold.release_every_seconds);
}

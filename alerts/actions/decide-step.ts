/** What to send next of an action. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import type { ActionMessage, ToldAction } from './types.js';

export type ActionStep =
  | { readonly send: 'open' | 'update' }
  | { readonly send: 'nothing'; readonly reason: 'backing_off' | 'held' | 'up_to_date' }
  /** The message is done with. */
  | { readonly send: 'finish'; readonly reason: 'told' | 'decided_before_told' | 'no_such_action' };

/** Whether a call helped is waited for so long. */
const FOLLOW_SECONDS = 86_400;

/** What a message says of an action changes with this. */
export function shownOf({ state, decidedBy, helped }: ToldAction): string {
  return JSON.stringify([state, decidedBy, helped]);
}

function isOver({ state, helped, calledAt }: ToldAction, now: UnixSeconds): boolean {
  if (state === 'done') return helped !== null || now - (calledAt ?? now) > FOLLOW_SECONDS;
  return !['proposed', 'approved', 'calling'].includes(state);
}

/** @param isHeld whether nobody is to be disturbed now: what was told is kept up to date all the same */
export function decideActionStep(
  { remote, shown, notBefore }: Pick<ActionMessage, 'remote' | 'shown' | 'notBefore'>,
  action: ToldAction | undefined,
  isHeld: boolean,
  now: UnixSeconds,
): ActionStep {
  if (action === undefined) return { send: 'finish', reason: 'no_such_action' };
  if (remote === null && action.state !== 'proposed')
    return { send: 'finish', reason: 'decided_before_told' };
  if (notBefore !== null && notBefore > now) return { send: 'nothing', reason: 'backing_off' };
  if (remote === null) return isHeld ? { send: 'nothing', reason: 'held' } : { send: 'open' };
  if (shown !== shownOf(action)) return { send: 'update' };
  return isOver(action, now) ? { send: 'finish', reason: 'told' } : { send: 'nothing', reason: 'up_to_date' };
}

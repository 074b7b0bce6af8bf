/** How far an action goes by itself. */
import type { ActionMode } from '../../core/config/actions.js';

/** A state of the ledger: what is recorded only, said, waits for a person, or is called when it is due. */
export type ModeState = 'shadowed' | 'suggested' | 'proposed' | 'approved';

/** What a mode makes of something that could be done. */
export interface ModeOutcome {
  /** The mode that counts: `approve` where automatic is configured and not earned. */
  readonly mode: ActionMode;
  readonly state: ModeState;
  /** Follows the name of what is done, as in "a retry ...". */
  readonly words: string;
}

const OUTCOMES: Readonly<Record<ActionMode, ModeOutcome>> = {
  shadow: { mode: 'shadow', state: 'shadowed', words: 'is recorded only (mode shadow)' },
  suggest: { mode: 'suggest', state: 'suggested', words: 'is suggested (mode suggest)' },
  approve: { mode: 'approve', state: 'proposed', words: 'waits for approval (mode approve)' },
  automatic: { mode: 'automatic', state: 'approved', words: 'is made by itself (mode automatic)' },
};

/** @param isEarned whether the benefit of this kind was measured, and a person has promoted it (`orc actions promote`) */
export function outcomeOfMode(configured: ActionMode, isEarned: boolean): ModeOutcome {
  if (configured === 'automatic' && !isEarned)
    return {
      ...OUTCOMES.approve,
      words: 'waits for approval (mode automatic, which has not been earned: orc actions promote)',
    };
  return OUTCOMES[configured];
}

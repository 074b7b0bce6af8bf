/** What counts as naming a cause. */
import type { FailureClass } from '../../core/facts.js';

export interface NamedCause {
  readonly cause: string;
  /** Aspects that are this cause's own: see features/aspects.ts. */
  readonly aspects: readonly string[];
  /** Classes that the log of such a failure has: the reason "its last failure was ..." names the cause where it says one of these. */
  readonly classes: readonly FailureClass[];
}

import type { UnixSeconds } from '../../core/facts.js';
import type { ActionKind } from '../../core/action-terms.js';
import type { Arm } from './draw.js';

/**
 * A delay counts up to here: one run that hangs for days would otherwise outweigh all others, and no interval of the mean would
 * hold what it promises.
 */
export const MOST_DELAY_MINUTES = 240;

/** Minutes as they count, from 0 to {@link MOST_DELAY_MINUTES}. */
export function countedDelay(minutes: number): number {
  return Math.min(Math.max(minutes, 0), MOST_DELAY_MINUTES);
}

/**
 * One draw and what came of it, one row per drawn unit (of a pool: per pool and block of time), also where nothing was done in the
 * end: the comparison is by intention to treat, since whoever leaves out refused or failed actions compares unlike incidents.
 */
export interface ValueRow {
  readonly kind: ActionKind;
  /** Class of the cause, as of the failure reasons. */
  readonly cause: string;
  readonly arm: Arm;
  /** As it was drawn, above 0 and below 1. */
  readonly treatedProbability: number;
  /** Whether the run failed in the end; null while, or where, that is not known. */
  readonly failed: boolean | null;
  /** Minutes after its deadline or usual end that the run ended; null while, or where, that is not known. */
  readonly delayMinutes: number | null;
  readonly drawnAt: UnixSeconds;
}

/** Which failures of tasks are alike for the run that they happen in. */
import type { TrySubject } from './types.js';
import type { TryState } from '../core/facts.js';
import { triesLeftAfter } from './tries-left.js';

/** Tries told apart: the first, the second, later ones. */
const MOST_TRIES = 3;
/** By the number of the try, and whether it was the last. */
export const TROUBLE_KINDS = MOST_TRIES * 2;

/**
 * Kind of a failed try. Airflow keeps an earlier try as `failed` whose state was `up_for_retry` when it happened, so the number of tries
 * that are left decides, and the state only where that is not known.
 *
 * @param retries of the task's description, null where there is none.
 */
export function troubleKind(
  fact: Pick<TrySubject, 'extra' | 'tryNumber'> & { readonly state: TryState },
  retries: number | null,
): number {
  const left = triesLeftAfter(fact, retries);
  const isFinal = left === null ? fact.state === 'failed' : left === 0;
  const tries = Math.min(MOST_TRIES, Math.max(1, fact.tryNumber)) - 1;
  return tries * 2 + (isFinal ? 1 : 0);
}

/** Whether no further try is to be expected. */
export function isFinalKind(kind: number): boolean {
  return (kind & 1) !== 0;
}

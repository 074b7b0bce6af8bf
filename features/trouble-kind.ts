/** Which failures of tasks are alike for the run that they happen in. */
import type { TryState } from '../core/facts.js';

/** Tries told apart: the first, the second, later ones. */
const MOST_TRIES = 3;
/** By the number of the try, whether no try is known to be left, and whether Airflow calls the state final. */
export const TROUBLE_KINDS = MOST_TRIES * 4;

/**
 * Kind of a failed try.
 *
 * @param exhausted no try is left, where the number of retries is known.
 * @param state `up_for_retry`, or `failed`, as some sources call every failure.
 */
export function troubleKind(tryNumber: number, exhausted: boolean, state: TryState): number {
  const tries = Math.min(MOST_TRIES, Math.max(1, tryNumber)) - 1;
  return tries * 4 + (exhausted ? 2 : 0) + (state === 'failed' ? 1 : 0);
}

/** Whether no further try is to be expected. */
export function isFinalKind(kind: number): boolean {
  return (kind & 3) !== 0;
}

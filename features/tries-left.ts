import type { TrySubject } from './types.js';

/**
 * Tries that are left after this one; null where it is not known. Airflow's `max_tries` counts retries, and grows when a person clears
 * the task; else the task's own number of retries tells.
 */
export function triesLeftAfter(
  { extra, tryNumber }: Pick<TrySubject, 'extra' | 'tryNumber'>,
  retries: number | null,
): number | null {
  const most = maxTries(extra) ?? retries;
  return most === null ? null : Math.max(0, most + 1 - tryNumber);
}

/** `max_tries` as Airflow tells it with a try. */
export function maxTries(extra: TrySubject['extra']): number | null {
  const told = extra?.['max_tries'];
  return typeof told === 'number' && Number.isInteger(told) && told >= 0 ? told : null;
}

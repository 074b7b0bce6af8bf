/** The release that counts a try when it is scheduled, as Airflow 3 does. */
const COUNTED_WHEN_SCHEDULED = 10;

/** Before, these states showed the number of the try before: it was counted at its start, and taken back while it waits. */
const NOT_COUNTED_YET: ReadonlySet<string | null> = new Set([
  'scheduled',
  'queued',
  'deferred',
  'up_for_reschedule',
]);

/**
 * The number of the try that a row of task instances tells about, from 1; 0 when there was no attempt.
 * @param minor of the release: 9 for Airflow 2.9
 */
export function attemptNumber(tryNumber: number, state: string | null, minor: number): number {
  if (minor >= COUNTED_WHEN_SCHEDULED) return tryNumber;
  if (NOT_COUNTED_YET.has(state)) return tryNumber + 1;
  // An EmptyOperator succeeds without a start.
  return state === 'success' ? Math.max(1, tryNumber) : tryNumber;
}

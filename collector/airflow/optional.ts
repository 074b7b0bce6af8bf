import type { Pass } from './context.js';
import { type AirflowError, isAirflowError } from './http/airflow-error.js';

/** A reading that was refused is tried again after this time: rights may be given while ORC runs. */
const REFUSED_SECONDS = 3600;
/** And one that Airflow could not answer after this, twice as long each time it fails again: it may only have restarted. */
const FIRST_FAILED_SECONDS = 10;
const LONGEST_FAILED_SECONDS = 300;

/**
 * The result of a reading that collection can do without, or null when Airflow refuses it, does not have it or cannot answer it: that is
 * told in the log when it begins, and `orc check` tells the fix. What concerns everything (an unreachable Airflow, a refused login) is
 * thrown.
 */
export async function readOptional<T>(pass: Pass, what: string, read: () => Promise<T>): Promise<T | null> {
  const { withheld } = pass.memory;
  const known = withheld.get(what);
  if (known !== undefined && pass.clock() < known.until) return null;
  try {
    const result = await read();
    if (withheld.delete(what)) pass.logger.info({ reading: what }, 'Airflow answers this again');
    return result;
  } catch (error) {
    if (!canDoWithout(error)) throw error;
    const isRefused = isAirflowError(error, 'unauthorized', 'not_found');
    if (known === undefined) {
      pass.logger.warn(
        { reading: what, reason: error.message },
        isRefused
          ? 'Airflow does not let this user read something that ORC can do without; `orc check` tells the fix'
          : 'Airflow cannot answer something that ORC can do without; it is asked again later',
      );
    }
    const seconds = isRefused
      ? REFUSED_SECONDS
      : Math.min(LONGEST_FAILED_SECONDS, known === undefined ? FIRST_FAILED_SECONDS : 2 * known.seconds);
    withheld.set(what, { seconds, until: pass.clock() + seconds });
    return null;
  }
}

function canDoWithout(error: unknown): error is AirflowError {
  if (isAirflowError(error, 'unauthorized')) return error.isForbidden;
  return isAirflowError(error, 'not_found', 'bad_answer', 'server_error', 'timeout', 'too_large');
}

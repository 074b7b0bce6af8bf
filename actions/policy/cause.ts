import { isRetryable } from '../../core/config/actions.js';
import { FAILURE_CLASSES, type FailureClass } from '../../core/facts.js';

/** A DAG run that failed, and the classes of what its tasks last failed of. */
export interface FailedRun {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  /** Unix seconds. */
  readonly endedAt: number;
  readonly classes: readonly FailureClass[];
  /** Failed tries of which no log has been read yet. */
  readonly waitingLogs: number;
  /** Probability that the next run of the DAG fails, as it was last scored; null or absent while it is not known. */
  readonly risk?: number | null;
}

/**
 * The one cause that a run is judged by: of several, one that another try cannot help, else the one that is told first in
 * {@link FAILURE_CLASSES}. `unknown` when no log says anything.
 */
export function causeOf({ classes }: Pick<FailedRun, 'classes'>): FailureClass {
  const present = FAILURE_CLASSES.filter((failureClass) => classes.includes(failureClass));
  return present.find((failureClass) => !isRetryable(failureClass)) ?? present[0] ?? 'unknown';
}

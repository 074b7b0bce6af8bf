/** What counts as naming a cause. */
import type { FailureClass } from '../../core/facts.js';
import { failedWaiting, latestFailureClass } from '../../features/describe-record.js';
import type { ReadFeature } from '../../features/describe.js';

export interface NamedCause {
  readonly cause: string;
  /** Aspects that are this cause's own: see features/aspects.ts. */
  readonly aspects: readonly string[];
  /** What the vector must show besides, so that the words of the aspect tell this cause. */
  readonly evidence?: (read: ReadFeature) => boolean;
  /** Classes that the log of such a failure has: the record names the cause where it says that the latest failure was of one. */
  readonly classes: readonly FailureClass[];
  /** What the first reasons say of this cause alone, besides classes. */
  readonly words?: string;
  /** For what fails at all times: the reason that tells what is usual names it. */
  readonly isUsual?: boolean;
  /** Rules of features/suggestions.ts that suit it. */
  readonly rules: readonly string[];
}

/** Others fail at the same time: tasks of other DAGs or of the same one, or the same error elsewhere. */
export function othersFail(read: ReadFeature): boolean {
  return (
    read('elsewhere__onsets__3h') >= 1 ||
    read('dag__broken_tasks__now') > 0 ||
    read('failure_reason__same_template__3h') >= 0.5
  );
}

/** The pool is crowded, slow or fails more than it used to. */
export function poolIsStrained(read: ReadFeature): boolean {
  return (
    read('pool__failure_rate__2d') > read('pool__failure_rate__32d') ||
    read('pool__queue_wait_surprise__3h') > 0.3 ||
    read('deployment__open_ratio__now') > 0.2
  );
}

/** The log of the latest failure gave no cause, and it did not fail waiting. */
export function noLogTells(read: ReadFeature): boolean {
  return latestFailureClass(read) === null && !failedWaiting(read);
}

/** The map index fails more often than its task does. */
export function mapIndexFails(read: ReadFeature): boolean {
  return read('map_index__failure_rate__32d') > 1.3 * read('task__failure_rate__32d');
}

/** When facts of the feature tests happened, and when they became known. */
import type { FactTimes } from '../../core/facts.js';

/** Later than everything that the tests tell of: 1,000 days after 2026-01-05. */
const IMPORTED_AT = 1_767_571_200 + 1000 * 86_400;

let nextFactId = 0;

/** The next fact; `knownAt` null for one that is imported. */
export function times(eventTime: number, knownAt: number | null): FactTimes {
  return {
    factId: ++nextFactId,
    eventTime,
    knownAt: knownAt ?? IMPORTED_AT,
    visibilityAssumed: knownAt === null,
  };
}

/** Learnt as it happened. */
export function atOnce({ eventTime }: { readonly eventTime: number }): FactTimes {
  return times(eventTime, eventTime);
}

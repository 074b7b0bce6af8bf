import type { TryObservation, UnixSeconds } from '../facts.js';

type Decision = Pick<
  TryObservation,
  'deployment' | 'dagId' | 'runId' | 'taskId' | 'mapIndex' | 'tryNumber' | 'queuedAt' | 'startedAt'
>;

/** When a try is scored at stage `queued`: when it was queued, else when it started; null when neither is known. */
export function decisionTime(subject: Pick<Decision, 'queuedAt' | 'startedAt'>): UnixSeconds | null {
  return subject.queuedAt ?? subject.startedAt;
}

/**
 * The order of a backtest: by decision time, then deployment, dag_id, run_id, task_id (by code point), map_index,
 * try_number. For `Array.prototype.sort`; tries without a decision time come last.
 */
export function compareDecisions(a: Decision, b: Decision): number {
  return (
    compareNumbers(decisionTime(a) ?? Infinity, decisionTime(b) ?? Infinity) ||
    compareCodePoints(a.deployment, b.deployment) ||
    compareCodePoints(a.dagId, b.dagId) ||
    compareCodePoints(a.runId, b.runId) ||
    compareCodePoints(a.taskId, b.taskId) ||
    a.mapIndex - b.mapIndex ||
    a.tryNumber - b.tryNumber
  );
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As PostgreSQL's COLLATE "C"; JavaScript's `<` compares UTF-16 units, which puts U+FFFD after an emoji. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

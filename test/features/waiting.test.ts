import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { describeGroup } from '../../features/describe.js';
import { TRY_FEATURES } from '../../features/registry.js';
import { engineAt, HOUR, START, tryFact, tryFeatures, trySubject } from './support.js';

const WAIT = 'task__queue_wait_surprise__last';

/** A try an hour; the last one fails after ten minutes without a start, the others start after some seconds where starts are told. */
function history(startsAreTold: boolean): AnyFact[] {
  return Array.from({ length: 13 }, (_, hour) => {
    const queuedAt = START + hour * HOUR;
    const isLast = hour === 12;
    return tryFact({
      runId: `hour ${hour}`,
      pool: 'etl',
      state: isLast ? 'failed' : 'success',
      queuedAt,
      startedAt: isLast || !startsAreTold ? null : queuedAt + 5 + (hour % 3),
      endedAt: queuedAt + 600,
    });
  });
}
const now = START + 13 * HOUR;
const subject = trySubject({ pool: 'etl' });

it('a try that failed before it could start has waited so long', () => {
  const read = tryFeatures(engineAt(history(true), now), subject, now);
  expect(read(WAIT)).toBeGreaterThan(3);
  expect(read('pool__queue_wait_surprise__3h')).toBeGreaterThan(1);
  expect(read('deployment__queue_wait_surprise__3h')).toBeGreaterThan(1);
  expect(read('task__duration_surprise__last')).toBe(0);
});

it('where starts are not told, a try without one is no wait', () => {
  const read = tryFeatures(engineAt(history(false), now), subject, now);
  expect(read(WAIT)).toBe(0);
  expect(read('task__duration__usual')).toBeCloseTo(Math.log1p(600), 5);
});

const FAILED_WAITING = 'its latest try failed after it waited longer than usual for a slot';

/** What the record of a task says. */
function recordAt(facts: readonly AnyFact[], of = subject): unknown {
  const vector = new Float32Array(TRY_FEATURES.length);
  engineAt(facts, now).tryVector(of, now, vector, 0);
  return describeGroup('task_history', TRY_FEATURES, vector);
}

it('the record says that it failed waiting', () => {
  expect(recordAt(history(true))).toContain(FAILED_WAITING);
});

/** An hour after the others so many indexes of one run wait for `waitSeconds` and fail. */
function mappedHistory(indexes: number, waitSeconds: number): AnyFact[] {
  const queuedAt = START + 12 * HOUR;
  const earlier = history(true).slice(0, -1);
  const last = Array.from({ length: indexes }, (_, mapIndex) =>
    tryFact({
      runId: 'hour 12',
      mapIndex,
      pool: 'etl',
      state: 'failed',
      queuedAt: queuedAt + mapIndex,
      startedAt: null,
      endedAt: queuedAt + mapIndex + waitSeconds,
    }),
  );
  return [...earlier, ...last];
}

it('the sixth index of a run that waited is as surprising as the first, and the record says so', () => {
  const index = trySubject({ pool: 'etl', mapIndex: 5 });
  const [first, sixth] = [1, 6].map((indexes) => mappedHistory(indexes, 600));
  const wait = (facts: readonly AnyFact[]): number => tryFeatures(engineAt(facts, now), index, now)(WAIT);
  expect(wait(first!)).toBeGreaterThan(3);
  expect(wait(sixth!)).toBe(wait(first!));
  expect(recordAt(sixth!, index)).toContain(FAILED_WAITING);
  expect(recordAt(mappedHistory(6, 6), index)).not.toContain(FAILED_WAITING);
});

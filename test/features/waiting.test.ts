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

it('the record says that it failed waiting', () => {
  const engine = engineAt(history(true), now);
  const vector = new Float32Array(TRY_FEATURES.length);
  engine.tryVector(subject, now, vector, 0);
  expect(describeGroup('task_history', TRY_FEATURES, vector)).toContain(
    'its latest try failed after it waited longer than usual for a slot',
  );
});

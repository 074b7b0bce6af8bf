/** Upstream tasks of the run, and DAGs that feed it. */
import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import {
  DAY,
  HOUR,
  START,
  dagRunFact,
  engineAt,
  taskFact,
  tryFact,
  tryFeatures,
  trySubject,
} from './support.js';
import { dependencyFact } from './surroundings.js';

const read = (facts: readonly AnyFact[], now: number, changes = {}): ((name: string) => number) =>
  tryFeatures(engineAt(facts, now), trySubject({ queuedAt: now, taskId: 'load', ...changes }), now);

function daily(days: number, durationSeconds = 60): AnyFact[] {
  return Array.from({ length: days }, (_, day) => {
    const queuedAt = START + day * DAY;
    const times = { queuedAt, startedAt: queuedAt, endedAt: queuedAt + durationSeconds };
    return tryFact({ taskId: 'extract', runId: `day ${day}`, ...times });
  });
}

it('a retried, slow upstream task shows in the run that waits for it, and in no other', () => {
  const queuedAt = START + 10 * DAY;
  const first = { taskId: 'extract', runId: 'now', queuedAt, startedAt: queuedAt };
  const facts = [
    taskFact({ taskId: 'extract', downstreamTaskIds: ['load'] }),
    ...daily(10),
    tryFact({ ...first, state: 'up_for_retry', endedAt: queuedAt + 60 }),
    tryFact({ ...first, tryNumber: 2, endedAt: queuedAt + 6000 }),
  ];
  const now = queuedAt + 6001;
  const here = read(facts, now, { runId: 'now' });
  expect(here('upstream__try_number__highest')).toBe(2);
  expect(here('upstream__duration_surprise__largest')).toBeGreaterThan(3);
  expect(here('run__duration_surprise__largest')).toBeGreaterThan(3);
  expect(here('run__duration_surprise__mean')).toBeGreaterThan(1);
  expect(here('run__upstream_failing__now')).toBe(0);
  const other = read(facts, now, { runId: 'other' });
  expect(other('upstream__try_number__highest')).toBe(0);
  expect(other('upstream__duration_surprise__largest')).toBeNaN();
  expect(other('upstream__broken_share__now')).toBe(0);
  expect(read(facts, now, { taskId: 'alone' })('upstream__broken_share__now')).toBeNaN();
});

it('follows dependencies as descriptions change', () => {
  const failed = tryFact({ taskId: 'extract', state: 'failed', endedAt: START + 60 });
  const described = taskFact({ taskId: 'extract', downstreamTaskIds: ['load'] });
  const changed = taskFact({ taskId: 'extract', downstreamTaskIds: ['report'], eventTime: START + HOUR });
  expect(read([described, failed], START + DAY)('upstream__broken_share__now')).toBe(1);
  const inRun = read([described, failed], START + DAY, { runId: 'run' });
  expect(inRun('run__upstream_failing__now')).toBe(1);
  expect(read([described, failed], START + DAY, { runId: 'other' })('run__upstream_failing__now')).toBe(0);
  expect(read([described, failed, changed], START + DAY)('upstream__broken_share__now')).toBeNaN();
});

it('a feeding DAG that failed, and is late, shows in the tries of the DAG it feeds', () => {
  const run = (day: number, state: 'success' | 'failed'): AnyFact => {
    const queuedAt = START + day * DAY;
    return dagRunFact({
      dagId: 'feed',
      runId: `day ${day}`,
      state,
      queuedAt,
      startedAt: queuedAt,
      endedAt: queuedAt + 60,
    });
  };
  const facts = [
    dependencyFact({ eventTime: START }),
    ...Array.from({ length: 10 }, (_, day) => run(day, 'success')),
    run(10, 'failed'),
    // The DAG itself is known too.
    tryFact(),
  ];
  const now = START + 14 * DAY;
  const fed = read(facts, now);
  expect(fed('upstream_dag__failed__share')).toBe(1);
  expect(fed('upstream_dag__gap_ratio__highest')).toBeCloseTo(Math.log(5), 1);
  expect(read(facts, now, { dagId: 'feed' })('upstream_dag__failed__share')).toBeNaN();
});

it('a dependency by two ways lasts until both are gone', () => {
  const ways = [
    dependencyFact({ eventTime: START }),
    dependencyFact({ eventTime: START, kind: 'trigger', via: 'start' }),
    dependencyFact({ eventTime: START + HOUR, isActive: false }),
  ];
  const gone = dependencyFact({
    eventTime: START + 2 * HOUR,
    kind: 'trigger',
    via: 'start',
    isActive: false,
  });
  const facts = [tryFact(), tryFact({ dagId: 'feed' })];
  expect(read([...ways, ...facts], START + DAY)('upstream_dag__failed__share')).toBe(0);
  expect(read([...ways, gone, ...facts], START + DAY)('upstream_dag__failed__share')).toBeNaN();
});

import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { describeAspect, describeGroup } from '../../features/describe.js';
import { TRY_FEATURES } from '../../features/registry.js';
import { suggest } from '../../features/suggestions.js';
import { engineAt, HOUR, reasonFact, START, tryFact, tryFeatures, trySubject } from './support.js';

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

it('the pool tells what share of its latest tries got no slot, and the task whether its latest did', () => {
  const read = tryFeatures(engineAt(history(true), now), subject, now);
  expect(read('task__unstarted__latest')).toBe(1);
  expect(read('pool__unstarted_share__3h')).toBeGreaterThan(0.1);
  expect(read('pool__unstarted_share__3h')).toBeLessThan(0.3);
  const before = START + 12 * HOUR;
  const earlier = tryFeatures(engineAt(history(true), before), subject, before);
  expect(earlier('task__unstarted__latest')).toBe(0);
  expect(earlier('pool__unstarted_share__3h')).toBe(0);
});

it('a pool that gives no slot is told of, however little it raised the risk', () => {
  const said = (facts: readonly AnyFact[], logOdds: number) => {
    const vector = new Float32Array(TRY_FEATURES.length);
    engineAt(facts, now).tryVector(subject, now, vector, 0);
    return describeAspect('capacity', logOdds, TRY_FEATURES, vector, { pool: 'etl', operator: null });
  };
  const { text, isTelling, isFirstHurdle } = said(history(true), 0.01);
  expect(text).toMatch(/^\d+ % of the latest tries of pool `etl` failed before they got a slot/);
  expect([isTelling, isFirstHurdle]).toEqual([true, true]);
  expect(said(history(true), -0.01).isFirstHurdle).toBe(false);
  expect(said(history(true).slice(0, -1), 0.01).isFirstHurdle).toBe(false);
});

it('a map index has its own latest try, another one that of the task', () => {
  const ofIndex = (mapIndex: number, minute: number, startedAt: number | null) => {
    const queuedAt = START + 12 * HOUR + minute * 60;
    return tryFact({
      runId: 'hour 12',
      mapIndex,
      pool: 'etl',
      state: 'failed',
      queuedAt,
      startedAt,
      endedAt: queuedAt + 600,
    });
  };
  const facts = [...history(true).slice(0, -1), ofIndex(0, 0, null), ofIndex(1, 1, START + 12 * HOUR + 62)];
  const engine = engineAt(facts, now);
  const latest = (mapIndex: number): number =>
    tryFeatures(engine, trySubject({ pool: 'etl', mapIndex }), now)('task__unstarted__latest');
  expect([0, 1, 7].map(latest)).toEqual([1, 0, 0]);
});

it('where starts are not told, a try without one is no wait', () => {
  const read = tryFeatures(engineAt(history(false), now), subject, now);
  expect(read('task__unstarted__latest')).toBe(0);
  expect(read('pool__unstarted_share__3h')).toBe(0);
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

it('of a try that never started no log tells: an earlier one tells of an earlier failure', () => {
  const broken = Array.from({ length: 3 }, (_, hour) => {
    const queuedAt = START + (9 + hour) * HOUR;
    return tryFact({
      runId: `hour ${9 + hour}`,
      pool: 'etl',
      state: 'failed',
      queuedAt,
      startedAt: queuedAt + 5,
      endedAt: queuedAt + 600,
    });
  });
  const facts = history(true);
  const explained = reasonFact(broken[2]!.fact, { failureClass: 'code' });
  const said = (latest: readonly AnyFact[]): unknown =>
    recordAt([...facts.slice(0, 9), ...broken, explained, ...latest]);
  expect(said(facts.slice(12))).toContain(
    `${FAILED_WAITING}, the latest failure with a log was an error in the code`,
  );
  expect(said([])).toContain('its latest failure was an error in the code');
  expect(said([])).not.toContain(FAILED_WAITING);
});

it('a suggestion does not call the failure that a log explains the latest where a later one left none', () => {
  const set = new Map([
    ['task__last_outcome__latest', 1],
    ['task__failures__last_8', 2],
    ['failure_reason__is_data__latest', 1],
  ]);
  const suggested = (unstarted: number): string | undefined => {
    const vector = Float32Array.from(TRY_FEATURES, ({ name }) =>
      name === 'task__unstarted__latest' ? unstarted : (set.get(name) ?? 0),
    );
    return suggest([{ group: 'record', logOdds: 1 }], TRY_FEATURES, vector)?.text;
  };
  expect(suggested(0)).toMatch(/^The latest failure was due to the data:/);
  expect(suggested(1)).toMatch(/^The latest failure with a log was due to the data:/);
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

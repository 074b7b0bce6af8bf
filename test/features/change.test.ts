/** New code, and who triggered the run. */
import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { DAY, HOUR, START, engineAt, tryFact, tryFeatures, trySubject } from './support.js';
import { dagVersionFact } from './surroundings.js';

/** A run an hour, from `from` hours after the start. */
function hourly(count: number, from: number, changes: Parameters<typeof tryFact>[0] = {}): AnyFact[] {
  return Array.from({ length: count }, (_, i) => {
    const queuedAt = START + (from + i) * HOUR;
    return tryFact({
      runId: `run ${from + i}`,
      queuedAt,
      startedAt: queuedAt + 1,
      endedAt: queuedAt + 60,
      ...changes,
    });
  });
}

const read = (facts: readonly AnyFact[], now: number, changes = {}): ((name: string) => number) =>
  tryFeatures(engineAt(facts, now), trySubject({ queuedAt: now, ...changes }), now);

it('a version that Airflow tells of counts from when it appeared, the first one of a DAG does not', () => {
  const deployedAt = START + 20 * HOUR - 600;
  const first = dagVersionFact({ versionNumber: 1, eventTime: START });
  const second = dagVersionFact({ versionNumber: 2, eventTime: deployedAt });
  const before = hourly(20, 0);
  expect(read([first, ...before], START + 20 * HOUR)('dag__since_deploy__now')).toBeNaN();
  const now = START + 22 * HOUR;
  const after = read([first, second, ...before, ...hourly(2, 20, { state: 'failed' })], now);
  expect(after('dag__since_deploy__now')).toBeCloseTo(Math.log1p(now - deployedAt), 5);
  expect(after('task__tries__since_deploy')).toBe(2);
  expect(after('task__failure_rate__since_deploy')).toBeGreaterThan(0.6);
  expect(after('dag__excess_failures__since_deploy')).toBeGreaterThan(1);
  expect(after('dag__deploys__32d')).toBeCloseTo(1, 1);
});

it('versions told again or out of order are no new code', () => {
  const facts = [3, 2, 3].map((versionNumber, i) => dagVersionFact({ versionNumber, eventTime: START + i }));
  expect(read([...facts, ...hourly(3, 1)], START + 5 * HOUR)('dag__since_deploy__now')).toBeNaN();
});

it('the first run with a version told before is the same change', () => {
  const deployedAt = START + 30 * HOUR - 600;
  const facts = [
    dagVersionFact({ versionNumber: 1, eventTime: START }),
    dagVersionFact({ versionNumber: 2, eventTime: deployedAt }),
    ...hourly(30, 0, { extra: { dag_version: 1 } }),
    ...hourly(2, 30, { extra: { dag_version: 2 } }),
  ];
  const now = START + 32 * HOUR;
  const after = read(facts, now, { extra: { dag_version: 2 } });
  expect(after('dag__since_deploy__now')).toBeCloseTo(Math.log1p(now - deployedAt), 5);
  expect(after('dag__deploys__32d')).toBeCloseTo(1, 1);
  expect(after('task__tries__since_deploy')).toBe(2);
});

it.each([
  ['a number', 1, 2],
  ['a text', 'abc', 'def'],
])(
  '%s in extra that seldom changes tells of new code, on the very try that brings it',
  (_kind, old, next) => {
    const facts = hourly(30, 0, { extra: { version: old } });
    const now = START + 30 * HOUR;
    expect(read(facts, now, { extra: { version: old } })('dag__since_deploy__now')).toBeNaN();
    const fresh = read(facts, now, { extra: { version: next } });
    expect(fresh('dag__since_deploy__now')).toBe(0);
    expect(fresh('task__tries__since_deploy')).toBe(0);
    const later = read([...facts, ...hourly(4, 30, { extra: { version: next } })], now + 4 * HOUR, {
      extra: { version: next },
    });
    expect(later('dag__since_deploy__now')).toBeCloseTo(Math.log1p(4 * HOUR), 5);
    expect(later('task__tries__since_deploy')).toBe(4);
  },
);

it('a value that changes all the time, or goes back and forth between two, is no version', () => {
  const sizes = Array.from({ length: 40 }, (_, i) => hourly(1, i, { extra: { rows: i * i } })).flat();
  expect(read(sizes, START + 40 * HOUR, { extra: { rows: 7 } })('dag__since_deploy__now')).toBeNaN();
  const overlap = [
    ...hourly(30, 0, { extra: { version: 1 } }),
    ...[2, 1, 2, 1, 2].flatMap((version, i) => hourly(1, 30 + i, { extra: { version } })),
  ];
  const now = START + 35 * HOUR;
  expect(read(overlap, now, { extra: { version: 1 } })('dag__since_deploy__now')).toBeCloseTo(
    Math.log1p(5 * HOUR),
    5,
  );
});

it('tries queued before a deploy do not count after it', () => {
  const deployedAt = START + 2 * DAY;
  const facts = [
    dagVersionFact({ versionNumber: 1, eventTime: START - 1 }),
    dagVersionFact({ versionNumber: 2, eventTime: deployedAt }),
    tryFact({
      queuedAt: deployedAt - 60,
      startedAt: deployedAt - 50,
      endedAt: deployedAt + 60,
      state: 'failed',
    }),
  ];
  expect(read(facts, deployedAt + HOUR)('task__tries__since_deploy')).toBe(0);
});

it('tells who triggered the run, and how the DAG fares in such runs', () => {
  const facts = [...hourly(20, 0), ...hourly(20, 20, { runType: 'manual', state: 'failed' })];
  const now = START + 41 * HOUR;
  const manual = read(facts, now, { runType: 'manual' });
  const scheduled = read(facts, now, { runType: 'scheduled' });
  expect([manual('run__is_manual__now'), scheduled('run__is_manual__now')]).toEqual([1, 0]);
  expect(manual('dag__run_type_failure_rate__128d')).toBeGreaterThan(0.8);
  expect(scheduled('dag__run_type_failure_rate__128d')).toBeLessThan(0.3);
  expect(read(facts, now, { runType: 'asset_triggered' })('run__is_asset_triggered__now')).toBe(1);
  expect(read(facts, now, { runType: null })('run__is_manual__now')).toBeNaN();
});

/** What shares a property with the try and breaks now. */
import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { HOUR, START, engineAt, tryFact, tryFeatures, trySubject } from './support.js';

const HOURS = 100;

/** Twenty tasks of two hosts, one run an hour; those of `broken.example` fail in the last hour. */
function history(): AnyFact[] {
  return Array.from({ length: HOURS * 20 }, (_, i) => {
    const hour = Math.floor(i / 20);
    const isFirst = i % 2 === 0;
    const queuedAt = START + hour * HOUR;
    return tryFact({
      runId: `run ${hour}`,
      taskId: `task ${i % 20}`,
      state: isFirst && hour === HOURS - 1 ? 'failed' : 'success',
      queuedAt,
      startedAt: queuedAt + 1,
      endedAt: queuedAt + 60,
      operator: isFirst ? 'First' : 'Second',
      pool: isFirst ? 'first' : 'second',
      queue: null,
      owner: null,
      runType: null,
      hostname: null,
      extra: { host: isFirst ? 'broken.example' : 'fine.example' },
    });
  });
}

it('an outage shows in all that depends on the same thing, and nowhere else', () => {
  const now = START + (HOURS - 1) * HOUR + 600;
  const engine = engineAt(history(), now);
  const read = (first: boolean): ((name: string) => number) => {
    const shared = first
      ? { operator: 'First', pool: 'first', extra: { host: 'broken.example' } }
      : { operator: 'Second', pool: 'second', extra: { host: 'fine.example' } };
    const who = { taskId: 'new task', queue: null, owner: null, runType: null };
    return tryFeatures(engine, trySubject({ ...who, ...shared, queuedAt: now }), now);
  };
  for (const name of ['neighbours', 'operator', 'pool']) {
    expect(read(true)(`${name}__excess_onsets__3h`), name).toBeGreaterThan(6);
    expect(read(false)(`${name}__excess_onsets__3h`), name).toBeLessThan(0.5);
  }
  expect(read(true)('neighbours__excess_onsets__12h')).toBeGreaterThan(6);
  expect(read(true)('neighbours__onset_rate__3h')).toBeGreaterThan(
    4 * read(false)('neighbours__onset_rate__3h'),
  );
});

it('a task that fails itself, or whose own onset it is, is told nothing', () => {
  const hourly = (hours: number, outcome: (hour: number) => 'failed' | 'success'): AnyFact[] =>
    Array.from({ length: hours }, (_, hour) => {
      const queuedAt = START + hour * HOUR;
      const times = { queuedAt, startedAt: queuedAt, endedAt: queuedAt + 60 };
      return tryFact({ runId: `run ${hour}`, state: outcome(hour), ...times });
    });
  const read = (facts: readonly AnyFact[], now: number): ((name: string) => number) =>
    tryFeatures(engineAt(facts, now), trySubject({ queuedAt: now }), now);
  const failing = read(
    hourly(30, (hour) => (hour === 29 ? 'failed' : 'success')),
    START + 30 * HOUR,
  );
  expect(failing('operator__excess_onsets__3h')).toBeNaN();
  const recovered = read(
    hourly(30, (hour) => (hour === 28 ? 'failed' : 'success')),
    START + 30 * HOUR,
  );
  expect(recovered('operator__excess_onsets__3h')).toBeLessThanOrEqual(0);
  expect(recovered('neighbours__excess_onsets__3h')).toBeLessThanOrEqual(0);
});

import { describe, expect, it } from 'vitest';
import { Ids } from '../../features/ids.js';
import { Lasting } from '../../features/lasting.js';
import type { AnyFact } from '../../core/fact-log/read.js';
import { DAY, START, engineAt, tryFact, tryFeatures, trySubject } from './support.js';

/** A day's try that runs for so many seconds. */
function lasted(day: number, seconds: number, state: 'failed' | 'success', taskId = 'task'): AnyFact {
  const at = START + day * DAY;
  const runId = `${taskId} ${day}`;
  return tryFact({ runId, taskId, state, queuedAt: at, startedAt: at, endedAt: at + seconds });
}

/** What has passed of a try on day 60, so many seconds after its start. */
function passed(
  facts: readonly AnyFact[],
  seconds: number,
  taskId = 'task',
): { elapsed: number; shift: number } {
  const startedAt = START + 60 * DAY;
  const subject = trySubject({ taskId, stage: 'running', queuedAt: startedAt, startedAt });
  const read = tryFeatures(engineAt(facts, startedAt), subject, startedAt + seconds);
  return { elapsed: read('try__elapsed__now'), shift: read('try__outlasting__now') };
}

const days = Array.from({ length: 50 }, (_, day) => day);
/** Successes take ten minutes, failures one minute. */
const early = days.map((day) => (day % 5 === 4 ? lasted(day, 60, 'failed') : lasted(day, 600, 'success')));
/** Failures come at a timeout of an hour. */
const late = days.map((day) => (day % 5 === 4 ? lasted(day, 3600, 'failed') : lasted(day, 600, 'success')));

describe('what a running try has outlasted', () => {
  it('is nothing before the start, and at it', () => {
    const read = tryFeatures(engineAt(early, START + 60 * DAY), trySubject(), START + 60 * DAY);
    expect([read('try__elapsed__now'), read('try__outlasting__now')]).toEqual([0, 0]);
    expect(passed(early, 0).shift).toBe(0);
  });

  it('lowers the risk once failures would have come', () => {
    expect(passed(early, 5).shift).toBeCloseTo(0, 5);
    expect(passed(early, 300).shift).toBeLessThan(-0.6);
    expect(passed(early, 300).elapsed).toBeCloseTo(Math.log1p(300), 5);
  });

  it('raises it once successes would have come', () => {
    expect(passed(late, 300).shift).toBeCloseTo(0, 5);
    const soon = passed(late, 1800).shift;
    expect(soon).toBeGreaterThan(1);
    expect(passed(late, 3000).shift).toBeCloseTo(soon, 2);
  });

  it('says nothing of a task without a usual duration, and of one without failures what others tell', () => {
    expect(passed(late, 1800, 'unknown').shift).toBe(0);
    const others = [...late, ...days.map((day) => lasted(day, 600, 'success', 'sound'))];
    expect(passed(others, 1800, 'sound').shift).toBeGreaterThan(0.5);
  });
});

it('never says more than a bound', () => {
  const lasting = new Lasting(new Ids());
  for (let n = 0; n < 5000; n++) {
    lasting.add(1, 1, false, 0, START, 0);
    lasting.add(1, 1, true, 4, START, 0);
  }
  expect(lasting.shift(1, 1, 3, START)).toBe(4);
  expect(lasting.shift(1, 1, -4, START)).toBeCloseTo(0, 5);
});

import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import type { TryState } from '../../core/facts.js';
import {
  DAY,
  HOUR,
  MINUTE,
  START,
  dagRunFact,
  dagRunFeatures,
  dagRunSubject,
  engineAt,
  tryFact,
} from './support.js';

interface RunOptions {
  readonly dagId?: string;
  readonly taskId?: string;
  readonly mapIndexes?: readonly number[];
}

/** A run of an hour in whose first half a task goes through the states given; null leaves it unfinished. */
function run(
  day: number,
  states: readonly TryState[],
  outcome: 'failed' | 'success' | null,
  options: RunOptions = {},
): AnyFact[] {
  const { dagId = 'dag', taskId = 'task', mapIndexes = [-1] } = options;
  const runId = `${dagId} ${day}`;
  const at = START + day * DAY;
  const times = { queuedAt: at, startedAt: at, endedAt: outcome === null ? null : at + HOUR };
  return [
    dagRunFact({ dagId, runId, ...times, state: outcome ?? 'running' }),
    ...mapIndexes.flatMap((mapIndex) =>
      states.map((state, index) => {
        const queuedAt = at + index * 10 * MINUTE;
        const its = { queuedAt, startedAt: queuedAt, endedAt: queuedAt + 5 * MINUTE };
        return tryFact({ dagId, runId, taskId, mapIndex, tryNumber: index + 1, state, ...its });
      }),
    ),
  ];
}

/** The trouble of the run of a day, half an hour after it began. */
function troubleOn(day: number, facts: readonly AnyFact[], dagId = 'dag'): { rate: number; runs: number } {
  const now = START + day * DAY + 30 * MINUTE;
  const subject = dagRunSubject({ dagId, runId: `${dagId} ${day}`, stage: 'running' });
  const read = dagRunFeatures(engineAt(facts, now), subject, now);
  return { rate: read('dag_run__trouble_rate__now'), runs: read('dag_run__trouble_runs__now') };
}

const RETRIED: readonly TryState[] = ['up_for_retry'];
const FINAL: readonly TryState[] = ['up_for_retry', 'failed'];

describe('the trouble of a run', () => {
  it('is unknown while no task is failing, and once it has recovered', () => {
    const facts = [
      ...run(0, FINAL, 'failed'),
      ...run(1, ['success'], null),
      ...run(2, ['up_for_retry', 'success'], null),
    ];
    expect(troubleOn(1, facts)).toEqual({ rate: NaN, runs: 0 });
    expect(troubleOn(2, facts)).toEqual({ rate: NaN, runs: 0 });
    expect(troubleOn(3, facts)).toEqual({ rate: NaN, runs: 0 });
  });

  it('is as bad as it was for earlier runs with the same failures', () => {
    const days = Array.from({ length: 20 }, (_, day) => day);
    const facts = [
      ...days.flatMap((day) =>
        day % 4 === 0 ? run(day, FINAL, 'failed') : run(day, ['up_for_retry', 'success'], 'success'),
      ),
      ...run(20, RETRIED, null),
      ...run(21, FINAL, null),
    ];
    const retried = troubleOn(20, facts);
    expect(retried.rate).toBeGreaterThan(0.2);
    expect(retried.rate).toBeLessThan(0.3);
    expect(retried.runs).toBeGreaterThan(18);
    expect(retried.runs).toBeLessThan(20);
    const final = troubleOn(21, facts);
    expect(final.rate).toBeGreaterThan(0.85);
    expect(final.runs).toBeGreaterThan(4);
    expect(final.runs).toBeLessThan(5);
  });

  it('tells tasks apart, and the worst one counts', () => {
    const harmless = { taskId: 'optional' };
    const days = Array.from({ length: 10 }, (_, day) => 2 * day);
    const facts = [
      ...days.flatMap((day) => [...run(day, FINAL, 'failed'), ...run(day + 1, FINAL, 'success', harmless)]),
      ...run(20, FINAL, null, harmless),
      ...run(21, FINAL, null),
      ...run(22, FINAL, null),
      ...run(22, FINAL, null, harmless),
    ];
    expect(troubleOn(20, facts).rate).toBeLessThan(0.15);
    expect(troubleOn(21, facts).rate).toBeGreaterThan(0.85);
    expect(troubleOn(22, facts).rate).toBeGreaterThan(0.85);
  });

  it('draws what a DAG has not seen towards what the deployment has', () => {
    const days = Array.from({ length: 10 }, (_, day) => day);
    const others = (outcome: 'failed' | 'success'): AnyFact[] =>
      days.flatMap((day) => run(day, RETRIED, outcome, { dagId: 'other' }));
    const worse = troubleOn(10, [...others('failed'), ...run(10, RETRIED, null)]);
    const better = troubleOn(10, [...others('success'), ...run(10, RETRIED, null)]);
    expect(worse.rate).toBeGreaterThan(0.8);
    expect(better.rate).toBeLessThan(0.1);
    expect([worse.runs, better.runs]).toEqual([0, 0]);
    expect(troubleOn(0, run(0, RETRIED, null)).rate).toBe(0.25);
    expect(troubleOn(0, run(0, FINAL, null)).rate).toBe(0.75);
  });

  it('is learnt from too where a run ends before its last try is told of', () => {
    const at = START;
    const its = { runId: 'dag 0', queuedAt: at, startedAt: at, state: 'failed' } as const;
    const facts = [
      dagRunFact({ ...its, endedAt: at + HOUR }),
      tryFact({ ...its, endedAt: at + HOUR }),
      tryFact({ ...its, taskId: 'later', endedAt: at + HOUR + 60 }),
      ...run(1, ['failed'], null),
      ...run(2, ['failed'], null, { taskId: 'later' }),
    ];
    expect(troubleOn(1, facts).runs).toBeGreaterThan(0.98);
    expect(troubleOn(2, facts).runs).toBeGreaterThan(0.98);
  });

  it('counts a run once, however many mapped instances failed in it', () => {
    const mapIndexes = Array.from({ length: 50 }, (_, index) => index);
    const facts = [...run(0, FINAL, 'failed', { mapIndexes }), ...run(1, FINAL, null, { mapIndexes })];
    expect(troubleOn(1, facts).runs).toBeGreaterThan(0.98);
    expect(troubleOn(1, facts).runs).toBeLessThanOrEqual(1);
  });
});

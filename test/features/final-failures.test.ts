import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DagRunFact, TaskFact, TryFact, TryState } from '../../core/facts.js';
import { FinalFailures } from '../../features/final-failures.js';
import type { TrySubject } from '../../features/types.js';

const START = 1_767_225_600;
const HOUR = 3600;
const ids = { deployment: 'd', dagId: 'etl', taskId: 'load' };

interface Given {
  readonly runId?: string;
  readonly taskId?: string;
  readonly mapIndex?: number;
  readonly tryNumber?: number;
  readonly maxTries?: number | null;
}

const extraOf = ({ maxTries }: Given) => (maxTries == null ? null : { max_tries: maxTries });

function subject(given: Given = {}): TrySubject {
  const { runId = 'now', mapIndex = -1, tryNumber = 1, taskId = 'load' } = given;
  return {
    ...{ kind: 'try', stage: 'queued', ...ids, taskId, runId, mapIndex, tryNumber, extra: extraOf(given) },
    ...{ runType: null, operator: null, pool: null, queue: null, owner: null },
    ...{ scheduledAt: null, queuedAt: null, startedAt: null },
  };
}

/** A fold with a clock of its own: each event is a minute after the one before. */
class World {
  readonly settled: [tryNumber: number, runId: string, failed: boolean][] = [];
  readonly fold = new FinalFailures((fact, failed) => {
    this.settled.push([fact.tryNumber, fact.runId, failed]);
  });
  at = START;

  event(phase: 'queued' | 'ended', state: TryState, given: Given = {}): this {
    const { runId = 'r', mapIndex = -1, tryNumber = 1, taskId = 'load' } = given;
    this.at += 60;
    const fact = { ...ids, taskId, runId, mapIndex, tryNumber, state, extra: extraOf(given) } as TryFact;
    this.fold.observe({ kind: 'try', phase, at: this.at, fact });
    return this;
  }

  ended(state: TryState, given: Given = {}): this {
    return this.event('queued', 'queued', given).event('ended', state, given);
  }

  runEnds(runId: string): this {
    const fact = { ...ids, runId, state: 'failed' } as unknown as DagRunFact;
    this.fold.observe({ kind: 'dag_run', phase: 'ended', at: (this.at += 60), fact });
    return this;
  }

  retries(retries: number): this {
    const fact = { ...ids, retries } as TaskFact;
    this.fold.observe({ kind: 'task', at: (this.at += 60), fact });
    return this;
  }

  ifFailed(given: Given = {}): number {
    return this.fold.outlook(subject(given), this.at).ifFailed;
  }
}

describe('tries left', () => {
  it('are told by the try itself, else by the task, else by nothing', () => {
    const world = new World();
    const left = (given: Given) => world.fold.outlook(subject(given), world.at).triesLeft;
    expect(left({})).toBeNull();
    world.retries(2);
    expect([1, 2, 3, 4].map((tryNumber) => left({ tryNumber }))).toEqual([2, 1, 0, 0]);
    // A person cleared it: Airflow allows as many tries again.
    expect(left({ tryNumber: 4, maxTries: 5 })).toBe(2);
  });
});

describe('P(the task fails for good | the try fails)', () => {
  it('is 1 without a try left, whatever happened before', () => {
    const world = new World().retries(0);
    expect(world.ifFailed()).toBe(1);
    for (let run = 0; run < 9; run++) world.ended('success', { runId: `r${run}` });
    expect(world.ifFailed()).toBe(1);
    expect(world.ifFailed({ tryNumber: 3, maxTries: 2 })).toBe(1);
  });

  it('falls where retries mend, and rises where they do not', () => {
    const mended = new World().retries(1);
    const broken = new World().retries(1);
    const before = mended.ifFailed();
    expect(before).toBe(0.5);
    for (let run = 0; run < 20; run++) {
      const runId = `r${run}`;
      mended.ended('up_for_retry', { runId }).ended('success', { runId, tryNumber: 2 });
      broken.ended('up_for_retry', { runId }).ended('failed', { runId, tryNumber: 2 });
    }
    expect(mended.ifFailed()).toBeLessThan(0.1);
    // The task's latest instances failed for good, which is a kind of its own.
    expect(broken.ifFailed()).toBeGreaterThan(0.9);
    expect(mended.fold.outlook(subject(), mended.at).rate).toBe(0);
    expect(broken.fold.outlook(subject(), broken.at).rate).toBe(1);
  });

  it('of a task without a past comes from its DAG', () => {
    const world = new World().retries(1);
    for (let run = 0; run < 20; run++) {
      const runId = `r${run}`;
      world.ended('up_for_retry', { runId }).ended('success', { runId, tryNumber: 2 });
    }
    expect(world.ifFailed({ taskId: 'other', maxTries: 1 })).toBeLessThan(0.1);
  });

  it('goes by the number of the try where the number of retries is not known', () => {
    const world = new World();
    for (let run = 0; run < 20; run++) {
      const runId = `r${run}`;
      const state = run % 4 < 2 ? 'failed' : 'success';
      world.ended('up_for_retry', { runId }).ended(state, { runId, tryNumber: 2 }).runEnds(runId);
    }
    expect(world.ifFailed()).toBeGreaterThan(0.3);
    expect(world.ifFailed()).toBeLessThan(0.7);
    expect(world.ifFailed({ tryNumber: 2 })).toBeGreaterThan(0.75);
  });

  it('keeps mapped instances apart', () => {
    const world = new World();
    const first = { mapIndex: 0, maxTries: 1 };
    const second = { mapIndex: 1, maxTries: 1 };
    world.ended('up_for_retry', first).ended('up_for_retry', second);
    world.ended('success', { ...second, tryNumber: 2 });
    expect(world.settled).toEqual([[1, 'r', false]]);
    world.ended('failed', { ...first, tryNumber: 2 });
    expect(world.settled.slice(1)).toEqual([
      [1, 'r', true],
      [2, 'r', true],
    ]);
  });
});

describe('the end of a task', () => {
  it('is not told by a failure that a retry follows, though Airflow calls it failed', () => {
    const world = new World().ended('failed', { maxTries: 1 });
    expect(world.settled).toEqual([]);
    world.ended('success', { tryNumber: 2, maxTries: 1 });
    expect(world.settled).toEqual([[1, 'r', false]]);
  });

  it('is told by the end of the run, where a failure was not to be retried', () => {
    const world = new World().ended('failed').runEnds('r');
    expect(world.settled).toEqual([[1, 'r', true]]);
    world.ended('up_for_retry', { runId: 's' }).runEnds('s');
    expect(world.settled).toHaveLength(1);
  });

  it('is told by a day of quiet, where no run tells of its end', () => {
    const world = new World().ended('failed');
    world.at += 20 * HOUR;
    expect(world.ended('success', { runId: 's' }).settled).toEqual([]);
    world.at += 5 * HOUR;
    expect(world.ended('success', { runId: 't' }).settled).toEqual([[1, 'r', true]]);
  });

  it('stays what it was when a person clears the task, whose next try begins anew', () => {
    const world = new World().ended('failed', { maxTries: 1, tryNumber: 2 });
    expect(world.settled).toEqual([[2, 'r', true]]);
    world.ended('success', { tryNumber: 3, maxTries: 3 });
    expect(world.settled).toHaveLength(1);
    // It gave up before its tries were used up, and was cleared while the run went on.
    const early = new World().ended('failed', { maxTries: 2 });
    early.event('queued', 'queued', { tryNumber: 2, maxTries: 4 });
    expect(early.settled).toEqual([[1, 'r', true]]);
  });

  it('is unknown when a person stopped it', () => {
    const world = new World().ended('up_for_retry', { maxTries: 1 });
    world.ended('killed', { tryNumber: 2, maxTries: 1 }).runEnds('r');
    expect(world.settled).toEqual([]);
  });
});

describe('whatever happens', () => {
  const step = fc.record({
    runId: fc.constantFrom('a', 'b', 'c'),
    mapIndex: fc.integer({ min: -1, max: 1 }),
    tryNumber: fc.integer({ min: 1, max: 4 }),
    maxTries: fc.option(fc.integer({ min: 0, max: 4 })),
    state: fc.constantFrom<TryState>('success', 'failed', 'up_for_retry', 'skipped', 'killed'),
    isRunEnd: fc.boolean(),
  });

  it('gives probabilities, and later facts change nothing that was told before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World();
        for (const { state, isRunEnd, ...given } of steps) {
          if (isRunEnd) world.runEnds(given.runId);
          else world.ended(state, given);
          const now = world.at;
          const outlook = world.fold.outlook(subject({ ...given, tryNumber: 1 }), now);
          expect(outlook.ifFailed).toBeGreaterThan(0);
          expect(outlook.ifFailed).toBeLessThanOrEqual(1);
          expect(outlook.rate).toBeGreaterThanOrEqual(0);
          expect(outlook.rate).toBeLessThanOrEqual(1);
          // Reading changes nothing.
          expect(world.fold.outlook(subject({ ...given, tryNumber: 1 }), now)).toEqual(outlook);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

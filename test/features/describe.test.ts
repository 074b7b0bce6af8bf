import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { describeGroup } from '../../features/describe.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import { replayTries } from '../../features/replay.js';
import type { DagRunSubject, TrySubject } from '../../features/types.js';
import {
  DAY,
  HOUR,
  START,
  batches,
  dagRunFact,
  dagRunSubject,
  engineAt,
  recordedFacts,
  taskFact,
  tryFact,
  trySubject,
} from './support.js';

/** One try a day, with these outcomes. */
function daily(states: string, changes: Parameters<typeof tryFact>[0] = {}): AnyFact[] {
  return states.split('').map((state, day) => {
    const queuedAt = START + day * DAY;
    return tryFact({
      runId: `day ${day}`,
      state: state === 'f' ? 'failed' : 'success',
      queuedAt,
      startedAt: queuedAt + 5,
      endedAt: queuedAt + 65,
      ...changes,
    });
  });
}

function say(
  group: string,
  facts: readonly AnyFact[],
  now: number,
  changes: Partial<TrySubject> = {},
): string | null {
  const engine = engineAt(facts, now);
  const vector = new Float32Array(engine.tryFeatures.length);
  engine.tryVector(trySubject(changes), now, vector, 0);
  return describeGroup(group, engine.tryFeatures, vector);
}

function sayOfRun(
  group: string,
  facts: readonly AnyFact[],
  now: number,
  changes: Partial<DagRunSubject> = {},
): string | null {
  const engine = engineAt(facts, now);
  const vector = new Float32Array(engine.dagRunFeatures.length);
  engine.dagRunVector(dagRunSubject(changes), now, vector, 0);
  return describeGroup(group, engine.dagRunFeatures, vector);
}

describe('a try', () => {
  const dayAfter = (days: number): number => START + days * DAY;

  it('is described by its history', () => {
    expect(say('task_history', [], START)).toBe('no earlier outcome of this task is known');
    expect(say('task_history', daily('s'), dayAfter(1))).toBe('succeeded in its only try so far');
    expect(say('task_history', daily('f'), dayAfter(1))).toBe('failed its only try so far');
    expect(say('task_history', daily('ssssssss'), dayAfter(8))).toBe('no failure in the last 8 tries');
    expect(say('task_history', daily('s'.repeat(60) + 'fsff'), dayAfter(64))).toBe(
      'failed 3 of the last 4 tries, usually 1 in 18; last success 3 days ago',
    );
    expect(say('task_history', daily('sf' + 's'.repeat(40)), dayAfter(42))).toMatch(
      /^no failure in the last 30 tries; last failure 41 days ago$/,
    );
    expect(say('task_history', daily('ssfffffff'), dayAfter(9))).toMatch(
      /^failed its last 7 tries, usually \d in 10; last success 8 days ago$/,
    );
    expect(say('task_history', daily('ffff'), dayAfter(4))).toMatch(/^failed all of the last 4 tries/);
  });

  it('is described by how such tasks go on', () => {
    expect(say('onset_hazard', daily('s'.repeat(30)), dayAfter(30))).toMatch(
      /^after a success it fails .+, in this DAG 1 in \d+$/,
    );
    expect(say('onset_hazard', daily('sfffff'), dayAfter(6))).toMatch(
      /^after a failure it fails again (almost always|19 in 20|\d in 10)/,
    );
  });

  it('is described by its run', () => {
    const early = (taskId: string, state: 'success' | 'failed'): AnyFact =>
      tryFact({
        taskId,
        runId: 'next',
        state,
        queuedAt: dayAfter(9),
        startedAt: dayAfter(9),
        endedAt: dayAfter(9) + 60,
      });
    const now = dayAfter(9) + HOUR;
    expect(say('run_so_far', daily('ss'), now)).toBe('nothing has ended in this run yet');
    expect(say('run_so_far', [early('a', 'success')], now)).toBe('in this run its first try succeeded');
    expect(say('run_so_far', [early('a', 'success'), early('b', 'success')], now)).toBe(
      'in this run all 2 tries succeeded so far',
    );
    expect(
      say(
        'run_so_far',
        [taskFact({ taskId: 'a', downstreamTaskIds: ['task'] }), early('a', 'failed'), early('b', 'success')],
        now,
      ),
    ).toBe('in this run 1 of 2 tries failed so far; 1 upstream task is failing');
  });

  it('is described by durations, gaps, attempts and kinds of failures', () => {
    const slow = [
      ...daily('s'.repeat(20)),
      tryFact({
        runId: 'slow',
        queuedAt: dayAfter(20),
        startedAt: dayAfter(20),
        endedAt: dayAfter(20) + 240,
      }),
    ];
    expect(say('duration', daily('s'.repeat(20)), dayAfter(20))).toBe('takes 60 seconds, as usual');
    expect(say('duration', slow, dayAfter(21))).toMatch(
      /^its last success took 3\.\dx the usual \d+ seconds$/,
    );
    expect(say('timing', daily('s'.repeat(20)), dayAfter(20))).toBe('last queued 24 hours ago, as usual');
    expect(say('timing', daily('s'.repeat(20)), dayAfter(26))).toBe(
      'last queued 7 days ago, usually every 24 hours',
    );
    expect(say('timing', daily('ss'), dayAfter(2))).toBe(
      'last queued 24 hours ago, as usual; first seen 2 days ago',
    );
    expect(say('retry', [taskFact({ retries: 3 })], dayAfter(1), { tryNumber: 2 })).toMatch(
      /^try 2; its retries fail 1 in \d+; 2 retries left$/,
    );
    expect(say('retry', [taskFact({ retries: 0 })], dayAfter(1))).toMatch(/no retry left$/);
    const timeouts = daily('ffff', { extra: { post_error: 'timeout' } });
    expect(say('failure_kind', timeouts, dayAfter(4))).toMatch(
      /^failures like its last one repeat \d in 10$/,
    );
    expect(say('failure_kind', daily('s'), dayAfter(1))).toBeNull();
    expect(say('description', [taskFact({ retries: 0 })], dayAfter(2))).toBe(
      'the task changed or appeared 2 days ago; no retries configured',
    );
  });

  it('is described by what else is going on', () => {
    const broken = ['a', 'b', 'c'].map((dagId) => [
      tryFact({ dagId, runId: '1' }),
      tryFact({
        dagId,
        runId: '2',
        state: 'failed',
        queuedAt: START + HOUR,
        startedAt: null,
        endedAt: START + HOUR + 1,
      }),
    ]);
    expect(say('outage', daily('s'), START + 2 * HOUR)).toBe('nothing else is breaking now');
    expect(say('outage', broken.flat(), START + HOUR + 60)).toMatch(
      /^3 tasks of other DAGs broke in the last hours \(.* tries\); 100 % of the tasks of other DAGs are failing now$/,
    );
    expect(say('same_name', broken.flat(), START + HOUR + 60)).toMatch(
      /^the same task fails .* in other DAGs; it is failing in 100 % of them now$/,
    );
    const pool: AnyFact = {
      kind: 'pool',
      fact: {
        deployment: 'default',
        pool: 'default_pool',
        slots: 16,
        occupiedSlots: 14,
        runningSlots: 14,
        queuedSlots: 0,
        scheduledSlots: 0,
        deferredSlots: 0,
        factId: 1,
        eventTime: START,
        knownAt: START,
        visibilityAssumed: false,
      },
    };
    expect(say('load', [pool, ...daily('s')], dayAfter(1))).toMatch(
      /^14 of 16 slots of its pool busy; 0 other tries queued or running/,
    );
  });

  it('says nothing for a group that it does not know', () => {
    expect(say('astrology', [], START)).toBeNull();
  });
});

describe('a DAG run', () => {
  const runs = (states: string): AnyFact[] =>
    states.split('').map((state, day) => {
      const at = START + day * DAY;
      return dagRunFact({
        runId: `day ${day}`,
        state: state === 'f' ? 'failed' : 'success',
        queuedAt: at,
        startedAt: at,
        endedAt: at + HOUR,
      });
    });

  it('is described by its history', () => {
    expect(sayOfRun('run_history', [], START)).toBe('no earlier run of this DAG has ended');
    expect(sayOfRun('run_history', runs('s'.repeat(40) + 'sfsf'), START + 44 * DAY)).toBe(
      'failed 2 of the last 4 runs, usually 1 in 20; last success 2 days ago',
    );
    expect(sayOfRun('timing', runs('ssssssssss'), START + 10 * DAY, { runType: 'manual' })).toBe(
      'last began 24 hours ago, as usual; triggered by a person',
    );
  });

  it('is described by its progress', () => {
    const at = START + 10 * DAY;
    const underWay = [
      ...runs('ssssssss'),
      dagRunFact({ runId: 'next', state: 'running', queuedAt: at, startedAt: at, endedAt: null }),
      taskFact({ retries: 0 }),
      tryFact({ runId: 'next', state: 'failed', queuedAt: at, startedAt: at, endedAt: at + 60 }),
      tryFact({ runId: 'next', taskId: 'other', queuedAt: at, startedAt: at, endedAt: at + 60 }),
    ];
    expect(sayOfRun('run_progress', underWay, at + 3 * HOUR, { stage: 'running' })).toBe(
      '1 of 2 tries failed so far; 1 task has no try left; runs 3.0x the usual 60 minutes',
    );
    expect(sayOfRun('task_risk', underWay, at + HOUR, { stage: 'running' })).toMatch(
      /^1 of its tasks failed last time; its riskiest task fails /,
    );
    expect(sayOfRun('run_progress', runs('s'), at)).toBeNull();
  });
});

it('never says NaN, infinity or null of any real subject', async () => {
  const replay = await replayTries(batches(recordedFacts()));
  for (const [vectors, features] of [
    [replay.tries, TRY_FEATURES],
    [replay.dagRuns, DAG_RUN_FEATURES],
  ] as const) {
    const groups = [...new Set(features.map(({ group }) => group))];
    for (let row = 0; row < vectors.rows; row += 13) {
      const vector = vectors.values.subarray(row * features.length, (row + 1) * features.length);
      for (const group of groups) {
        const words = describeGroup(group, features, vector);
        expect(words ?? 'nothing', group).not.toMatch(
          /NaN|Infinity|null|undefined|--|\b1 (tries|runs|tasks|days|hours)\b/,
        );
      }
    }
  }
});

import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { aspectOf } from '../../features/aspects.js';
import { describeAspect, describeGroup, NO_NAMES, type SubjectNames } from '../../features/describe.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import { replayTries } from '../../features/replay.js';
import type { TrySubject } from '../../features/types.js';
import {
  DAY,
  HOUR,
  START,
  batches,
  engineAt,
  reasonFact,
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

function vectorOf(facts: readonly AnyFact[], now: number, changes: Partial<TrySubject> = {}): Float32Array {
  const engine = engineAt(facts, now);
  const vector = new Float32Array(engine.tryFeatures.length);
  engine.tryVector(trySubject(changes), now, vector, 0);
  return vector;
}

/** What raises or lowers the risk of a try, by an aspect. */
function say(
  aspect: string,
  way: 'raises' | 'lowers',
  facts: readonly AnyFact[],
  now: number,
  changes: Partial<TrySubject> = {},
  names: SubjectNames = NO_NAMES,
): string {
  const sign = way === 'raises' ? 1 : -1;
  return describeAspect(aspect, sign, TRY_FEATURES, vectorOf(facts, now, changes), names).text;
}

const dayAfter = (days: number): number => START + days * DAY;

describe('a try', () => {
  it.each([
    ['raises', '', 'no earlier outcome of this task is known'],
    ['lowers', 's', 'succeeded in its only try so far'],
    ['raises', 'f', 'failed its only try so far'],
    ['lowers', 'ssssssss', 'no failure in the last 8 tries'],
    [
      'raises',
      's'.repeat(60) + 'fsff',
      'failed 3 of the last 4 tries, usually 1 in 18; its latest try failed, last success 3 days ago',
    ],
    ['lowers', 'sf' + 's'.repeat(40), 'no failure in the last 30 tries; last failure 41 days ago'],
    [
      'raises',
      'ssfffffff',
      'failed its last 7 tries, usually 9 in 10; its latest try failed, last success 8 days ago',
    ],
  ] as const)('that its record %s, after %j: %s', (way, states, words) => {
    expect(say('record', way, daily(states), dayAfter(states.length))).toBe(words);
  });

  it('is never said to be at risk for what lowers the risk, nor the other way round', () => {
    const well = daily('s'.repeat(40));
    const ill = daily('s'.repeat(36) + 'ffff');
    expect(say('record', 'raises', well, dayAfter(40))).not.toMatch(/no failure|succeeded/);
    expect(say('record', 'lowers', ill, dayAfter(40))).not.toMatch(/failed \w+ of the last/);
    expect(describeAspect('record', -1, TRY_FEATURES, vectorOf(ill, dayAfter(40))).isTelling).toBe(false);
    expect(say('others', 'raises', well, dayAfter(40))).toBe(
      'what else fails now: no single number stands out',
    );
  });

  it.each([
    ['timeout', 'its latest failure was a time-out'],
    ['resource', 'its latest failure was for want of memory, disk or quota'],
    ['transient_infrastructure', 'its latest failure was a fault of infrastructure'],
    ['code', 'its latest failure was an error in the code'],
  ] as const)(
    'tells what the log of the latest failure said, also after a success: %s',
    (failureClass, words) => {
      const failed = tryFact({
        runId: 'failed',
        state: 'failed',
        queuedAt: dayAfter(20),
        startedAt: dayAfter(20),
        endedAt: dayAfter(20) + 60,
      });
      const facts = [
        ...daily('s'.repeat(20)),
        failed,
        reasonFact(failed.fact, { failureClass, templateId: null }),
      ];
      const text = `failed 1 of the last 4 tries, usually 1 in 19; ${words}`;
      expect(say('record', 'raises', facts, dayAfter(21))).toBe(text);
      const again = tryFact({
        runId: 'again',
        queuedAt: dayAfter(21),
        startedAt: dayAfter(21),
        endedAt: dayAfter(21) + 60,
      });
      expect(say('record', 'raises', [...facts, again], dayAfter(22))).toContain(words);
    },
  );

  it('is described by the upstream tasks that fail in its run', () => {
    const failed = tryFact({
      taskId: 'a',
      runId: 'next',
      state: 'failed',
      queuedAt: dayAfter(9),
      startedAt: dayAfter(9),
      endedAt: dayAfter(9) + 60,
    });
    const facts = [taskFact({ taskId: 'a', downstreamTaskIds: ['task'] }), failed];
    expect(say('upstream', 'raises', facts, dayAfter(9) + HOUR)).toBe(
      '1 upstream task is failing; 100 % of its upstream tasks failed last time',
    );
  });

  it('is described by durations, timing and changes', () => {
    const slow = [
      ...daily('s'.repeat(20)),
      tryFact({
        runId: 'slow',
        queuedAt: dayAfter(20),
        startedAt: dayAfter(20),
        endedAt: dayAfter(20) + 240,
      }),
    ];
    const limited = [taskFact({ executionTimeoutSeconds: 75 }), ...daily('s'.repeat(20))];
    expect(say('duration', 'raises', limited, dayAfter(20))).toBe(
      'it usually takes 80 % of its timeout of 75 seconds',
    );
    expect(say('duration', 'lowers', daily('s'.repeat(20)), dayAfter(20))).toBe('takes 60 seconds, as usual');
    expect(say('duration', 'raises', slow, dayAfter(21))).toMatch(
      /^its last success took 3\.\dx the usual \d+ seconds; its latest successes took 1\.\dx the usual$/,
    );
    expect(say('timing', 'raises', daily('s'.repeat(20)), dayAfter(26))).toBe(
      'last queued 7 days ago, usually every 24 hours',
    );
    expect(say('change', 'raises', [taskFact({ retries: 0 })], dayAfter(2))).toBe(
      'the task changed or appeared 2 days ago',
    );
    expect(say('calendar', 'raises', daily('s'.repeat(20)), dayAfter(21))).toBe(
      'it is about 00:00 UTC on a Monday',
    );
  });

  it('is told by what took longer than usual, and not by what was quicker', () => {
    const took = (seconds: number): AnyFact[] => [
      ...daily('s'.repeat(20)),
      tryFact({
        runId: 'last',
        queuedAt: dayAfter(20),
        startedAt: dayAfter(20),
        endedAt: dayAfter(20) + seconds,
      }),
    ];
    const isTold = (seconds: number): boolean =>
      describeAspect('duration', 1, TRY_FEATURES, vectorOf(took(seconds), dayAfter(21))).isTelling;
    expect([240, 60, 15].map(isTold)).toEqual([true, false, false]);
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
    expect(say('others', 'lowers', daily('s'), START + 2 * HOUR)).toMatch(
      /^nothing breaks in other DAGs now/,
    );
    expect(say('others', 'raises', broken.flat(), START + HOUR + 60)).toMatch(
      /^3 tasks of other DAGs broke in the last hours \(.* tries, in the last days .*\); 100 % of the tasks of other DAGs are failing now$/,
    );
  });

  it('names pools of whatever id, safely', () => {
    const pool = 'evil`\n<b>pool</b>' + 'x'.repeat(99);
    const facts: AnyFact[] = [
      {
        kind: 'pool',
        fact: {
          deployment: 'default',
          pool: 'default_pool',
          slots: 16,
          occupiedSlots: 15,
          runningSlots: 15,
          queuedSlots: 0,
          scheduledSlots: 0,
          deferredSlots: 0,
          factId: 1,
          eventTime: START,
          knownAt: START,
          visibilityAssumed: false,
        },
      },
      ...daily('s'),
    ];
    const text = say('capacity', 'raises', facts, dayAfter(1), {}, { pool, operator: null });
    expect(text).toMatch(/^15 of 16 slots of pool `evil' <b>pool<\/b>x+…` busy/);
    expect(text.length).toBeLessThan(240);
  });

  it('says nothing for a group that it does not know', () => {
    expect(describeGroup('astrology', TRY_FEATURES, vectorOf([], START))).toBeNull();
  });
});

it('says nothing broken of any real subject, and never contradicts the way in which it moved the risk', async () => {
  const replay = await replayTries(batches(recordedFacts()));
  const good = /^(no failure|succeeded|nothing breaks|takes .* as usual)|; (no failure|nothing breaks)/;
  const bad = /failed its last|latest (try|run) failed|are failing now|its latest failure was/;
  for (const [vectors, features] of [
    [replay.tries, TRY_FEATURES],
    [replay.dagRuns, DAG_RUN_FEATURES],
  ] as const) {
    const aspects = [...new Set(features.map(aspectOf))].filter((aspect) => aspect !== '');
    for (let row = 0; row < vectors.rows; row += 41) {
      const vector = vectors.values.subarray(row * features.length, (row + 1) * features.length);
      for (const aspect of aspects) {
        const raises = describeAspect(aspect, 1, features, vector).text;
        const lowers = describeAspect(aspect, -1, features, vector).text;
        for (const words of [raises, lowers]) {
          expect(words, aspect).not.toMatch(
            /NaN|Infinity|null|undefined|--|\b1 (tries|runs|tasks|days|hours)\b/,
          );
          expect(words, aspect).not.toBe('');
        }
        expect(raises, aspect).not.toMatch(good);
        expect(lowers, aspect).not.toMatch(bad);
      }
    }
  }
});

import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import {
  FAILURE_CLASSES,
  type FailureClass,
  type FailureReasonFact,
  type TryObservation,
} from '../../core/facts.js';
import { describeGroup } from '../../features/describe.js';
import { failureClassFeature } from '../../features/groups/failure-reason.js';
import { TRY_FEATURES } from '../../features/registry.js';
import {
  DAY,
  HOUR,
  MINUTE,
  START,
  engineAt,
  observation,
  reasonFact,
  tryFact,
  tryFeatures,
  trySubject,
} from './support.js';

const PERSISTENCE = 'failure_reason__persistence__128d';
const SHARED = 'failure_reason__shared_cause__latest';
const SAME = 'failure_reason__same_template__3h';
const DEPLOYMENT = 'deployment__shared_cause_share__3h';
const POOL = 'pool__shared_cause_share__3h';

/** A try of a run of its own that ends at `at`. */
function made(taskId: string, at: number, changes: Partial<TryObservation> = {}): TryObservation {
  return observation({
    taskId,
    runId: `run ${at}`,
    state: 'failed',
    queuedAt: at - 20,
    startedAt: at - 10,
    endedAt: at,
    ...changes,
  });
}

const failed = (
  taskId: string,
  at: number,
  reason: Partial<FailureReasonFact> = {},
  delay: number | null = null,
): AnyFact[] => {
  const row = made(taskId, at);
  return [tryFact(row), reasonFact(row, reason, delay)];
};
const succeeded = (taskId: string, at: number): AnyFact => tryFact(made(taskId, at, { state: 'success' }));

const readAt = (facts: readonly AnyFact[], now: number, taskId = 'load') =>
  tryFeatures(engineAt(facts, now), trySubject({ taskId, pool: 'default_pool' }), now);

describe('the reason of the latest failure', () => {
  it('is what failures of its class led to', () => {
    // Failures of infrastructure are over with the next try, those of data last.
    const history = Array.from({ length: 10 }, (_, day) => [
      ...failed('load', START + day * DAY, { failureClass: 'transient_infrastructure' }),
      succeeded('load', START + day * DAY + HOUR),
      ...failed('report', START + day * DAY, { failureClass: 'data' }),
      ...failed('report', START + day * DAY + HOUR, { failureClass: 'data' }),
    ]).flat();
    const end = START + 11 * DAY;
    const facts = [
      ...history,
      ...failed('a', end, { failureClass: 'transient_infrastructure' }),
      ...failed('b', end, { failureClass: 'data' }),
    ];
    const [transient, data] = ['a', 'b'].map((task) => readAt(facts, end + MINUTE, task)(PERSISTENCE));
    expect(transient).toBeLessThan(0.3);
    expect(data).toBeGreaterThan(0.8);
  });

  it('is known from the moment when it was learnt, not before', () => {
    const facts = failed('load', START, { failureClass: 'resource' }, 5 * MINUTE);
    expect(readAt(facts, START + 4 * MINUTE)(SHARED)).toBeNaN();
    expect(readAt(facts, START + 4 * MINUTE)(DEPLOYMENT)).toBe(0);
    expect(readAt(facts, START + 6 * MINUTE)(SHARED)).toBe(1);
    expect(readAt(failed('load', START), START + MINUTE)(SHARED)).toBe(0);
  });

  it('counts while the task is failing, until a success', () => {
    const facts = failed('load', START, { failureClass: 'resource' });
    const again = tryFact(made('load', START + HOUR));
    expect(readAt([...facts, again], START + 2 * HOUR)(SHARED)).toBe(1);
    const over = [...facts, succeeded('load', START + HOUR)];
    expect(readAt(over, START + 2 * HOUR)(SHARED)).toBeNaN();
    // Another failure, whose reason is not known yet.
    expect(readAt([...over, tryFact(made('load', START + 3 * HOUR))], START + 4 * HOUR)(SHARED)).toBeNaN();
  });

  it('of an earlier failure that is learnt late does not replace that of a later one', () => {
    const facts = [
      ...failed('load', START, { failureClass: 'data' }, 3 * HOUR),
      ...failed('load', START + HOUR, { failureClass: 'resource' }, MINUTE),
    ];
    expect(readAt(facts, START + 4 * HOUR)(SHARED)).toBe(1);
  });
});

describe('the reason of the latest failure of a map index', () => {
  const instance = (mapIndex: number, hour: number, failureClass: FailureClass | null): AnyFact[] => {
    const row = made('load', START + hour * HOUR, {
      mapIndex,
      state: failureClass === null ? 'success' : 'failed',
    });
    return [tryFact(row), ...(failureClass === null ? [] : [reasonFact(row, { failureClass })])];
  };
  const readIndex = (facts: readonly AnyFact[], mapIndex: number) => {
    const now = START + 9 * HOUR;
    const subject = trySubject({ taskId: 'load', mapIndex, pool: 'default_pool' });
    const read = tryFeatures(engineAt(facts, now), subject, now);
    const classes = FAILURE_CLASSES.filter(
      (name) => name !== 'unknown' && read(failureClassFeature(name)) === 1,
    );
    return { classes, persistence: read(PERSISTENCE) };
  };

  it('is kept while others fail for other reasons, and succeed', () => {
    const facts = [...instance(3, 0, 'data'), ...instance(1, 1, 'timeout'), ...instance(0, 2, null)];
    expect(readIndex(facts, 3).classes).toEqual(['data']);
    expect(readIndex(facts, 3).persistence).toBeGreaterThan(0);
    expect(readIndex(facts, 1).classes).toEqual(['timeout']);
  });

  it('is that of the task where the index never failed', () => {
    const facts = [...instance(3, 0, 'data'), ...instance(1, 1, 'timeout')];
    expect(readIndex(facts, 0).classes).toEqual(['timeout']);
    expect(readIndex(facts, -1).classes).toEqual(['timeout']);
  });

  it('stands after a success of the index, but does not count as failing', () => {
    const facts = [...instance(3, 0, 'data'), ...instance(3, 1, null), ...instance(1, 2, 'timeout')];
    expect(readIndex(facts, 3).classes).toEqual(['data']);
    expect(readIndex(facts, 3).persistence).toBeNaN();
  });
});

describe('what others suffer from', () => {
  it('counts failures of other tasks with the same error line', () => {
    const facts = ['load', 'a', 'b'].flatMap((task, index) =>
      failed(task, START + index, { templateId: task === 'b' ? 'other' : 'same' }),
    );
    expect(readAt(facts, START + MINUTE)(SAME)).toBeCloseTo(1, 1);
    expect(readAt(facts, START + MINUTE, 'b')(SAME)).toBeCloseTo(0, 5);
    expect(readAt(facts, START + 6 * HOUR)(SAME)).toBeCloseTo(0.25, 1);
    const alone = [0, 1, 2].flatMap((index) => failed('load', START + index * MINUTE));
    expect(readAt(alone, START + HOUR)(SAME)).toBeCloseTo(0, 5);
  });

  it('tells the share of failures due to infrastructure or resources, leaving out the unknown', () => {
    const facts = (['resource', 'transient_infrastructure', 'data', 'unknown'] as const).flatMap(
      (failureClass, index) => failed(`task ${index}`, START + index, { failureClass }),
    );
    const read = readAt(facts, START + MINUTE, 'another');
    // Two of three, drawn towards none by one more.
    expect(read(DEPLOYMENT)).toBeCloseTo(0.5, 2);
    expect(read(POOL)).toBeCloseTo(0.5, 2);
    expect(read(SAME)).toBe(0);
  });

  it('has its class remembered through successes, until a failure of an unknown one', () => {
    const facts = [
      ...failed('load', START, { failureClass: 'timeout' }),
      succeeded('load', START + HOUR),
      succeeded('load', START + 2 * HOUR),
      tryFact(made('load', START + 3 * HOUR)),
      ...failed('load', START + 4 * HOUR, { failureClass: 'code' }),
      ...failed('load', START + 5 * HOUR, { failureClass: 'unknown' }),
    ];
    const classes = (hours: number): string[] => {
      const read = readAt(facts, START + hours * HOUR + MINUTE);
      return FAILURE_CLASSES.filter((name) => name !== 'unknown' && read(failureClassFeature(name)) === 1);
    };
    expect(classes(-1)).toEqual([]);
    expect(classes(0)).toEqual(['timeout']);
    expect(classes(2)).toEqual(['timeout']);
    expect(classes(3)).toEqual([]);
    expect(classes(4)).toEqual(['code']);
    expect(classes(5)).toEqual([]);
  });

  it('says so in words', () => {
    const facts = ['load', 'a', 'b'].flatMap((task) => failed(task, START, { failureClass: 'resource' }));
    const engine = engineAt(facts, START + MINUTE);
    const out = new Float32Array(TRY_FEATURES.length);
    engine.tryVector(trySubject({ taskId: 'load' }), START + MINUTE, out, 0);
    expect(describeGroup('failure_reason', TRY_FEATURES, out)).toMatch(
      /repeat .*the same error in other tasks: 2 failures.*75 % of the latest failures/,
    );
    engineAt([succeeded('load', START)], START + MINUTE).tryVector(
      trySubject({ taskId: 'load' }),
      START + MINUTE,
      out,
      0,
    );
    expect(describeGroup('failure_reason', TRY_FEATURES, out)).toBeNull();
  });
});

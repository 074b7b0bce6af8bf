import { describe, expect, test } from 'vitest';
import type { TryObservation } from '../../../core/facts.js';
import { causesInAction, simulate, type Cause } from '../../../datasets/simulator/index.js';
import { planDag } from '../../../datasets/simulator/plan.js';

const SEED = 12;
const DAGS = 30;
const inAction = causesInAction(SEED, DAGS);
const tries = [...simulate({ seed: SEED, dags: DAGS, days: 40 })].filter(
  ({ state }) => state !== 'upstream_failed',
);
const causeOf = ({ extra }: TryObservation): unknown => extra?.['post_cause'] ?? null;
const withAction = (cause: Cause): TryObservation[] => tries.filter((made) => inAction(made).includes(cause));
const failedShare = (of: readonly TryObservation[]): number =>
  of.filter((made) => causeOf(made) !== null).length / of.length;

describe('the causes in action', () => {
  test('each fail at least half of the tries at which they are in action', () => {
    for (const cause of [
      'pool_starvation',
      'bad_deploy',
      'shared_outage',
      'timeout_drift',
      'weekday_load',
    ] as const) {
      const found = withAction(cause);
      expect(found.length, cause).toBeGreaterThan(15);
      expect(failedShare(found), cause).toBeGreaterThan(0.5);
    }
  });

  test('are none at nearly all tries, and hardly any of these fail', () => {
    const quiet = tries.filter((made) => inAction(made).length === 0);
    expect(quiet.length).toBeGreaterThan(0.9 * tries.length);
    expect(failedShare(quiet)).toBeLessThan(0.03);
  });

  test('hold the one that failed a try, but for what fails by the way', () => {
    const dags = new Map(
      Array.from({ length: DAGS }, (_, index) => [planDag(SEED, index).dagId, planDag(SEED, index)]),
    );
    for (const made of tries) {
      const cause = causeOf(made);
      if (cause === 'bad_deploy' || cause === 'shared_outage') expect(inAction(made)).toContain(cause);
      if (cause === 'flaky') expect(inAction(made)).not.toContain(cause);
      if (inAction(made).includes('weekday_load'))
        expect(dags.get(made.dagId)!.tasks.find(({ taskId }) => taskId === made.taskId)!.isHeavy).toBe(true);
    }
  });

  test('are two where the one was only quicker', () => {
    const both = tries.filter((made) => inAction(made).length > 1);
    expect(both.length).toBeGreaterThan(0);
    expect(failedShare(both)).toBeGreaterThan(0.75);
  });

  test('are not told of another history', () => {
    expect(() => inAction({ ...tries[0]!, dagId: 'other' })).toThrow(RangeError);
  });
});

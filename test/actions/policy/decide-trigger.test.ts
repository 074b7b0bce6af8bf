import { describe, expect, it } from 'vitest';
import { decideTrigger } from '../../../actions/policy/decide-trigger.js';
import { actionsSchema } from '../../../core/config/actions.js';

const dag = { deployment: 'prod', dagId: 'orders', tags: ['nightly'], owners: ['ada'] };
const run = {
  ...{ deployment: 'prod', dagId: 'orders', runId: 'r1', endedAt: 1_800_000_000, waitingLogs: 0 },
  classes: ['data'] as const,
};
const rules = [
  { dag_id: 'other', classes: ['data'], start: 'repair_other' },
  { tag: 'nightly', classes: ['data', 'timeout'], start: 'repair', conf: { full: true } },
  { dag_id: 'ord*', classes: ['data'], start: 'later' },
];
const config = (mode: string, more: object = {}) =>
  actionsSchema.parse({ trigger: { mode, rules }, ...more });
const held = { arm: 'held_out', treatedProbability: 0.9 } as const;

describe('decideTrigger', () => {
  it('starts the DAG of the first rule that matches, told which run failed', () => {
    const decision = decideTrigger(config('automatic'), dag, run, null, true);
    expect(decision).toMatchObject({
      ...{ verdict: 'approved', mode: 'automatic', cause: 'data', isInPlaceOfRetry: true },
      reason: 'failed of data: a run of repair is made by itself (mode automatic)',
      request: {
        ...{ kind: 'trigger', dagId: 'repair' },
        conf: { full: true, failed_run: { dag_id: 'orders', run_id: 'r1', class: 'data' } },
      },
    });
    expect(decision!.request.runId).toMatch(/^orc__[0-9a-f]{24}$/);
  });

  it('asks for the same run whoever asks, and for another after another failure', () => {
    const idOf = (change: object, mode = 'shadow'): string =>
      decideTrigger(config(mode), dag, { ...run, ...change }, null, true)!.request.runId;
    expect(idOf({})).toBe(idOf({ endedAt: 1_800_009_999 }, 'automatic'));
    expect(new Set([idOf({}), idOf({ runId: 'r2' }), idOf({ deployment: 'test' })]).size).toBe(3);
  });

  it.each([
    ['shadow', true, 'shadowed', false],
    ['suggest', true, 'suggested', false],
    ['approve', true, 'proposed', true],
    ['automatic', false, 'proposed', true],
  ])('in the mode %s (earned: %s) is %s; in place of a retry: %s', (mode, isEarned, verdict, isInPlace) => {
    const decision = decideTrigger(config(mode), dag, run, null, isEarned);
    expect(decision).toMatchObject({ verdict, isInPlaceOfRetry: isInPlace });
  });

  it('leaves alone what is held out', () => {
    expect(decideTrigger(config('automatic'), dag, run, held, true)).toMatchObject({
      ...{ verdict: 'held_out', isInPlaceOfRetry: true },
    });
  });

  it('answers neither another class, nor a DAG by itself, nor the failure of a run that ORC started', () => {
    const decided = (change: object, about: object = {}) =>
      decideTrigger(config('automatic'), { ...dag, ...about }, { ...run, ...change }, null, true);
    expect(decided({ classes: ['code'] })).toBeNull();
    expect(decided({}, { dagId: 'repair' })).toBeNull();
    expect(decided({ runId: decided({})!.request.runId })).toBeNull();
  });
});

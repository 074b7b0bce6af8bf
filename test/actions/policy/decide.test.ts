import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeOf, type FailedRun } from '../../../actions/policy/cause.js';
import { decide, isDrawn, LOG_PATIENCE_SECONDS } from '../../../actions/policy/decide.js';
import { retrySettingsOf } from '../../../actions/policy/retry-settings.js';
import { ACTION_MODES, actionsSchema, RETRYABLE_CLASSES } from '../../../core/config/actions.js';
import { FAILURE_CLASSES, type FailureClass } from '../../../core/facts.js';

const ENDED = 1_800_000_000;
const dag = { deployment: 'prod', dagId: 'orders', tags: ['nightly'], owners: ['ada'] };
const failed = (classes: readonly FailureClass[], waitingLogs = 0): FailedRun => ({
  ...{ deployment: 'prod', dagId: 'orders', runId: 'r', endedAt: ENDED, classes, waitingLogs },
});
const treated = { arm: 'treated', treatedProbability: 0.9 } as const;
const heldOut = { arm: 'held_out', treatedProbability: 0.9 } as const;

describe('decide', () => {
  it.each([
    ['shadow', 'shadowed'],
    ['suggest', 'suggested'],
    ['approve', 'proposed'],
    ['automatic', 'approved'],
  ] as const)('goes as far as the mode %s', (mode, verdict) => {
    const config = actionsSchema.parse({ retry: { mode, delay_minutes: 7 } });
    const decision = decide(config, dag, failed(['transient_infrastructure']), treated, true, ENDED + 5);
    expect(decision).toMatchObject({ verdict, cause: 'transient_infrastructure', dueAt: ENDED + 420 });
  });

  it('waits for the logs of a run, but not for ever', () => {
    const config = actionsSchema.parse({});
    const run = failed([], 2);
    expect(decide(config, dag, run, treated, true, ENDED + 5)).toMatchObject({ verdict: 'wait' });
    const later = decide(config, dag, run, treated, true, ENDED + LOG_PATIENCE_SECONDS);
    expect(later).toMatchObject({ verdict: 'recommended', cause: 'unknown' });
  });

  it('leaves alone what was drawn for comparison, whatever the mode', () => {
    for (const mode of ACTION_MODES) {
      const config = actionsSchema.parse({ retry: { mode } });
      const decision = decide(config, dag, failed(['transient_infrastructure']), heldOut, true, ENDED);
      expect(decision.verdict).toBe('held_out');
    }
  });

  it('says why a class is not retried', () => {
    const config = actionsSchema.parse({ retry: { mode: 'automatic' } });
    const decision = decide(config, dag, failed(['resource']), treated, true, ENDED);
    expect(decision.verdict).toBe('recommended');
    expect(decision.reason).toMatch(/resource: not retried, unchanged it would need as much memory/);
    expect(decide(config, dag, failed(['timeout']), treated, true, ENDED).reason).toMatch(
      /not among actions\.retry\.classes/,
    );
  });

  it('leaves a DAG to its owner that is riskier than allowed, and not one whose risk is not known', () => {
    const config = actionsSchema.parse({
      retry: { mode: 'automatic' },
      overrides: [{ tag: 'nightly', most_risk: 0.5 }],
    });
    const decided = (risk: number | null, tags: readonly string[] = ['nightly']) =>
      decide(
        ...([config, { ...dag, tags }, { ...failed(['transient_infrastructure']), risk }] as const),
        ...([treated, true, ENDED] as const),
      );
    expect(decided(0.87)).toMatchObject({ verdict: 'recommended' });
    expect(decided(0.87).reason).toContain('a probability of 0.87, above 0.5 (actions.retry.most_risk)');
    expect([decided(0.5).verdict, decided(null).verdict, decided(0.99, []).verdict]).toEqual(
      Array(3).fill('approved'),
    );
  });

  it('never acts on a run in which something failed that another try cannot help', () => {
    const hopeless = FAILURE_CLASSES.filter((one) => !RETRYABLE_CLASSES.some((other) => other === one));
    fc.assert(
      fc.property(
        fc.subarray([...FAILURE_CLASSES]),
        fc.constantFrom(...hopeless),
        fc.constantFrom(...ACTION_MODES),
        fc.subarray([...RETRYABLE_CLASSES], { minLength: 1 }),
        (classes, last, mode, retried) => {
          const config = actionsSchema.parse({ retry: { mode, classes: retried } });
          const decision = decide(config, dag, failed([...classes, last]), treated, true, ENDED);
          expect(decision.verdict).toBe('recommended');
          expect(hopeless).toContain(decision.cause);
        },
      ),
    );
  });

  it('does not draw what is protected', () => {
    const config = actionsSchema.parse({ protected_dags: ['fin*'] });
    expect([isDrawn(config, 'finance'), isDrawn(config, 'orders')]).toEqual([false, true]);
  });
});

describe('causeOf', () => {
  it('is unknown when no log tells anything, and does not depend on the order', () => {
    expect(causeOf({ classes: [] })).toBe('unknown');
    expect(causeOf({ classes: ['unknown', 'timeout'] })).toBe('timeout');
    expect(causeOf({ classes: ['timeout', 'unknown'] })).toBe('timeout');
  });
});

describe('retrySettingsOf', () => {
  it('takes each setting from the first override that matches and sets it', () => {
    const config = actionsSchema.parse({
      retry: { delay_minutes: 1 },
      overrides: [
        { tag: 'nightly', mode: 'approve' },
        { owner: 'ada', mode: 'automatic', classes: ['timeout'] },
        { dag_id: 'other', delay_minutes: 99 },
      ],
    });
    expect(retrySettingsOf(config, dag)).toEqual({
      ...{ mode: 'approve', classes: ['timeout'], delaySeconds: 60, mostRisk: 1 },
    });
  });
});

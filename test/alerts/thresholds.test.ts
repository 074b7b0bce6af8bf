import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertsSchema } from '../../core/config/alerts.js';
import { costsOf, type Costs } from '../../alerts/thresholds/costs.js';
import type { DagTraits } from '../../core/dag-selector.js';
import { FEEDBACK_INCIDENTS, feedbackFactor, withFeedback } from '../../alerts/thresholds/feedback.js';
import {
  HIGHEST,
  LOWEST,
  shadowPrice,
  thresholdsOf,
  type RecentRisk,
} from '../../alerts/thresholds/thresholds.js';

const amount = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const costs: fc.Arbitrary<Costs> = fc.record({
  missedFailure: amount,
  warning: amount,
  action: fc.oneof(fc.constant(0), amount),
  avertableShare: fc.double({ min: 1e-3, max: 1, noNaN: true }),
});
const ratio = fc.double({ min: 0, max: 1, noNaN: true });
const recent: fc.Arbitrary<RecentRisk[]> = fc.array(fc.record({ risk: ratio, costs }), { maxLength: 60 });

describe('thresholds', () => {
  it('are where a warning, and acting on it, begin to pay', () => {
    const standard = { missedFailure: 100, warning: 10, action: 20, avertableShare: 0.5 };
    expect(thresholdsOf(standard)).toEqual({ warning: 0.2, critical: 0.6 });
    expect(thresholdsOf({ ...standard, missedFailure: 1000 }).warning).toBeCloseTo(0.02, 12);
  });

  it('lie strictly between 0 and 1, critical never below warning, whatever the costs and the price', () => {
    fc.assert(
      fc.property(costs, fc.double({ min: 0, max: 1e9, noNaN: true }), (given, price) => {
        const { warning, critical } = thresholdsOf(given, price);
        expect(warning).toBeGreaterThanOrEqual(LOWEST);
        expect(critical).toBeLessThanOrEqual(HIGHEST);
        expect(critical).toBeGreaterThanOrEqual(warning);
      }),
    );
  });

  it('fall as a failure costs more, and rise with the cost of a warning', () => {
    fc.assert(
      fc.property(costs, fc.double({ min: 1, max: 100, noNaN: true }), (given, factor) => {
        const base = thresholdsOf(given).warning;
        const { missedFailure, warning } = given;
        expect(thresholdsOf({ ...given, missedFailure: missedFailure * factor }).warning).toBeLessThanOrEqual(
          base,
        );
        expect(thresholdsOf({ ...given, warning: warning * factor }).warning).toBeGreaterThanOrEqual(base);
      }),
    );
  });

  it('keep to the budget unless they stand at their highest, and never fall below what the costs say', () => {
    fc.assert(
      fc.property(
        recent,
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (runs, days, budget) => {
          const price = shadowPrice(runs, days, budget);
          expect(price).toBeGreaterThanOrEqual(0);
          const warned = runs.filter(({ risk, costs: of }) => {
            const { warning } = thresholdsOf(of, price);
            expect(warning).toBeGreaterThanOrEqual(thresholdsOf(of).warning);
            // A rounding error is not a warning.
            return warning < HIGHEST && risk > warning * (1 + 1e-9);
          });
          expect(warned.length).toBeLessThanOrEqual(budget * Math.max(1, days));
        },
      ),
    );
  });

  it('are not raised while the budget holds', () => {
    const run = { risk: 0.9, costs: { missedFailure: 100, warning: 10, action: 0, avertableShare: 1 } };
    expect(shadowPrice([run, run], 1, 2)).toBe(0);
    expect(shadowPrice([], 7, 1)).toBe(0);
    expect(shadowPrice([run, { ...run, risk: 0.5 }, { ...run, risk: 0.3 }], 1, 1)).toBeCloseTo(40, 12);
  });

  it('spend the budget where a warning averts most', () => {
    const cheap = { missedFailure: 100, warning: 10, action: 0, avertableShare: 1 };
    const dear = { ...cheap, missedFailure: 1000 };
    const price = shadowPrice(
      [
        { risk: 0.9, costs: cheap },
        { risk: 0.2, costs: dear },
      ],
      1,
      1,
    );
    expect(0.2).toBeGreaterThan(thresholdsOf(dear, price).warning);
    expect(0.9).not.toBeGreaterThan(thresholdsOf(cheap, price).warning);
  });
});

describe('costs of a DAG', () => {
  const dag: DagTraits = { deployment: 'prod', dagId: 'finance_close', tags: ['finance'], owners: ['ann'] };
  const of = (overrides: object[], traits: Partial<DagTraits> = {}) =>
    costsOf(alertsSchema.parse({ overrides }), { ...dag, ...traits });

  it('are the general ones unless an entry matches in all that it names', () => {
    expect(of([{ tag: 'finance', deployment: 'test', missed_failure: 7 }]).missedFailure).toBe(100);
    expect(of([{ tag: 'finance', deployment: 'prod', missed_failure: 7 }]).missedFailure).toBe(7);
    expect(of([{ owner: 'bob', missed_failure: 7 }]).missedFailure).toBe(100);
    expect(of([{ owner: 'ann', missed_failure: 7 }]).missedFailure).toBe(7);
  });

  it('come each from the first entry that sets it', () => {
    const entries = [
      { dag_id: 'finance_*', missed_failure: 7 },
      { tag: 'finance', missed_failure: 8, warning: 3 },
    ];
    expect(of(entries)).toEqual({ missedFailure: 7, warning: 3, action: 20, avertableShare: 0.5 });
  });

  it('take a DAG id as text: only * is special', () => {
    const odd = 'a"b<c>`d`{{ e }}.*+';
    expect(of([{ dag_id: odd, warning: 1 }], { dagId: odd }).warning).toBe(1);
    expect(of([{ dag_id: 'finance.close', warning: 1 }]).warning).toBe(10);
  });
});

describe('what people said of warnings', () => {
  const costs = { missedFailure: 100, warning: 10, action: 20, avertableShare: 0.5 };

  it('leaves costs alone where nobody said anything', () => {
    expect(withFeedback(costs, undefined)).toEqual(costs);
    expect(withFeedback(costs, { incidents: 10, notUseful: 0 })).toEqual(costs);
  });

  it('makes a warning dearer with the share that was not useful, one press among few only a little', () => {
    expect(withFeedback(costs, { incidents: 10, notUseful: 6 })).toEqual({ ...costs, warning: 20 });
    expect(feedbackFactor({ incidents: 1, notUseful: 1 })).toBeCloseTo(1.667, 3);
  });

  it('stays within bounds, and rises with every complaint', () => {
    const counts = fc.nat(FEEDBACK_INCIDENTS);
    fc.assert(
      fc.property(counts, counts, (incidents, notUseful) => {
        const factor = feedbackFactor({ incidents, notUseful });
        expect(factor).toBeGreaterThanOrEqual(1);
        expect(factor).toBeLessThan(3);
        expect(feedbackFactor({ incidents, notUseful: notUseful + 1 })).toBeGreaterThanOrEqual(factor);
      }),
    );
  });
});

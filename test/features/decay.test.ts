import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  D32,
  DecayedMean,
  HALF_LIVES,
  TransitionRates,
  elsewhere,
  emptyRates,
  failureRate,
  hazard,
  persistence,
  remaining,
  triesOf,
} from '../../features/decay.js';
import { DAY, HOUR } from './support.js';

describe('remaining', () => {
  it('is 2^-(elapsed / half-life) to fifteen digits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 99, noNaN: true }),
        fc.constantFrom(60, HOUR, 30 * DAY),
        (halvings, halfLife) => {
          const exact = 2 ** -halvings;
          expect(Math.abs(remaining(halvings * halfLife, halfLife) / exact - 1)).toBeLessThan(2e-14);
        },
      ),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('is exactly 1 at once, 0 after a hundred half-lives, and never grows', () => {
    expect(remaining(0, HOUR)).toBe(1);
    expect(remaining(-5, HOUR)).toBe(1);
    expect(remaining(HOUR, HOUR)).toBe(0.5);
    expect(remaining(101 * HOUR, HOUR)).toBe(0);
    expect(remaining(Infinity, HOUR)).toBe(0);
    expect(remaining(NaN, HOUR)).toBe(0);
  });
});

const outcomes = fc.array(
  fc.record({
    gap: fc.constantFrom(0, 1, HOUR, DAY, 100 * DAY, 20_000 * DAY),
    failed: fc.boolean(),
    afterFailure: fc.boolean(),
    age: fc.constantFrom(0, 0, HOUR, DAY),
  }),
  { minLength: 1, maxLength: 30 },
);

it('TransitionRates keep what a sum over all outcomes gives, at every half-life', () => {
  fc.assert(
    fc.property(outcomes, fc.constantFrom(0, HOUR, 10 * DAY), (steps, later) => {
      const rates = new TransitionRates();
      let at = 0;
      const all = steps.map((step) => {
        at += step.gap;
        rates.add(3, at, step.failed, step.afterFailure, step.age);
        return { ...step, endedAt: at - step.age };
      });
      const now = at + later;
      const loaded = emptyRates();
      rates.load(3, now, loaded);
      const sum = (halfLife: number, isOf: (step: (typeof all)[number]) => boolean): number =>
        all.filter(isOf).reduce((total, step) => total + 2 ** (-(now - step.endedAt) / halfLife), 0);
      HALF_LIVES.forEach((halfLife, level) => {
        const tries = sum(halfLife, () => true);
        const failures = sum(halfLife, ({ failed }) => failed);
        expect(triesOf(loaded, level)).toBeCloseTo(tries, 8);
        expect(failureRate(loaded, level, 0.1, 2)).toBeCloseTo((failures + 0.2) / (tries + 2), 8);
        const afterOther = sum(halfLife, ({ afterFailure }) => !afterFailure);
        const onsets = sum(halfLife, ({ failed, afterFailure }) => failed && !afterFailure);
        expect(hazard(loaded, level, 0.1, 2)).toBeCloseTo((onsets + 0.2) / (afterOther + 2), 8);
        const again = sum(halfLife, ({ failed, afterFailure }) => failed && afterFailure);
        expect(persistence(loaded, level, 0.1, 2)).toBeCloseTo((again + 0.2) / (tries - afterOther + 2), 8);
      });
    }),
    { seed: 2, numRuns: 300 },
  );
});

it('TransitionRates of a key that was never written are empty, whatever lies in the target', () => {
  const rates = new TransitionRates();
  rates.add(2, 100, true, false, 0);
  const loaded = emptyRates().fill(7);
  rates.load(1, 100, loaded);
  expect(Array.from(loaded)).toEqual(Array.from(emptyRates()));
  rates.load(2, 100, loaded);
  expect(triesOf(loaded, D32)).toBe(1);
  rates.add(2, 100, true, true, 0);
  rates.load(2, 100, loaded);
  expect(triesOf(loaded, D32)).toBe(2);
});

it('elsewhere takes a part away and never goes below zero', () => {
  const all = emptyRates().fill(2);
  const part = emptyRates().fill(0.5);
  part[0] = 2 + 1e-9;
  const out = emptyRates();
  elsewhere(all, part, out);
  expect(out[0]).toBe(0);
  expect(out[1]).toBe(1.5);
});

it('DecayedMean is a weighted mean drawn towards the prior', () => {
  const mean = new DecayedMean(DAY);
  expect(mean.mean(1, 0, 0.3, 2)).toBe(0.3);
  expect(mean.mean(1, 0, 0, 0)).toBeNaN();
  mean.add(1, 0, 1, 0);
  mean.add(1, DAY, 0, 0);
  expect(mean.count(1, DAY)).toBe(1.5);
  expect(mean.mean(1, DAY, 0.25, 2)).toBeCloseTo((0.5 + 0.5) / 3.5, 12);
});

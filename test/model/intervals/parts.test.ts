import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correction, Thresholds } from '../../../model/intervals/conformal.js';
import { Checkpoints } from '../../../model/intervals/checkpoints.js';
import { EndDistribution } from '../../../model/intervals/end-distribution.js';
import { Residual } from '../../../model/intervals/residual.js';
import { permutation, SAMPLES } from '../../../model/intervals/sampling.js';
import { ValueStore, WINDOW } from '../../../model/intervals/value-store.js';
import { normalQuantile } from '../../../model/network/input-transform.js';
import { normal, seededRandom } from '../../../model/random.js';

const PRIOR = { mean: Math.log(60), deviation: 1 };

function samplesOf(values: readonly number[], level = 0): Float64Array {
  const store = new ValueStore();
  const id = store.create();
  for (const value of values) store.push(id, Math.log(value), PRIOR, 0.05);
  const out = new Float64Array(SAMPLES);
  store.sample(id, level, () => PRIOR, permutation(1), permutation(2), out);
  return out.sort();
}

describe('a window of values', () => {
  it('gives the median and spread of its values', () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 200 }, () => 100 * Math.exp(0.3 * normal(random)));
    const samples = samplesOf(values);
    expect(samples[SAMPLES >> 1]!).toBeGreaterThan(80);
    expect(samples[SAMPLES >> 1]!).toBeLessThan(125);
    const ratio = Math.log(samples[Math.floor(0.9 * SAMPLES)]! / samples[Math.floor(0.1 * SAMPLES)]!);
    expect(ratio).toBeGreaterThan(0.45);
    expect(ratio).toBeLessThan(1.1);
  });

  it('keeps two ways to end apart', () => {
    const samples = samplesOf(Array.from({ length: WINDOW }, (_, k) => (k % 2 === 0 ? 10 : 1000)));
    const between = samples.filter((value) => value > 40 && value < 250).length;
    expect(between).toBeLessThan(0.25 * SAMPLES);
  });

  it('forgets what is older than its last values', () => {
    const moved = [...Array.from({ length: 100 }, () => 1000), ...Array.from({ length: WINDOW }, () => 10)];
    expect(samplesOf(moved)[Math.floor(0.9 * SAMPLES)]!).toBeLessThan(30);
  });

  it('is lifted by the level of now', () => {
    const values = [10, 12, 9, 11, 10];
    const lifted = samplesOf(values, Math.log(3));
    samplesOf(values).forEach((value, s) => {
      expect(lifted[s]! / value).toBeCloseTo(3, 9);
    });
  });

  it('gives what is expected of others while it is empty, also after its id was given back', () => {
    const store = new ValueStore();
    const id = store.create();
    store.push(id, 9, PRIOR, 0.1);
    store.release(id);
    expect(store.create()).toBe(id);
    expect(store.count(id)).toBe(0);
    const out = new Float64Array(SAMPLES);
    store.sample(id, 0, () => PRIOR, permutation(1), permutation(2), out);
    expect(out.sort()[SAMPLES >> 1]!).toBeCloseTo(60, -1);
  });
});

describe('what is left of a duration', () => {
  const lasting = fc.array(fc.double({ min: 0.1, max: 1e5, noNaN: true }), {
    minLength: SAMPLES,
    maxLength: SAMPLES,
  });
  const stratum = fc.integer({ min: 0, max: SAMPLES - 1 });

  it('never ends earlier the longer it has lasted', () => {
    fc.assert(
      fc.property(
        lasting,
        stratum,
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2 }),
        (samples, at, times) => {
          const residual = new Residual();
          residual.load(Float64Array.from(samples));
          let last = 0;
          for (const elapsed of times.sort((a, b) => a - b)) {
            const total = residual.total(elapsed, at);
            expect(total).toBeGreaterThanOrEqual(elapsed);
            expect(total).toBeGreaterThanOrEqual(last * (1 - 1e-9));
            last = total;
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('the distribution of an end', () => {
  const moments = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 16, maxLength: 128 });

  it('rises with time and with the level', () => {
    fc.assert(
      fc.property(moments, (samples) => {
        const end = EndDistribution.of(0, Float64Array.from(samples));
        let last = -Infinity;
        for (const level of [0.001, 0.1, 0.5, 0.9, 0.999]) {
          const at = end.quantile(level);
          expect(at).toBeGreaterThanOrEqual(last);
          last = at;
        }
        const probabilities = [0, 10, 1000, 1e5, 1e7].map((at) => end.probability(at));
        expect(probabilities).toEqual([...probabilities].sort((a, b) => a - b));
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('has the level of its quantiles', () => {
    const end = EndDistribution.of(
      1e9,
      Float64Array.from({ length: 100 }, (_, k) => 1e9 + 50 + k),
    );
    for (const level of [0.002, 0.1, 0.37, 0.9, 0.998])
      expect(end.probability(end.quantile(level))).toBeCloseTo(level, 4);
  });

  it('makes lateness likelier when any sample moves later', () => {
    fc.assert(
      fc.property(
        moments,
        fc.nat({ max: 15 }),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        (samples, moved, at) => {
          const later = samples.map((value, k) => (k === moved ? value * 1.5 : value));
          const before = EndDistribution.of(0, Float64Array.from(samples)).probability(at);
          const after = EndDistribution.of(0, Float64Array.from(later)).probability(at);
          expect(after).toBeLessThanOrEqual(before + 1e-12);
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe('conformal correction', () => {
  /** Share of outcomes in the corrected 80 % interval when the forecast's scores are really `shift + width z`. */
  function coverage(scoreOf: (z: number, step: number) => number): number {
    const random = seededRandom(5);
    const shared = new Thresholds();
    const own = new Thresholds();
    let inside = 0;
    const steps = 4000;
    for (let step = 0; step < steps; step++) {
      const correction = new Correction(shared, own);
      const score = scoreOf(normal(random), step);
      const level = 0.5 * (1 + Math.tanh(0.7978845608 * (score + 0.044715 * score ** 3)));
      if (level > correction.rawLevel(0.1) && level <= correction.rawLevel(0.9)) inside++;
      correction.learn(level, shared, own);
    }
    return inside / steps;
  }

  it('holds 80 % whether forecasts are too wide, too narrow, off, or drift', () => {
    for (const scoreOf of [
      (z: number) => z,
      (z: number) => 0.4 * z,
      (z: number) => 1.6 * z + 0.5,
      (z: number, step: number) => z + Math.sin(step / 400),
    ]) {
      const share = coverage(scoreOf);
      expect(share).toBeGreaterThan(0.78);
      expect(share).toBeLessThan(0.82);
    }
  });

  it('is undone by its inverse', () => {
    const shared = new Thresholds(1.5);
    const own = new Thresholds();
    own.shifts.fill(0.3);
    const correction = new Correction(shared, own);
    for (const level of [0.05, 0.1, 0.5, 0.77, 0.9])
      expect(correction.level(correction.rawLevel(level))).toBeCloseTo(level, 4);
  });

  it('takes back what it learnt from a run that was thought unfinished', () => {
    const [shared, own] = [new Thresholds(), new Thresholds()];
    const [told, ownTold] = [new Thresholds(), new Thresholds()];
    const correction = new Correction(shared, own);
    correction.learnLevel(5, false, shared, own);
    correction.revoke(5, shared, own);
    new Correction(told, ownTold).learnLevel(5, true, told, ownTold);
    expect(shared.shifts[5]!).toBeCloseTo(told.shifts[5]!, 6);
    expect(normalQuantile(0.5)).toBe(0);
  });
});

it('takes out checkpoints by time, then arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (times) => {
      const checkpoints = new Checkpoints<number>();
      times.forEach((at, index) => {
        checkpoints.add(at, index);
      });
      const taken: (readonly [number, number])[] = [];
      for (let next = checkpoints.popUntil(20); next !== null; next = checkpoints.popUntil(20))
        taken.push([next.at, next.item]);
      expect(taken).toEqual(
        times.map((at, index) => [at, index] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      );
      expect(checkpoints.popUntil(Infinity)).toBeNull();
    }),
    { seed: 4, numRuns: 100 },
  );
});

import { describe, expect, it } from 'vitest';
import { OnlineLogistic } from '../../../model/calibration/online-logistic.js';
import { solveSymmetric } from '../../../model/calibration/solve.js';
import { sigmoid } from '../../../model/log-odds.js';
import { normal, seededRandom } from '../../../model/random.js';

const prior = { mean: [0, 1], precision: [4, 25], horizon: 1000 };

function follow(online: OnlineLogistic, outcomes: number, level: number, slope: number): void {
  const random = seededRandom(8);
  for (let i = 0; i < outcomes; i++) {
    const x = normal(random) - 1;
    const label = random() < sigmoid(level + slope * x) ? 1 : 0;
    online.observe(Float64Array.of(1, x), [label], 1);
  }
}

describe('online logistic regression', () => {
  it('is its prior before any outcome', () => {
    expect(new OnlineLogistic(prior).logOdds([1, -2])).toBe(-2);
  });

  it('follows a level and a slope that differ from the prior', () => {
    const online = new OnlineLogistic(prior);
    follow(online, 4000, 1, 0.5);
    const [level, slope] = online.state().mean;
    expect(level).toBeGreaterThan(0.6);
    expect(level).toBeLessThan(1.3);
    expect(slope).toBeGreaterThan(0.35);
    expect(slope).toBeLessThan(0.75);
  });

  it('one batch moves it by a bounded step, however large', () => {
    const online = new OnlineLogistic(prior);
    const inputs = Float64Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 1 : -6));
    online.observe(inputs, new Uint8Array(1000).fill(1), 1 / Math.sqrt(1000));
    expect(online.state().mean[0]).toBeLessThanOrEqual(0.5);
  });

  it('returns towards the prior as what it learnt is forgotten', () => {
    const online = new OnlineLogistic(prior);
    follow(online, 2000, 1, 1);
    const learnt = online.state().mean[0]!;
    // Outcomes that say nothing: the same inputs, as often failed as they are likely to.
    for (let i = 0; i < 300; i++) {
      online.observe(Float64Array.of(0, 0), [1], 50);
      online.observe(Float64Array.of(0, 0), [0], 50);
    }
    expect(Math.abs(online.state().mean[0]!)).toBeLessThan(Math.abs(learnt) / 10);
  });

  it('is the written-out formula, to the last bit', () => {
    const prior = { mean: [0, 1, 0.5], precision: [4, 25, 25], horizon: 50 };
    const online = new OnlineLogistic(prior);
    const random = seededRandom(3);
    let mean = Float64Array.from(prior.mean);
    let information = new Float64Array(9);
    const withPrior = (): Float64Array =>
      information.map((value, i) => (i % 4 === 0 ? value + prior.precision[i / 4]! : value));
    for (let batch = 0; batch < 200; batch++) {
      const size = 1 + Math.floor(4 * random());
      const inputs = Float64Array.from({ length: 3 * size }, (_, i) => (i % 3 === 0 ? 1 : normal(random)));
      const labels = Uint8Array.from({ length: size }, () => (random() < 0.3 ? 1 : 0));
      const weight = 1 / Math.sqrt(size);
      online.observe(inputs, labels, weight);

      const kept = Math.exp(-(size * weight) / prior.horizon);
      const told = Float64Array.from([0, 1, 2], (i) => {
        let sum = prior.precision[i]! * (mean[i]! - prior.mean[i]!);
        for (let j = 0; j < 3; j++) sum += information[3 * i + j]! * mean[j]!;
        return kept * sum + prior.precision[i]! * prior.mean[i]!;
      });
      information = information.map((value) => value * kept);
      mean = solveSymmetric(withPrior(), told) as Float64Array<ArrayBuffer>;
      const gradient = new Float64Array(3);
      labels.forEach((label, r) => {
        const x = inputs.subarray(3 * r, 3 * r + 3);
        const p = sigmoid(0 + mean[0]! * x[0]! + mean[1]! * x[1]! + mean[2]! * x[2]!);
        for (let i = 0; i < 3; i++) {
          gradient[i] = gradient[i]! + weight * (label - p) * x[i]!;
          for (let j = 0; j < 3; j++) {
            information[3 * i + j] = information[3 * i + j]! + weight * p * (1 - p) * x[i]! * x[j]!;
          }
        }
      });
      const move = solveSymmetric(withPrior(), gradient);
      mean = mean.map((value, i) => value + Math.max(-0.5, Math.min(0.5, move[i]!)));
    }
    expect(online.state()).toEqual({ mean: Array.from(mean), information: Array.from(information) });
  });

  it('continues from a saved state', () => {
    const online = new OnlineLogistic(prior);
    follow(online, 100, 1, 1);
    const restored = new OnlineLogistic(prior, online.state());
    follow(online, 10, 1, 1);
    follow(restored, 10, 1, 1);
    expect(restored.state()).toEqual(online.state());
  });
});

describe('symmetric solver', () => {
  it('writes over the right side where it is told to', () => {
    const a = Float64Array.of(4, 1, 1, 3);
    const b = Float64Array.of(1, 2);
    const expected = solveSymmetric(a, b);
    expect(b).toEqual(Float64Array.of(1, 2));
    expect(solveSymmetric(a, b, b)).toBe(b);
    expect(b).toEqual(expected);
  });

  it('solves', () => {
    const a = Float64Array.of(4, 1, 0.5, 1, 3, 0.2, 0.5, 0.2, 2);
    const x = solveSymmetric(a, Float64Array.of(1, 2, 3));
    const product = [0, 1, 2].map((i) => a[i * 3]! * x[0]! + a[i * 3 + 1]! * x[1]! + a[i * 3 + 2]! * x[2]!);
    [1, 2, 3].forEach((b, i) => {
      expect(product[i]).toBeCloseTo(b, 10);
    });
  });
});

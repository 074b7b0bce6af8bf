import { describe, expect, it } from 'vitest';
import { reportChance } from '../../../model/backtest/chance.js';
import { pairedBootstrap, percentile } from '../../../model/evaluation/bootstrap.js';
import { perfectForecastError } from '../../../model/evaluation/perfect-forecast.js';
import { normal, seededRandom } from '../../../model/random.js';

const rows = 600;
const random = seededRandom(3);
const labels = Uint8Array.from({ length: rows }, () => (random() < 0.2 ? 1 : 0));
const runs = Int32Array.from({ length: rows }, (_, i) => Math.floor(i / 6));
const noisy = (noise: number): Float64Array =>
  Float64Array.from(labels, (label) => label + noise * normal(random));
const options = { resamples: 200, seed: 5 };

describe('paired bootstrap', () => {
  it('tells a clearly better score from a worse one', () => {
    const { average_precision: precision, brier } = reportChance(labels, noisy(0.5), noisy(3), runs, 1);
    expect(precision!.interval[0]).toBeGreaterThan(0);
    expect(brier!.interval[1]).toBeLessThan(0);
    expect(precision!.difference).toBeGreaterThan(precision!.interval[0]);
    expect(precision!.difference).toBeLessThan(precision!.interval[1]);
  });

  it('finds no difference between equally good scores', () => {
    const { average_precision: precision, brier } = reportChance(labels, noisy(1), noisy(1), runs, 1);
    for (const { interval } of [precision!, brier!]) {
      expect(interval[0]).toBeLessThan(0);
      expect(interval[1]).toBeGreaterThan(0);
    }
  });

  it('draws whole groups', () => {
    const groups = Int32Array.from([0, 0, 0, 1]);
    pairedBootstrap(
      groups,
      (weights) => {
        expect(new Set(weights.subarray(0, 3)).size).toBe(1);
        expect(weights[0]! + weights[3]!).toBe(2);
        return 0;
      },
      options,
    );
  });

  it('is repeatable, and null without a failure', () => {
    const [a, b] = [noisy(1), noisy(1)];
    expect(reportChance(labels, a, b, runs, 1)).toEqual(reportChance(labels, a, b, runs, 1));
    expect(reportChance(new Uint8Array(rows), a, b, runs, 1).average_precision).toBeNull();
  });
});

describe('calibration error of a perfect forecast', () => {
  it('falls as rows are added, and covers 19 of 20 true forecasts', () => {
    const few = new Float64Array(100).fill(0.3);
    const many = new Float64Array(10_000).fill(0.3);
    const bound = perfectForecastError(few, options)!;
    expect(perfectForecastError(many, options)!).toBeLessThan(bound / 5);
    // All in one bin: |mean - 0.3| of 100 draws is normal with a standard deviation of 0.046.
    expect(bound).toBeGreaterThan(1.96 * 0.046 * 0.8);
    expect(bound).toBeLessThan(1.96 * 0.046 * 1.25);
  });

  it('is null without rows', () => {
    expect(perfectForecastError(new Float64Array(0), options)).toBeNull();
  });
});

describe('percentile', () => {
  it('takes the nearest rank', () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([1, 3, 5, 5]);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

import { describe, expect, it } from 'vitest';
import { CommonLevel } from '../../../model/calibration/common-level.js';
import { sigmoid } from '../../../model/log-odds.js';
import { seededRandom } from '../../../model/random.js';

/** Shows outcomes of a rate one after the other, to a level above a forecast that stays; returns the risks shown. */
function show(level: CommonLevel, forecast: number, rates: readonly number[], seed = 5): number[] {
  const random = seededRandom(seed);
  return rates.map((rate, k) => {
    const shifted = level.shifted(forecast);
    const risk = sigmoid(level.pooled(forecast));
    level.observe([forecast], [shifted], [random() < rate ? 1 : 0], k * HOUR);
    return risk;
  });
}

const HOUR = 3600;
const times = (count: number, rate: number): number[] => new Array<number>(count).fill(rate);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
/** A forecast of 3 %. */
const FORECAST = Math.log(0.03 / 0.97);

describe('a level that all risks share', () => {
  it('changes nothing before any outcome', () => {
    expect(new CommonLevel().pooled(FORECAST)).toBeCloseTo(FORECAST, 12);
  });

  it('leaves a forecast that is right about where it is', () => {
    const risks = show(new CommonLevel(), FORECAST, times(4000, 0.03));
    expect(mean(risks)).toBeGreaterThan(0.027);
    expect(mean(risks)).toBeLessThan(0.034);
  });

  it('follows a rate that triples, and comes back', () => {
    const level = new CommonLevel();
    const up = show(level, FORECAST, times(600, 0.1));
    expect(mean(up.slice(200))).toBeGreaterThan(0.055);
    const down = show(level, FORECAST, times(600, 0.03));
    expect(mean(down.slice(300))).toBeLessThan(0.045);
  });

  it('moves by a bounded step, however many fail at once', () => {
    const level = new CommonLevel();
    const many = times(500, FORECAST);
    level.observe(
      many,
      many,
      many.map(() => 1),
      0,
    );
    expect(level.shifted(0)).toBeLessThanOrEqual(0.5);
    level.observe([], [], [], 1);
    expect(level.shifted(0)).toBeGreaterThan(0);
  });

  it('keeps the order of risks', () => {
    const level = new CommonLevel();
    show(level, FORECAST, times(100, 0.5));
    const pooled = [-6, -3, -1, 0, 2].map((z) => level.pooled(z));
    expect(pooled).toEqual([...pooled].sort((a, b) => a - b));
  });

  it('continues from a saved state as if it had not stopped', () => {
    const level = new CommonLevel();
    show(level, FORECAST, times(300, 0.2));
    const restored = new CommonLevel(JSON.parse(JSON.stringify(level.state())) as never);
    expect(restored.pooled(FORECAST)).toBe(level.pooled(FORECAST));
    expect(show(restored, FORECAST, times(50, 0.2))).toEqual(show(level, FORECAST, times(50, 0.2)));
  });
});

import { seededRandom } from '../random.js';

/** How a figure of two predictors differs when the groups of rows (runs, days) are drawn again with replacement. */
export interface BootstrapInterval {
  /** On the rows as they are. */
  readonly difference: number;
  /** 2.5th and 97.5th percentile over the resamples. */
  readonly interval: readonly [low: number, high: number];
}

export interface BootstrapOptions {
  readonly resamples: number;
  readonly seed: number;
}

/**
 * Paired bootstrap (Efron and Tibshirani 1993) by groups: tries of one run fail together, so single rows are not independent.
 *
 * @param groups number of the group of each row, from 0.
 * @param difference of the two predictors, each row counting as often as its weight says; null where it is not defined.
 * @returns null when the difference is not defined on the rows as they are.
 */
export function pairedBootstrap(
  groups: Int32Array,
  difference: (weights: Float64Array) => number | null,
  options: BootstrapOptions,
): BootstrapInterval | null {
  const weights = new Float64Array(groups.length).fill(1);
  const observed = difference(weights);
  if (observed === null) return null;
  const count = groups.reduce((most, group) => Math.max(most, group + 1), 0);
  const random = seededRandom(options.seed);
  const drawn = new Float64Array(count);
  const differences: number[] = [];
  for (let round = 0; round < options.resamples; round++) {
    drawn.fill(0);
    for (let k = 0; k < count; k++) {
      const group = Math.floor(random() * count);
      drawn[group] = drawn[group]! + 1;
    }
    for (let row = 0; row < weights.length; row++) weights[row] = drawn[groups[row]!]!;
    const value = difference(weights);
    if (value !== null) differences.push(value);
  }
  return { difference: observed, interval: [percentile(differences, 0.025), percentile(differences, 0.975)] };
}

/** Nearest-rank percentile, `share` from 0 to 1; NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

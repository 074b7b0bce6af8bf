/**
 * The distribution of a duration or wait: a mixture of log-normals, one around each of the last values seen (a kernel density;
 * Silverman 1986, with his bandwidth) that keeps their variance (Silverman and Young 1987), and one for what related tasks do,
 * whose weight is gone after a few values. Several ways to end (a retry, an early exit) so stay apart.
 */
import { LEVELS, NORMALS, SAMPLES } from './sampling.js';
import type { LogNormal } from './log-moments.js';

/** Shorter durations are all the same to a forecast; their logarithms would not be. Seconds. */
export const SHORTEST_SECONDS = 0.05;

/** Share of the pooled distribution beside a single value. */
const PRIOR_SHARE = 0.1;
/** Weight of the usual variance around a task's mean, in values. */
const VARIANCE_WEIGHT = 2;
const INTERQUARTILE_OF_NORMAL = 1.349;
/** Beyond the longest sample, a duration lasts as a Pareto distribution of this exponent does: half as long again, on average. */
const TAIL_EXPONENT = 3;

export function toLog(seconds: number): number {
  return Math.log(Math.max(SHORTEST_SECONDS, seconds));
}

/** Weight of a value beside the next newer one: durations change, and the last ones tell most. */
const KEPT_PER_VALUE = 0.94;

export interface Spread {
  /** Logarithms of seconds, the newest first. */
  readonly values: Float32Array;
  readonly mean: number;
  /** By how much values are drawn towards the mean, so that the bandwidth adds nothing to their variance. */
  readonly shrink: number;
  readonly bandwidth: number;
  readonly prior: LogNormal;
  readonly priorShare: number;
}

/**
 * @param values logarithms of the last values, the newest first.
 * @param prior what is expected without any.
 * @param within usual variance of the logarithms around the mean of their task.
 */
export function describeSpread(values: Float32Array, prior: LogNormal, within: number): Spread {
  const n = values.length;
  if (n === 0) {
    const { mean, deviation } = prior;
    return { values, mean, shrink: 1, bandwidth: deviation, prior, priorShare: 1 };
  }
  let weight = 1;
  let total = 0;
  let sum = 0;
  for (const value of values) {
    sum += weight * value;
    total += weight;
    weight *= KEPT_PER_VALUE;
  }
  const mean = sum / total;
  let squares = VARIANCE_WEIGHT * within;
  weight = 1;
  for (const value of values) {
    squares += weight * (value - mean) ** 2;
    weight *= KEPT_PER_VALUE;
  }
  let deviation = Math.sqrt(squares / (VARIANCE_WEIGHT + total));
  if (n >= 8) {
    const sorted = values.slice().sort();
    const quarters = sorted[Math.floor(0.75 * n)]! - sorted[Math.floor(0.25 * n)]!;
    deviation = Math.min(deviation, Math.max(quarters / INTERQUARTILE_OF_NORMAL, 0.1 * deviation));
  }
  // Of few values, the mean itself is uncertain.
  const bandwidth = deviation * Math.sqrt(0.81 * total ** -0.4 + (n < 5 ? 1 / n : 0));
  const shrink = n < 5 ? 1 : 1 / Math.sqrt(1 + (bandwidth / deviation) ** 2);
  return { values, mean, shrink, bandwidth, prior, priorShare: PRIOR_SHARE * n ** -1.5 };
}

/** Which of `n` values each stratum takes, by their weights. */
function agesOf(n: number): Uint8Array {
  let known = AGES[n];
  if (known === undefined) {
    const kept = KEPT_PER_VALUE ** n;
    known = Uint8Array.from(LEVELS, (level) =>
      Math.min(n - 1, Math.floor(Math.log(1 - level * (1 - kept)) / Math.log(KEPT_PER_VALUE))),
    );
    AGES[n] = known;
  }
  return known;
}
const AGES: (Uint8Array | undefined)[] = [];

/** Writes one sample in seconds per stratum; `order` and `noise` say which strata go together. */
export function sampleSpread(spread: Spread, order: Int32Array, noise: Int32Array, out: Float64Array): void {
  const { values, mean, shrink, bandwidth, prior, priorShare } = spread;
  const ages = agesOf(Math.max(1, values.length));
  const fromPrior = Math.round(priorShare * SAMPLES);
  for (let s = 0; s < SAMPLES; s++) {
    const z = NORMALS[noise[s]!]!;
    const stratum = order[s]!;
    const log =
      noise[stratum]! < fromPrior
        ? prior.mean + prior.deviation * z
        : mean + shrink * (values[ages[stratum]!]! - mean) + bandwidth * z;
    out[s] = Math.exp(log);
  }
}

/**
 * What is left of a duration of which some has passed: quantiles of it, given that it is longer than that. For one level
 * the answer never falls as more time passes.
 */
export class Residual {
  private readonly sorted = new Float64Array(SAMPLES);

  /** Takes in samples, which are copied. */
  load(samples: Float64Array): void {
    this.sorted.set(samples);
    this.sorted.sort();
  }

  /** The whole duration at `level` (0 to 1) of the distribution of those longer than `elapsed`. */
  total(elapsed: number, level: number): number {
    const passed = elapsed > 0 ? this.probability(elapsed) : 0;
    return Math.max(elapsed, this.quantile(passed + (1 - passed) * level, elapsed, level));
  }

  private probability(value: number): number {
    const { sorted } = this;
    let low = 0;
    let high = SAMPLES;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    const at = low;
    if (at === SAMPLES) return 1 - (0.5 / SAMPLES) * (sorted[SAMPLES - 1]! / value) ** TAIL_EXPONENT;
    if (at === 0) return (0.5 / SAMPLES) * (value / sorted[0]!);
    const from = sorted[at - 1]!;
    return (at - 0.5 + (value - from) / (sorted[at]! - from)) / SAMPLES;
  }

  private quantile(probability: number, elapsed: number, level: number): number {
    const { sorted } = this;
    const longest = sorted[SAMPLES - 1]!;
    // In the tail, the ratio is taken from the elapsed time directly: the probability has no digits left for it.
    if (elapsed >= longest) return elapsed * (1 - level) ** (-1 / TAIL_EXPONENT);
    const place = probability * SAMPLES - 0.5;
    if (place <= 0) return sorted[0]! * (probability * SAMPLES * 2);
    if (place >= SAMPLES - 1) return longest * (2 * SAMPLES * (1 - probability)) ** (-1 / TAIL_EXPONENT);
    const index = Math.floor(place);
    const from = sorted[index]!;
    return from + (place - index) * (sorted[index + 1]! - from);
  }
}

/**
 * The distribution of a duration or wait: a mixture of log-normals, one around each of the last values seen (a kernel density;
 * Silverman 1986, with his bandwidth) that keeps their variance (Silverman and Young 1987), and one for what related tasks do,
 * which counts for as much as half a value. Several ways to end (a retry, an early exit) so stay apart.
 */
import { LEVELS, NORMALS, SAMPLES } from './sampling.js';
import type { LogNormal } from './log-moments.js';

/** Shorter durations are all the same to a forecast; their logarithms would not be. Seconds. */
export const SHORTEST_SECONDS = 0.05;

/** Weight of the pooled distribution, in values. */
const PRIOR_WEIGHT = 0.5;
/** Weight of the usual variance around a task's mean, in values. */
const VARIANCE_WEIGHT = 2;
const INTERQUARTILE_OF_NORMAL = 1.349;
/** Beyond the longest sample, a duration lasts as a Pareto distribution of this exponent does: half as long again, on average. */
const TAIL_EXPONENT = 3;

export function toLog(seconds: number): number {
  return Math.log(Math.max(SHORTEST_SECONDS, seconds));
}

export interface Spread {
  /** Logarithms of seconds, rising. */
  readonly values: Float32Array;
  readonly mean: number;
  /** By how much values are drawn towards the mean, so that the bandwidth adds nothing to their variance. */
  readonly shrink: number;
  readonly bandwidth: number;
  readonly prior: LogNormal;
  readonly priorShare: number;
}

/**
 * @param values logarithms of the last values, rising.
 * @param prior what is expected without any.
 * @param within usual variance of the logarithms around the mean of their task.
 */
export function describeSpread(values: Float32Array, prior: LogNormal, within: number): Spread {
  const n = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = n === 0 ? prior.mean : sum / n;
  let squares = VARIANCE_WEIGHT * within;
  for (const value of values) squares += (value - mean) ** 2;
  let deviation = Math.sqrt(squares / (VARIANCE_WEIGHT + n));
  if (n >= 8) {
    const quarters = values[Math.floor(0.75 * n)]! - values[Math.floor(0.25 * n)]!;
    deviation = Math.min(deviation, Math.max(quarters / INTERQUARTILE_OF_NORMAL, 0.1 * deviation));
  }
  const bandwidth = n === 0 ? prior.deviation : 0.9 * deviation * n ** -0.2;
  const shrink = n < 5 ? 1 : 1 / Math.sqrt(1 + (bandwidth / deviation) ** 2);
  return { values, mean, shrink, bandwidth, prior, priorShare: PRIOR_WEIGHT / (n + PRIOR_WEIGHT) };
}

/** Writes one sample in seconds per stratum; `order` and `noise` say which strata go together. */
export function sampleSpread(spread: Spread, order: Int32Array, noise: Int32Array, out: Float64Array): void {
  const { values, mean, shrink, bandwidth, prior, priorShare } = spread;
  const n = values.length;
  for (let s = 0; s < SAMPLES; s++) {
    const z = NORMALS[noise[s]!]!;
    const share = (LEVELS[order[s]!]! - priorShare) / (1 - priorShare);
    const log =
      share < 0 || n === 0
        ? prior.mean + prior.deviation * z
        : mean + shrink * (values[Math.floor(share * n)]! - mean) + bandwidth * z;
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

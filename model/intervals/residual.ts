/** What is left of something that has lasted a while. */
import { SAMPLES } from './sampling.js';

/** Beyond the longest sample, a duration lasts as a Pareto distribution of this exponent does: half as long again, on average. */
const TAIL_EXPONENT = 3;

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

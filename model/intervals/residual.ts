/** What is left of something that has lasted a while. */
import { LEVELS, SAMPLES } from './sampling.js';

/** Beyond the longest sample, a duration lasts as a Pareto distribution of this exponent does: half as long again, on average. */
const TAIL_EXPONENT = 3;
/** What a duration in that tail comes to in each stratum, as a multiple of what has passed. */
const TAIL_RATIOS = LEVELS.map((level) => (1 - level) ** (-1 / TAIL_EXPONENT));

/**
 * What is left of a duration of which some has passed: quantiles of it, given that it is longer than that. For one stratum
 * the answer never falls as more time passes.
 */
export class Residual {
  private readonly sorted = new Float64Array(SAMPLES);
  /** What was asked for last, and the share of samples that are shorter: most questions are asked of one moment. */
  private elapsed = 0;
  private passed = 0;

  /** Takes in samples, which are copied. */
  load(samples: Float64Array): void {
    this.sorted.set(samples);
    this.sorted.sort();
    this.elapsed = 0;
    this.passed = 0;
  }

  /** The whole duration in a stratum (0 to {@link SAMPLES} - 1) of the distribution of those longer than `elapsed`. */
  total(elapsed: number, stratum: number): number {
    if (elapsed !== this.elapsed) {
      this.elapsed = elapsed;
      this.passed = elapsed > 0 ? this.probability(elapsed) : 0;
    }
    // In the tail, the ratio is taken from the elapsed time directly: the probability has no digits left for it.
    if (elapsed >= this.sorted[SAMPLES - 1]!) return elapsed * TAIL_RATIOS[stratum]!;
    return Math.max(elapsed, this.quantile(this.passed + (1 - this.passed) * LEVELS[stratum]!));
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

  private quantile(probability: number): number {
    const { sorted } = this;
    const longest = sorted[SAMPLES - 1]!;
    const place = probability * SAMPLES - 0.5;
    if (place <= 0) return sorted[0]! * (probability * SAMPLES * 2);
    if (place >= SAMPLES - 1) return longest * (2 * SAMPLES * (1 - probability)) ** (-1 / TAIL_EXPONENT);
    const index = Math.floor(place);
    const from = sorted[index]!;
    return from + (place - index) * (sorted[index + 1]! - from);
  }
}

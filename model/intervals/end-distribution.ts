/** A distribution of a moment, from samples: smooth between them, and with tails beyond. */
import type { UnixSeconds } from '../../core/facts.js';

/** Exponent of the tails in the time since the origin. */
const TAIL_EXPONENT = 8;

/**
 * Moments in seconds after an origin, which has to lie before all of them. The distribution function falls when samples rise,
 * whatever else: a forecast that moves later makes lateness likelier.
 */
export class EndDistribution {
  /** @param offsets seconds after the origin, rising. */
  private constructor(
    readonly origin: UnixSeconds,
    private readonly offsets: Float32Array,
  ) {}

  /** @param samples moments; copied. */
  static of(origin: UnixSeconds, samples: Float64Array): EndDistribution {
    const offsets = new Float32Array(samples.length);
    for (let s = 0; s < offsets.length; s++) offsets[s] = Math.max(1e-3, samples[s]! - origin);
    return new EndDistribution(origin, offsets.sort());
  }

  /** A mixture in which another distribution, of the same origin, has a share (0 to 1). */
  with(other: EndDistribution, share: number): EndDistribution {
    const total = this.offsets.length;
    const others = Math.round(share * total);
    if (others === 0) return this;
    if (others === total) return other;
    const offsets = new Float32Array(total);
    thin(other.offsets, offsets.subarray(0, others));
    thin(this.offsets, offsets.subarray(others));
    return new EndDistribution(this.origin, offsets.sort());
  }

  /** The probability that it lies before `at`. */
  probability(at: UnixSeconds): number {
    const { offsets } = this;
    const n = offsets.length;
    const value = at - this.origin;
    if (value <= 0) return 0;
    if (value <= offsets[0]!) return (0.5 / n) * (value / offsets[0]!) ** TAIL_EXPONENT;
    if (value >= offsets[n - 1]!) return 1 - (0.5 / n) * (offsets[n - 1]! / value) ** TAIL_EXPONENT;
    let low = 0;
    let high = n - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (offsets[middle]! <= value) low = middle;
      else high = middle;
    }
    const from = offsets[low]!;
    const width = offsets[high]! - from;
    return (low + 0.5 + (width > 0 ? (value - from) / width : 0)) / n;
  }

  /** The moment before which it lies with this probability (0 to 1, without the ends). */
  quantile(probability: number): UnixSeconds {
    const { offsets, origin } = this;
    const n = offsets.length;
    const place = probability * n - 0.5;
    if (place <= 0) return origin + offsets[0]! * (2 * n * probability) ** (1 / TAIL_EXPONENT);
    if (place >= n - 1) return origin + offsets[n - 1]! * (2 * n * (1 - probability)) ** (-1 / TAIL_EXPONENT);
    const index = Math.floor(place);
    const from = offsets[index]!;
    return origin + from + (place - index) * (offsets[index + 1]! - from);
  }
}

/** Writes as many values as there is room for, evenly taken. */
function thin(values: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = values[Math.floor(((i + 0.5) / out.length) * values.length)]!;
}

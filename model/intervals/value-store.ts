/**
 * The last values of many keys in one array: a window per key, so that memory is bounded and old values are forgotten; and the
 * distribution that they make, a mixture of log-normals, one around each value (a kernel density with Silverman's bandwidth;
 * Silverman 1986) that keeps their variance (Silverman and Young 1987), and one for what related keys do, whose weight is gone
 * after a few values. Several ways to end (a retry, an early exit) so stay apart.
 */
import { MOST_DEVIATION, type LogNormal } from './log-moments.js';
import { LEVELS, NORMALS, SAMPLES } from './sampling.js';

/** Values kept per key. */
export const WINDOW = 32;
/** Weight of a value beside the next newer one: durations change, and the last ones tell most. */
const KEPT_PER_VALUE = 0.94;
/** Share of the pooled distribution beside a single value. */
const PRIOR_SHARE = 0.1;
/** Weight of the usual variance around a key's mean, in values. */
const VARIANCE_WEIGHT = 2;
/** A value counts as this many deviations off at most: a single one that is far out must not blur all others. */
const FURTHEST = 3;

/** What is kept of each distribution: mean, draw towards it, bandwidth, and the pooled mean and deviation. */
const FIGURES = 5;
const MEAN = 0;
const SHRINK = 1;
const BANDWIDTH = 2;
const PRIOR_MEAN = 3;
const PRIOR_DEVIATION = 4;

/** Weight of a value by its age, in values. */
const WEIGHTS = Float64Array.from({ length: WINDOW }, (_, age) => KEPT_PER_VALUE ** age);
/** Which of `n` values each stratum takes, by their weights. */
const AGES = Array.from({ length: WINDOW + 1 }, (_, n) => {
  const kept = KEPT_PER_VALUE ** n;
  const ageOf = (level: number): number =>
    Math.floor(Math.log(1 - level * (1 - kept)) / Math.log(KEPT_PER_VALUE));
  return Uint8Array.from(LEVELS, (level) => Math.min(Math.max(0, n - 1), n === 0 ? 0 : ageOf(level)));
});

/** Ids are numbers from 0; a released one is given out again. Values are logarithms of seconds, less the level of their kind of time. */
export class ValueStore {
  private values = new Float32Array(64 * WINDOW);
  private figures = new Float32Array(64 * FIGURES);
  private pushed = new Uint32Array(64);
  private readonly free: number[] = [];
  private next = 0;

  /** A new, empty window. */
  create(): number {
    const id = this.free.pop() ?? this.next++;
    if (id >= this.pushed.length) this.grow();
    this.pushed[id] = 0;
    return id;
  }

  release(id: number): void {
    this.free.push(id);
  }

  /**
   * @param prior what related keys do.
   * @param within usual variance around the mean of a key.
   */
  push(id: number, value: number, prior: LogNormal, within: number): void {
    const count = this.pushed[id]!;
    this.values[id * WINDOW + (count % WINDOW)] = value;
    this.pushed[id] = count + 1;
    this.describe(id, prior, within);
  }

  /** Number of values held. */
  count(id: number): number {
    return Math.min(WINDOW, this.pushed[id]!);
  }

  /** The values held, rising; a copy. */
  sorted(id: number): Float32Array {
    const from = id * WINDOW;
    return this.values.slice(from, from + this.count(id)).sort();
  }

  /** Weighted mean of the values; NaN without any. */
  mean(id: number): number {
    return this.pushed[id] === 0 ? NaN : this.figures[id * FIGURES + MEAN]!;
  }

  /**
   * Writes one sample in seconds per stratum; `order` and `noise` say which strata go together.
   *
   * @param level what the values, and the prior, are relative to.
   * @param prior the distribution of a window without values.
   */
  sample(
    id: number,
    level: number,
    prior: () => LogNormal,
    order: Int32Array,
    noise: Int32Array,
    out: Float64Array,
  ): void {
    const n = this.count(id);
    if (n === 0) {
      const { mean, deviation } = prior();
      for (let s = 0; s < SAMPLES; s++) out[s] = Math.exp(level + mean + deviation * NORMALS[noise[s]!]!);
      return;
    }
    const { values, figures } = this;
    const at = id * FIGURES;
    const mean = figures[at + MEAN]!;
    const shrink = figures[at + SHRINK]!;
    const bandwidth = figures[at + BANDWIDTH]!;
    const priorMean = figures[at + PRIOR_MEAN]!;
    const priorDeviation = figures[at + PRIOR_DEVIATION]!;
    const fromPrior = Math.round(PRIOR_SHARE * n ** -1.5 * SAMPLES);
    const ages = AGES[n]!;
    const from = id * WINDOW;
    const newest = this.pushed[id]! - 1;
    for (let s = 0; s < SAMPLES; s++) {
      const z = NORMALS[noise[s]!]!;
      const stratum = order[s]!;
      const value = values[from + ((newest - ages[stratum]!) % WINDOW)]!;
      out[s] = Math.exp(
        level +
          (noise[stratum]! < fromPrior
            ? priorMean + priorDeviation * z
            : mean + shrink * (value - mean) + bandwidth * z),
      );
    }
  }

  private describe(id: number, prior: LogNormal, within: number): void {
    const n = this.count(id);
    const from = id * WINDOW;
    const newest = this.pushed[id]! - 1;
    let total = 0;
    let sum = 0;
    for (let age = 0; age < n; age++) {
      sum += WEIGHTS[age]! * this.values[from + ((newest - age) % WINDOW)]!;
      total += WEIGHTS[age]!;
    }
    const mean = sum / total;
    let absolute = 0;
    for (let age = 0; age < n; age++)
      absolute += WEIGHTS[age]! * Math.abs(this.values[from + ((newest - age) % WINDOW)]! - mean);
    // The mean absolute deviation of a normal distribution is 0.8 of its standard deviation.
    const furthest = (FURTHEST * absolute) / (0.8 * total);
    let squares = VARIANCE_WEIGHT * within;
    for (let age = 0; age < n; age++) {
      const distance = Math.abs(this.values[from + ((newest - age) % WINDOW)]! - mean);
      squares += WEIGHTS[age]! * Math.min(distance, furthest) ** 2;
    }
    const deviation = Math.sqrt(squares / (VARIANCE_WEIGHT + total));
    // Of few values, the mean itself is uncertain.
    const bandwidth =
      Math.min(MOST_DEVIATION, deviation) * Math.sqrt(0.81 * total ** -0.4 + (n < 5 ? 1 / n : 0));
    const at = id * FIGURES;
    this.figures[at + MEAN] = mean;
    this.figures[at + SHRINK] = n < 5 ? 1 : 1 / Math.sqrt(1 + (bandwidth / deviation) ** 2);
    this.figures[at + BANDWIDTH] = bandwidth;
    this.figures[at + PRIOR_MEAN] = prior.mean;
    this.figures[at + PRIOR_DEVIATION] = prior.deviation;
  }

  private grow(): void {
    const count = Math.ceil(1.5 * this.pushed.length);
    this.values = enlarged(this.values, new Float32Array(count * WINDOW));
    this.figures = enlarged(this.figures, new Float32Array(count * FIGURES));
    this.pushed = enlarged(this.pushed, new Uint32Array(count));
  }
}

function enlarged<T extends Float32Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

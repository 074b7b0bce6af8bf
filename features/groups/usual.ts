/** What is usual of a quantity: a mean and spread that adapt, per key. */
import { NumberTable } from '../table.js';

/** Of the occasions before the latest one. */
const COUNT = 0;
const MEAN = 1;
const VARIANCE = 2;
const RECENT = 3;
/** Of the latest occasion: which it is, how many values it has, their mean, and the sum of their squared distances from it. */
const OCCASION = 4;
const VALUES = 5;
const ITS_MEAN = 6;
const ITS_SQUARES = 7;
/** Of the latest value. */
const LAST_SURPRISE = 8;
const LAST = 9;

/** Spread below which a quantity counts as constant, so that rounding noise does not look like a surprise. */
const LEAST_SPREAD = 0.1;
const GREATEST_SURPRISE = 8;
/** Fewer occasions than this say nothing about what is usual. */
const LEAST_OCCASIONS = 3;
/** What one occasion weighs at least in what is usual, and in the latest few. */
const SLOW = 0.05;
const QUICK = 0.35;
/** The occasion of a value that stands alone. */
const ALONE = 0;

/**
 * Slow and quick running means of a quantity (usually a logarithm), with the surprise of the latest value.
 *
 * Values of one occasion that come one after another weigh as much as one, with their mean and spread, and each is compared with what was
 * usual before that occasion. Where occasions take turns, each turn counts as one.
 */
export class UsualValues {
  private readonly table = new NumberTable([0, 0, 0, 0, ALONE, 0, 0, 0, 0, NaN]);

  /**
   * Takes a value in and returns its surprise: standard deviations from the usual, 0 while nothing is usual yet.
   *
   * @param occasion number of its occasion; 0 where it stands alone.
   */
  add(id: number, value: number, occasion = ALONE): number {
    const base = this.table.row(id);
    const { data } = this.table;
    if (!this.isLatest(base, occasion)) {
      this.closeOccasion(base);
      data[base + OCCASION] = occasion;
    }
    const surprise = this.surpriseBefore(base, value);
    const values = data[base + VALUES]! + 1;
    const deviation = value - data[base + ITS_MEAN]!;
    data[base + VALUES] = values;
    data[base + ITS_MEAN] = values === 1 ? value : data[base + ITS_MEAN]! + deviation / values;
    if (values > 1)
      data[base + ITS_SQUARES] = data[base + ITS_SQUARES]! + deviation * (value - data[base + ITS_MEAN]!);
    data[base + LAST_SURPRISE] = surprise;
    data[base + LAST] = value;
    return surprise;
  }

  /** Surprise that a value of this occasion would be now; 0 while nothing is usual yet, NaN for NaN. */
  surprise(id: number, value: number, occasion = ALONE): number {
    const base = this.table.peek(id);
    if (this.isLatest(base, occasion)) return this.surpriseBefore(base, value);
    const count = this.table.data[base + COUNT]! + (this.hasLatest(base) ? 1 : 0);
    return surpriseOf(value, count, this.meanAfter(base), this.varianceAfter(base));
  }

  /** Usual value; NaN before the first. */
  mean(id: number): number {
    const base = this.table.peek(id);
    return this.hasLatest(base) ? this.meanAfter(base) : NaN;
  }

  /** How far the latest few values are from the usual. */
  drift(id: number): number {
    const base = this.table.peek(id);
    return this.hasLatest(base) ? this.recentAfter(base) - this.meanAfter(base) : 0;
  }

  lastSurprise(id: number): number {
    return this.table.data[this.table.peek(id) + LAST_SURPRISE]!;
  }

  /** Latest value; NaN before the first. */
  last(id: number): number {
    return this.table.data[this.table.peek(id) + LAST]!;
  }

  private hasLatest(base: number): boolean {
    return this.table.data[base + VALUES]! > 0;
  }

  private isLatest(base: number, occasion: number): boolean {
    return occasion !== ALONE && occasion === this.table.data[base + OCCASION]!;
  }

  private surpriseBefore(base: number, value: number): number {
    const { data } = this.table;
    return surpriseOf(value, data[base + COUNT]!, data[base + MEAN]!, data[base + VARIANCE]!);
  }

  /** Takes the latest occasion into what is usual. */
  private closeOccasion(base: number): void {
    if (!this.hasLatest(base)) return;
    const { data } = this.table;
    const mean = this.meanAfter(base);
    data[base + VARIANCE] = this.varianceAfter(base);
    data[base + RECENT] = this.recentAfter(base);
    data[base + MEAN] = mean;
    data[base + COUNT] = data[base + COUNT]! + 1;
    data[base + VALUES] = 0;
    data[base + ITS_SQUARES] = 0;
  }

  private weight(base: number, least: number): number {
    return Math.max(1 / (this.table.data[base + COUNT]! + 1), least);
  }

  private meanAfter(base: number): number {
    const { data } = this.table;
    return data[base + MEAN]! + this.weight(base, SLOW) * (data[base + ITS_MEAN]! - data[base + MEAN]!);
  }

  private recentAfter(base: number): number {
    const { data } = this.table;
    return data[base + RECENT]! + this.weight(base, QUICK) * (data[base + ITS_MEAN]! - data[base + RECENT]!);
  }

  /** Spread around the mean of all values, those of an occasion sharing its weight. */
  private varianceAfter(base: number): number {
    const { data } = this.table;
    const slow = this.weight(base, SLOW);
    const deviation = data[base + ITS_MEAN]! - data[base + MEAN]!;
    const between = (1 - slow) * (data[base + VARIANCE]! + slow * deviation * deviation);
    return data[base + VALUES]! > 1 ? between + (slow * data[base + ITS_SQUARES]!) / data[base + VALUES]! : between;
  }
}

function surpriseOf(value: number, count: number, mean: number, variance: number): number {
  if (value !== value) return NaN;
  if (count < LEAST_OCCASIONS) return 0;
  const surprise = (value - mean) / (Math.sqrt(variance) + LEAST_SPREAD);
  return Math.max(-GREATEST_SURPRISE, Math.min(GREATEST_SURPRISE, surprise));
}

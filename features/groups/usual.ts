/** What is usual of a quantity: a mean and spread that adapt, per key. */
import type { Ids } from '../ids.js';
import { NumberTable } from '../table.js';

const COUNT = 0;
const MEAN = 1;
const VARIANCE = 2;
const RECENT = 3;
const LAST_SURPRISE = 4;
const LAST = 5;

/** Spread below which a quantity counts as constant, so that rounding noise does not look like a surprise. */
const LEAST_SPREAD = 0.1;
const GREATEST_SURPRISE = 8;
/** Fewer values than this say nothing about what is usual. */
const LEAST_VALUES = 3;

/** Slow and quick running means of a quantity (usually a logarithm), with the surprise of the latest value. */
export class UsualValues {
  private readonly table: NumberTable;

  /** @param ids whose numbers the keys are, where those are given back. */
  constructor(ids?: Ids) {
    this.table = new NumberTable([0, 0, 0, 0, 0, NaN], ids);
  }

  /** Takes a value in and returns its surprise: standard deviations from the usual, 0 while nothing is usual yet. */
  add(id: number, value: number): number {
    const base = this.table.row(id);
    const { data } = this.table;
    const count = data[base + COUNT]!;
    const surprise = this.surprise(id, value);
    const slow = Math.max(1 / (count + 1), 0.05);
    const quick = Math.max(1 / (count + 1), 0.35);
    const deviation = value - data[base + MEAN]!;
    data[base + COUNT] = count + 1;
    data[base + MEAN] = data[base + MEAN]! + slow * deviation;
    data[base + VARIANCE] = (1 - slow) * (data[base + VARIANCE]! + slow * deviation * deviation);
    data[base + RECENT] = data[base + RECENT]! + quick * (value - data[base + RECENT]!);
    data[base + LAST_SURPRISE] = surprise;
    data[base + LAST] = value;
    return surprise;
  }

  /** Surprise that a value would be now; 0 while nothing is usual yet, NaN for NaN. */
  surprise(id: number, value: number): number {
    if (value !== value) return NaN;
    const base = this.table.peek(id);
    const { data } = this.table;
    if (data[base + COUNT]! < LEAST_VALUES) return 0;
    const surprise = (value - data[base + MEAN]!) / (Math.sqrt(data[base + VARIANCE]!) + LEAST_SPREAD);
    return Math.max(-GREATEST_SURPRISE, Math.min(GREATEST_SURPRISE, surprise));
  }

  /** Usual value; NaN before the first. */
  mean(id: number): number {
    const base = this.table.peek(id);
    const count = this.table.data[base + COUNT] ?? 0;
    return count > 0 ? this.table.data[base + MEAN]! : NaN;
  }

  /** How far the latest few values are from the usual. */
  drift(id: number): number {
    const base = this.table.peek(id);
    return this.table.data[base + RECENT]! - this.table.data[base + MEAN]!;
  }

  lastSurprise(id: number): number {
    return this.table.data[this.table.peek(id) + LAST_SURPRISE]!;
  }

  /** Latest value; NaN before the first. */
  last(id: number): number {
    return this.table.data[this.table.peek(id) + LAST]!;
  }
}

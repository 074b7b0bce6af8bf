/** What is usual of a quantity: a mean and spread that adapt, per key. */
import type { Ids } from '../ids.js';
import { NumberTable } from '../table.js';

const COUNT = 0;
const MEAN = 1;
const VARIANCE = 2;
const RECENT = 3;
const LAST_SURPRISE = 4;
const LAST = 5;

/** Of the latest occasion: what was usual before it (the first four numbers, as above), which it is, how many values it has, their mean, the sum of their squared distances from it. */
const STATE = 4;
const OCCASION = 4;
const VALUES = 5;
const ITS_MEAN = 6;
const ITS_SQUARES = 7;
/** The occasion of a value that stands alone. */
const ALONE = 0;

/** Spread below which a quantity counts as constant, so that rounding noise does not look like a surprise. */
const LEAST_SPREAD = 0.1;
const GREATEST_SURPRISE = 8;
/** Fewer occasions than this say nothing about what is usual. */
const LEAST_OCCASIONS = 3;

/**
 * Slow and quick running means of a quantity (usually a logarithm), with the surprise of the latest value.
 *
 * Values of one occasion that come one after another weigh as much as one, with their mean and spread, and each is compared with what was
 * usual before that occasion. Where occasions take turns, each turn counts as one.
 */
export class UsualValues {
  private readonly table: NumberTable;
  /** Rows only where occasions are told. */
  private readonly occasions: NumberTable;

  /** @param ids whose numbers the keys are, where those are given back. */
  constructor(ids?: Ids) {
    this.table = new NumberTable([0, 0, 0, 0, 0, NaN], ids);
    this.occasions = new NumberTable([0, 0, 0, 0, ALONE, 0, 0, 0], ids);
  }

  /**
   * Takes a value in and returns its surprise: standard deviations from the usual, 0 while nothing is usual yet.
   *
   * @param occasion number of its occasion; 0 where it stands alone.
   */
  add(id: number, value: number, occasion = ALONE): number {
    const surprise = this.surprise(id, value, occasion);
    const base = this.table.row(id);
    if (occasion === ALONE) {
      this.endOccasion(id);
      this.fold(base, value, 0);
    } else {
      this.addToOccasion(id, base, value, occasion);
    }
    const { data } = this.table;
    data[base + LAST_SURPRISE] = surprise;
    data[base + LAST] = value;
    return surprise;
  }

  /** Surprise that a value would be now; 0 while nothing is usual yet, NaN for NaN. */
  surprise(id: number, value: number, occasion = ALONE): number {
    if (value !== value) return NaN;
    const before = occasion === ALONE ? 0 : this.occasions.peek(id);
    const isOfLatest = before !== 0 && this.occasions.data[before + OCCASION] === occasion;
    const { data } = isOfLatest ? this.occasions : this.table;
    const base = isOfLatest ? before : this.table.peek(id);
    if (data[base + COUNT]! < LEAST_OCCASIONS) return 0;
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

  /** Takes one occasion into what is usual: the mean of its values, and the mean of their squared distances from it. */
  private fold(base: number, value: number, spread: number): void {
    const { data } = this.table;
    const count = data[base + COUNT]!;
    const slow = Math.max(1 / (count + 1), 0.05);
    const quick = Math.max(1 / (count + 1), 0.35);
    const deviation = value - data[base + MEAN]!;
    data[base + COUNT] = count + 1;
    data[base + MEAN] = data[base + MEAN]! + slow * deviation;
    data[base + VARIANCE] =
      (1 - slow) * (data[base + VARIANCE]! + slow * deviation * deviation) + slow * spread;
    data[base + RECENT] = data[base + RECENT]! + quick * (value - data[base + RECENT]!);
  }

  /** Takes the latest occasion out again where this value is of it, and folds it anew with the value. */
  private addToOccasion(id: number, base: number, value: number, occasion: number): void {
    const at = this.occasions.row(id);
    const its = this.occasions.data;
    const { data } = this.table;
    if (its[at + OCCASION] === occasion) {
      for (let column = 0; column < STATE; column++) data[base + column] = its[at + column]!;
    } else {
      for (let column = 0; column < STATE; column++) its[at + column] = data[base + column]!;
      its[at + OCCASION] = occasion;
      its[at + VALUES] = 0;
      its[at + ITS_MEAN] = 0;
      its[at + ITS_SQUARES] = 0;
    }
    const values = its[at + VALUES]! + 1;
    const deviation = value - its[at + ITS_MEAN]!;
    const mean = values === 1 ? value : its[at + ITS_MEAN]! + deviation / values;
    const squares = values === 1 ? 0 : its[at + ITS_SQUARES]! + deviation * (value - mean);
    its[at + VALUES] = values;
    its[at + ITS_MEAN] = mean;
    its[at + ITS_SQUARES] = squares;
    this.fold(base, mean, squares / values);
  }

  private endOccasion(id: number): void {
    const at = this.occasions.peek(id);
    if (at !== 0) this.occasions.data[at + OCCASION] = ALONE;
  }
}

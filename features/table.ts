import type { Ids } from './ids.js';

/** Rows of numbers keyed by a small integer: the bounded state of a feature group, growable and free of allocation per access. */
export class NumberTable {
  /** Read it anew after `row`, which may replace it. */
  data: Float64Array;
  readonly stride: number;
  private readonly initial: Float64Array;
  private readonly isZero: boolean;

  /**
   * @param initial the values of a row that nothing was written to; its length is the width of a row.
   * @param ids whose numbers the rows go by: the rows of one that is given back begin anew.
   * @param rowsPerId rows of each of them, side by side.
   */
  constructor(initial: readonly number[], ids?: Ids, rowsPerId = 1) {
    this.stride = initial.length;
    this.initial = Float64Array.from(initial);
    this.isZero = initial.every((value) => value === 0);
    ids?.onGivenBack((id) => {
      this.reset(id * rowsPerId, rowsPerId);
    });
    this.data = new Float64Array(0);
    this.grow(16);
  }

  /** Offset of a row to write to. */
  row(id: number): number {
    const offset = id * this.stride;
    if (offset + this.stride > this.data.length) this.grow(id + 1);
    return offset;
  }

  /** Offset of a row to read from; row 0 stays as it was made and answers for ids that were never written. */
  peek(id: number): number {
    const offset = id * this.stride;
    return offset + this.stride > this.data.length ? 0 : offset;
  }

  private reset(from: number, rows: number): void {
    for (let row = from; row < from + rows; row++) {
      const offset = row * this.stride;
      if (offset + this.stride <= this.data.length) this.data.set(this.initial, offset);
    }
  }

  private grow(rows: number): void {
    const from = this.data.length / this.stride;
    const capacity = Math.max(rows, from * 2);
    const grown = new Float64Array(capacity * this.stride);
    grown.set(this.data);
    // New memory is zero already, and takes no room until it is written to.
    if (!this.isZero) for (let row = from; row < capacity; row++) grown.set(this.initial, row * this.stride);
    this.data = grown;
  }
}

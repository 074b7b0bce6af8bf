import { inputWidth, transformRows } from './input-transform.js';
import type { InputTransform } from './input-transform.js';

/** Steps per unit of a stored input: the largest, 3 standard deviations, must fit into 16 bits. */
const STEPS = 8192;
/** A power of two, so that a product is as exact as the quotient, and several times as fast. */
const UNIT = 1 / STEPS;
const CHUNK_ROWS = 256;

/**
 * Network inputs of the rows of a matrix, each transformed once, when it is first asked for, and kept in 16 bits: epochs and folds draw
 * the same rows again and again, and the search among the knots takes as long as the products.
 */
export class TransformedRows {
  readonly width: number;
  private readonly steps: Int16Array;
  private readonly isKept: Uint8Array;
  private readonly chunk: Float32Array;

  constructor(
    readonly transform: InputTransform,
    private readonly values: Float32Array,
  ) {
    const rows = transform.rawWidth === 0 ? 0 : values.length / transform.rawWidth;
    this.width = inputWidth(transform);
    this.steps = new Int16Array(rows * this.width);
    this.isKept = new Uint8Array(rows);
    this.chunk = new Float32Array(CHUNK_ROWS * this.width);
  }

  /** Writes the inputs of the given rows to `out`, one row every `outWidth` numbers, within 1/16384 of what `transformRows` writes. */
  write(rows: Int32Array, out: Float32Array, outWidth = this.width): void {
    this.keep(rows);
    const { steps, width } = this;
    for (let r = 0; r < rows.length; r++) {
      const from = rows[r]! * width;
      const to = r * outWidth;
      for (let k = 0; k < width; k++) out[to + k] = steps[from + k]! * UNIT;
    }
  }

  private keep(rows: Int32Array): void {
    const missing = rows.filter((row) => this.isKept[row] === 0);
    for (let at = 0; at < missing.length; at += CHUNK_ROWS) {
      const some = missing.subarray(at, at + CHUNK_ROWS);
      transformRows(this.transform, this.values, some, this.chunk);
      some.forEach((row, i) => {
        const from = i * this.width;
        for (let k = 0; k < this.width; k++) {
          this.steps[row * this.width + k] = Math.round(this.chunk[from + k]! * STEPS);
        }
        this.isKept[row] = 1;
      });
    }
  }
}

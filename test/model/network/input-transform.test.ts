import { describe, expect, it } from 'vitest';
import {
  fitInputTransform,
  inputWidth,
  normalQuantile,
  transformRows,
} from '../../../model/network/input-transform.js';
import { normal, seededRandom } from '../../../model/random.js';

const rows = 4000;
const every = Int32Array.from({ length: rows }, (_, row) => row);

/** Columns: skewed, constant, rare flag, sometimes missing, missing in the same rows, never known. */
function matrix(): Float32Array {
  const random = seededRandom(4);
  const values = new Float32Array(rows * 6);
  for (let row = 0; row < rows; row++) {
    const gap = random() < 0.2 ? NaN : normal(random);
    values.set([Math.exp(2 * normal(random)), 5, random() < 0.02 ? 1 : 0, gap, gap * 2, NaN], row * 6);
  }
  return values;
}

const values = matrix();
const transform = fitInputTransform(values, ['a', 'b', 'c', 'd', 'e', 'f'], every);

function inputsOf(raw: Float32Array, count: number): Float32Array {
  const out = new Float32Array(count * inputWidth(transform));
  transformRows(
    transform,
    raw,
    Int32Array.from({ length: count }, (_, row) => row),
    out,
  );
  return out;
}

describe('input transform', () => {
  it('drops columns that tell nothing and shares equal missing indicators', () => {
    expect(Array.from(transform.columns)).toEqual([0, 2, 3, 4]);
    expect(Array.from(transform.missingColumns)).toEqual([3]);
  });

  it('makes a skewed column standard normal', () => {
    const width = inputWidth(transform);
    const first = inputsOf(values, rows).filter((_, i) => i % width === 0);
    const mean = first.reduce((sum, z) => sum + z, 0) / rows;
    const deviation = Math.sqrt(first.reduce((sum, z) => sum + (z - mean) ** 2, 0) / rows);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.05);
  });

  it('keeps what is beyond the training data at the extreme, and reads a missing value as the median', () => {
    const [width, largest] = [inputWidth(transform), 3];
    const asked = Float32Array.of(1e12, 5, 0, NaN, NaN, NaN, 1e-12, 5, 1, 0, 0, 7);
    const inputs = inputsOf(asked, 2);
    expect(inputs[0]).toBe(largest);
    expect(inputs[width]).toBe(-largest);
    expect(inputs[2]).toBe(0);
    expect(inputs[4]).toBe(1);
    expect(inputs[width + 4]).toBe(0);
  });

  it('has the normal quantiles of scipy', () => {
    const golden = [
      [0.001, -3.090232306167813],
      [0.01, -2.3263478740408408],
      [0.3, -0.5244005127080409],
      [0.5, 0],
      [0.9, 1.2815515655446004],
      [0.999, 3.090232306167813],
    ] as const;
    for (const [p, z] of golden) expect(normalQuantile(p)).toBeCloseTo(z, 7);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });
});

import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import { parameterShapes } from './architecture.js';
import { residual } from './forward.js';
import { inputWidth, transformRows } from './input-transform.js';
import type { InputTransform } from './input-transform.js';
import type { Network } from './network.js';

const CHUNK_ROWS = 4096;

/** Transformed rows with the constant one appended to each. */
export function batchInput(
  values: Float32Array,
  rows: ArrayLike<number>,
  transform: InputTransform,
): Float32Array {
  const width = inputWidth(transform) + 1;
  const out = new Float32Array(rows.length * width);
  transformRows(transform, values, rows, out, width);
  for (let i = 1; i <= rows.length; i++) out[i * width - 1] = 1;
  return out;
}

/** Residual log-odds of the given rows of a matrix. A row's value does not depend on the rows beside it. */
export function residuals(
  network: Network,
  transform: InputTransform,
  values: Float32Array,
  rows: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(rows.length);
  for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
    const chunk = Array.prototype.slice.call(rows, from, from + CHUNK_ROWS) as number[];
    out.set(residualsOfInputs(network, batchInput(values, chunk, transform)), from);
  }
  return out;
}

/** Residual log-odds of rows that {@link batchInput} transformed. */
export function residualsOfInputs(network: Network, inputs: Float32Array): Float64Array {
  const { architecture, parameters } = network;
  const width = architecture.inputs + 1;
  const rows = inputs.length / width;
  const out = new Float64Array(rows);
  const shapes = parameterShapes(architecture);
  tidy(() => {
    const tensors = parameters.map((w, k) => tensor2d(w, shapes[k] as [number, number]));
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - from);
      const chunk = inputs.subarray(from * width, (from + count) * width);
      tidy(() => {
        out.set(residual(tensor2d(chunk, [count, width]), tensors).dataSync(), from);
      });
    }
  });
  return out;
}

/** A quick stand-in for the network: log-odds = those of the historical rate + a penalised sum of one-hinge functions of the features. */
import { minimise } from '../../model/baselines/minimise.js';
import { logit, sigmoid, softplus } from '../../model/log-odds.js';

/** Rows by columns of inputs, with the log-odds that the sum is added to. */
export interface Inputs {
  readonly width: number;
  /** Row-major. */
  readonly values: Float32Array;
  /** Log-odds of the historical rate by row. */
  readonly offsets: Float64Array;
}

export interface Examples extends Inputs {
  readonly labels: Uint8Array;
  /** How many rows each stands for. */
  readonly weights: Float64Array;
}

/** Weights by column, then the intercept, then what the offset is multiplied by. */
export type Fitted = Float64Array;

/**
 * Penalty on the squared weights, as if each had a prior deviation of 0.06 (inputs are about standard normal): features that say
 * nothing must not do harm where failures are few. The slope of the offset is drawn towards 1 just so.
 */
const PENALTY = 300;
const ITERATIONS = { cold: 200, warm: 60 };

/** Fits by L-BFGS from `start` on; only the columns that `isUsed` marks get a weight. */
export function fitAdditive(examples: Examples, isUsed: Uint8Array, start: Fitted | null): Fitted {
  const { width, values, labels, weights, offsets } = examples;
  const columns = Int32Array.from(isUsed.keys()).filter((column) => isUsed[column] === 1);
  const size = columns.length;
  const rows = labels.length;
  const packed = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < size; k++) packed[row * size + k] = values[row * width + columns[k]!]!;
  }
  const objective = (point: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    const slope = point[size + 1]!;
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const from = row * size;
      let z = point[size]! + slope * offsets[row]!;
      for (let k = 0; k < size; k++) z += point[k]! * packed[from + k]!;
      const error = weights[row]! * (sigmoid(z) - labels[row]!);
      loss += weights[row]! * (softplus(z) - labels[row]! * z);
      for (let k = 0; k < size; k++) gradient[k]! += error * packed[from + k]!;
      gradient[size]! += error;
      gradient[size + 1]! += error * offsets[row]!;
    }
    for (let k = 0; k < size; k++) {
      gradient[k]! += PENALTY * point[k]!;
      loss += (PENALTY * point[k]! ** 2) / 2;
    }
    gradient[size + 1]! += PENALTY * (slope - 1);
    return loss + (PENALTY * (slope - 1) ** 2) / 2;
  };
  const from = new Float64Array(size + 2);
  if (start !== null) for (let k = 0; k < size; k++) from[k] = start[columns[k]!]!;
  from[size] = start?.[width] ?? 0;
  from[size + 1] = start?.[width + 1] ?? 1;
  const iterations = start === null ? ITERATIONS.cold : ITERATIONS.warm;
  const found = minimise(objective, from, { iterations, tolerance: 1e-4 * rows });
  const fitted = new Float64Array(width + 2);
  for (let k = 0; k < size; k++) fitted[columns[k]!] = found[k]!;
  fitted[width] = found[size]!;
  fitted[width + 1] = found[size + 1]!;
  return fitted;
}

/** Probability of failure by row. */
export function predictAdditive(fitted: Fitted, { width, values, offsets }: Inputs): Float64Array {
  return offsets.map((offset, row) => {
    let z = fitted[width]! + fitted[width + 1]! * offset;
    for (let k = 0; k < width; k++) z += fitted[k]! * values[row * width + k]!;
    return sigmoid(z);
  });
}

/** Log-odds of rates. */
export function offsetsOf(rates: Float32Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => {
    const rate = rates[row]!;
    return logit(Number.isNaN(rate) ? 0.05 : Math.min(0.999, Math.max(0.001, rate)));
  });
}

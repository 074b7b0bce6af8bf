import { AppError } from '../../core/errors.js';
import { modelColumns } from '../../features/registry.js';
import { packBundle, unpackBundle } from '../bundle.js';
import { sigmoid, softplus } from '../log-odds.js';
import { rowsKnownBefore } from '../rows.js';
import type { LabelledVectors, RiskModel, RiskModelKind, TrainingPart } from '../types.js';
import { minimise } from './minimise.js';

const KIND = 'logistic_regression';
/** Inverse of the penalty's weight, as scikit-learn's C: the loss is C x sum of log losses + |weights|^2 / 2. */
const INVERSE_PENALTY = 1;
const ITERATIONS = 100;

interface LogisticState {
  readonly kind: string;
  readonly width: number;
  /** Mean, which also stands for a missing value, and 1 / standard deviation (0 for a column that is constant or not to be read). */
  readonly mean: Float64Array;
  readonly inverseDeviation: Float64Array;
  /** Weights of the standardised columns, then the intercept. */
  readonly weights: Float64Array;
}

class LogisticModel implements RiskModel {
  constructor(private readonly state: LogisticState) {}

  predict(values: Float32Array, rows: number): Promise<Float64Array> {
    const { width, mean, inverseDeviation, weights } = this.state;
    const out = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      let z = weights[width]!;
      for (let c = 0; c < width; c++) {
        const value = values[row * width + c]!;
        if (value === value) z += weights[c]! * (value - mean[c]!) * inverseDeviation[c]!;
      }
      out[row] = sigmoid(z);
    }
    return Promise.resolve(out);
  }

  save(): Buffer {
    return packBundle(this.state);
  }
}

/** Logistic regression with an L2 penalty on all columns that models read, standardised over the training rows; deterministic. */
export const logisticRegression: RiskModelKind = {
  name: KIND,
  fit(vectors, part) {
    return Promise.resolve(new LogisticModel(fitLogistic(vectors, part)));
  },
  load(saved) {
    const state = unpackBundle(saved) as LogisticState;
    if (state.kind !== KIND) {
      throw new AppError('input_invalid', `These bytes hold a model of kind ${state.kind}, not ${KIND}.`);
    }
    return new LogisticModel(state);
  },
};

function fitLogistic(vectors: LabelledVectors, part: TrainingPart): LogisticState {
  const width = vectors.features.length;
  const rows = rowsKnownBefore(vectors, 0, part.rows, part.knownBefore);
  const { mean, inverseDeviation } = standardisation(vectors.values, vectors.features, rows);
  const { values, labels, weights: counts } = vectors;
  const scaled = new Float64Array(width);
  const columnGradient = new Float64Array(width);
  const objective = (point: Float64Array, gradient: Float64Array): number => {
    for (let c = 0; c < width; c++) scaled[c] = point[c]! * inverseDeviation[c]!;
    columnGradient.fill(0);
    let loss = 0;
    let interceptGradient = 0;
    for (const row of rows) {
      const from = row * width;
      let z = point[width]!;
      for (let c = 0; c < width; c++) {
        const value = values[from + c]!;
        if (value === value) z += scaled[c]! * (value - mean[c]!);
      }
      const label = labels[row]!;
      const count = counts?.[row] ?? 1;
      loss += count * (softplus(z) - label * z);
      const error = count * (sigmoid(z) - label);
      interceptGradient += error;
      for (let c = 0; c < width; c++) {
        const value = values[from + c]!;
        if (value === value) columnGradient[c] = columnGradient[c]! + error * (value - mean[c]!);
      }
    }
    let penalty = 0;
    for (let c = 0; c < width; c++) {
      penalty += (point[c]! * point[c]!) / 2;
      gradient[c] = INVERSE_PENALTY * columnGradient[c]! * inverseDeviation[c]! + point[c]!;
    }
    // A faint pull on the intercept too, so that one class only has a finite answer.
    gradient[width] = INVERSE_PENALTY * interceptGradient + 1e-3 * point[width]!;
    return INVERSE_PENALTY * loss + penalty + (1e-3 * point[width]! ** 2) / 2;
  };
  const weights = minimise(objective, new Float64Array(width + 1), {
    iterations: ITERATIONS,
    tolerance: 1e-5 * Math.max(1, rows.length),
  });
  return { kind: KIND, width, mean, inverseDeviation, weights };
}

function standardisation(
  values: Float32Array,
  features: readonly string[],
  rows: Int32Array,
): { mean: Float64Array; inverseDeviation: Float64Array } {
  const width = features.length;
  const isRead = new Uint8Array(width);
  for (const column of modelColumns(features)) isRead[column] = 1;
  const count = new Float64Array(width);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const row of rows) {
    for (let c = 0; c < width; c++) {
      const value = values[row * width + c]!;
      if (value !== value) continue;
      count[c] = count[c]! + 1;
      const distance = value - mean[c]!;
      mean[c] = mean[c]! + distance / count[c]!;
      squares[c] = squares[c]! + distance * (value - mean[c]!);
    }
  }
  const inverseDeviation = squares.map((sum, c) => {
    const deviation = Math.sqrt(sum / Math.max(1, count[c]!));
    return isRead[c] === 1 && deviation > 1e-9 * Math.max(1, Math.abs(mean[c]!)) ? 1 / deviation : 0;
  });
  return { mean, inverseDeviation };
}

import { AppError } from '../../core/errors.js';
import { packBundle, unpackBundle } from '../bundle.js';
import { HISTORICAL_RATE_FEATURES, LAST_OUTCOME_FEATURES, firstColumn } from '../risk-columns.js';
import type { RiskModel, RiskModelKind } from '../types.js';

interface ColumnModelState {
  readonly kind: string;
  readonly width: number;
  readonly column: number;
  /** Answer where the column is unknown. */
  readonly whenUnknown: number;
}

/** Answers one column of the vector as it is. */
class ColumnModel implements RiskModel {
  constructor(private readonly state: ColumnModelState) {}

  predict(values: Float32Array, rows: number): Promise<Float64Array> {
    const { width, column, whenUnknown } = this.state;
    const out = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const value = column < 0 ? NaN : values[row * width + column]!;
      out[row] = Number.isNaN(value) ? whenUnknown : value;
    }
    return Promise.resolve(out);
  }

  save(): Buffer {
    return packBundle(this.state);
  }
}

function columnModelKind(name: string, features: readonly string[]): RiskModelKind {
  return {
    name,
    fit(vectors, part) {
      let known = 0;
      let failures = 0;
      for (let row = 0; row < part.rows; row++) {
        if (vectors.labelKnownAt[row]! >= part.knownBefore) continue;
        known++;
        failures += vectors.labels[row]!;
      }
      const whenUnknown = name === 'last_outcome' ? 0 : (failures + 0.5) / (known + 5);
      const column = firstColumn(vectors.features, features);
      return Promise.resolve(
        new ColumnModel({ kind: name, width: vectors.features.length, column, whenUnknown }),
      );
    },
    load(saved) {
      const state = unpackBundle(saved) as ColumnModelState;
      if (state.kind !== name) {
        throw new AppError('input_invalid', `These bytes hold a model of kind ${state.kind}, not ${name}.`);
      }
      return new ColumnModel(state);
    },
  };
}

/** The task's decayed failure rate, drawn towards the DAG's and the deployment's: the yardstick of every model. */
export const historicalRate: RiskModelKind = columnModelKind('historical_rate', HISTORICAL_RATE_FEATURES);

/** The next try ends like the latest one; without one, it succeeds. */
export const lastOutcome: RiskModelKind = columnModelKind('last_outcome', LAST_OUTCOME_FEATURES);

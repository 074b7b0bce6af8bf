/** Scores of one feature set by rolling origin inside the training part of a history. */
import { fitInputTransform, inputWidth, transformRows } from '../../model/network/input-transform.js';
import { rowsKnownBefore } from '../../model/rows.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import {
  fitAdditive,
  offsetsOf,
  predictAdditive,
  type Examples,
  type Fitted,
  type Inputs,
} from './additive-model.js';

/** The part of a history that may choose features; the rest is the backtest's test part. */
const TRAINING_SHARE = 0.7;
/** Each origin trains on the rows before it and is scored on those up to the next. */
const ORIGINS = [0.4, 0.6, 0.8, 1] as const;
/** At most this many examples per class (label and latest outcome); the others are left out evenly and their weight passed on. */
const MOST_PER_CLASS = 6000;

/** One origin, ready to fit feature sets on. */
interface Origin {
  readonly examples: Examples;
  readonly scored: Inputs;
  /** Raw column of each input. */
  readonly rawColumns: Int32Array;
  /** With all columns: where the fits without some of them start. */
  full: Fitted | null;
}

export interface RollingScores {
  /** Numbers of the scored rows in the vectors. */
  readonly rows: Int32Array;
  /** Scores them with the columns for which `isWanted` holds. */
  predict(isWanted: (column: number) => boolean): Float64Array;
}

/** Prepares the origins; the vectors must hold the whole history. */
export function rollingOrigin(vectors: ReplayedVectors): RollingScores {
  const last = Math.floor(TRAINING_SHARE * vectors.rows);
  const edges = ORIGINS.map((share) => Math.floor(share * last));
  const origins: Origin[] = [];
  for (let k = 0; k + 1 < edges.length; k++) origins.push(prepare(vectors, edges[k]!, edges[k + 1]!));
  const first = edges[0]!;
  return {
    rows: Int32Array.from({ length: last - first }, (_, i) => first + i),
    predict(isWanted) {
      const scores = new Float64Array(last - first);
      let at = 0;
      for (const origin of origins) {
        const isUsed = Uint8Array.from(origin.rawColumns, (column) => (isWanted(column) ? 1 : 0));
        // Every set starts from the same fit and goes on as long, so that no set is ahead by mere iterations.
        origin.full ??= fitAdditive(
          origin.examples,
          isUsed.map(() => 1),
          null,
        );
        const fitted = fitAdditive(origin.examples, isUsed, origin.full);
        scores.set(predictAdditive(fitted, origin.scored), at);
        at += origin.scored.offsets.length;
      }
      return scores;
    },
  };
}

function prepare(vectors: ReplayedVectors, origin: number, end: number): Origin {
  const known = rowsKnownBefore(vectors, 0, origin, vectors.decidedAt[origin]!);
  const transform = fitInputTransform(vectors.values, vectors.features, known);
  const plain = inputWidth(transform);
  const inputs = (rows: Int32Array): Inputs => {
    const values = new Float32Array(rows.length * plain * 2);
    transformRows(transform, vectors.values, rows, values, plain * 2);
    for (let at = 0; at < values.length; at += plain * 2) {
      for (let k = 0; k < plain; k++) values[at + plain + k] = Math.max(0, values[at + k]!);
    }
    return { width: plain * 2, values, offsets: offsetsOf(vectors.historicalRate, rows) };
  };
  const { rows, weights } = sample(vectors, known);
  const columns = [...transform.columns, ...transform.missingColumns];
  return {
    examples: { ...inputs(rows), labels: Uint8Array.from(rows, (row) => vectors.labels[row]!), weights },
    scored: inputs(Int32Array.from({ length: end - origin }, (_, i) => origin + i)),
    rawColumns: Int32Array.from([...columns, ...columns]),
    full: null,
  };
}

/** Rare classes whole, the others evenly thinned out. */
function sample(vectors: ReplayedVectors, known: Int32Array): { rows: Int32Array; weights: Float64Array } {
  const rows: number[] = [];
  const weights: number[] = [];
  for (const label of [0, 1]) {
    for (const after of [0, 1]) {
      const all = known.filter((row) => vectors.labels[row] === label && vectors.afterSuccess[row] === after);
      const taken = Math.min(MOST_PER_CLASS, all.length);
      for (let i = 0; i < taken; i++) {
        rows.push(all[Math.floor((i * all.length) / taken)]!);
        weights.push(all.length / taken);
      }
    }
  }
  return { rows: Int32Array.from(rows), weights: Float64Array.from(weights) };
}

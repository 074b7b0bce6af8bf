/** What a set of features is worth: figures with it and without it, and how far the difference lies beyond chance. */
import { averagePrecisionInOrder } from '../../model/evaluation/average-precision.js';
import { pairedBootstrap } from '../../model/evaluation/bootstrap.js';
import { orderByFallingScore } from '../../model/evaluation/order.js';
import { logit, softplus } from '../../model/log-odds.js';

const RESAMPLES = 200;
const SEED = 7;

/** `with` minus `without`, and the 2.5th and 97.5th percentile of that over resampled runs. */
export interface Difference {
  readonly with: number;
  readonly without: number;
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
}

export interface Comparison {
  /** Higher is better. */
  readonly averagePrecision: Difference | null;
  /** Nats per try; lower is better. */
  readonly logLoss: Difference | null;
}

/** @param groups run of each row, numbered from 0: tries of a run are not independent. */
export function compare(
  labels: Uint8Array,
  groups: Int32Array,
  withIt: Float64Array,
  without: Float64Array,
): Comparison {
  const precisionOf = (scores: Float64Array): Figure => {
    const order = orderByFallingScore(scores);
    return (weights) => averagePrecisionInOrder(labels, scores, order, weights);
  };
  const lossOf = (scores: Float64Array): Figure => {
    const losses = scores.map((score, row) => softplus(logit(score)) - labels[row]! * logit(score));
    return (weights) => weightedMean(losses, weights);
  };
  return {
    averagePrecision: differ(groups, precisionOf(withIt), precisionOf(without)),
    logLoss: differ(groups, lossOf(withIt), lossOf(without)),
  };
}

type Figure = (weights: Float64Array) => number | null;

function differ(groups: Int32Array, withIt: Figure, without: Figure): Difference | null {
  const ones = new Float64Array(groups.length).fill(1);
  const both = [withIt(ones), without(ones)] as const;
  if (both[0] === null || both[1] === null) return null;
  const result = pairedBootstrap(
    groups,
    (weights) => {
      const [a, b] = [withIt(weights), without(weights)];
      return a === null || b === null ? null : a - b;
    },
    { resamples: RESAMPLES, seed: SEED },
  );
  return result === null ? null : { with: both[0], without: both[1], ...result };
}

function weightedMean(values: Float64Array, weights: Float64Array): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  return total > 0 ? sum / total : null;
}

import { orderByFallingScore } from './order.js';

/**
 * Area under the precision-recall curve as the step-wise sum of scikit-learn's `average_precision_score`:
 * sum over thresholds of (recall_k - recall_(k-1)) precision_k; rows of equal score share one threshold.
 * Each row counts `weights[row]` times (1 without weights).
 *
 * @returns null when no row failed: precision has nothing to rank.
 */
export function averagePrecision(
  labels: Uint8Array,
  scores: Float64Array,
  weights?: Float64Array,
): number | null {
  return averagePrecisionInOrder(labels, scores, orderByFallingScore(scores), weights);
}

/** {@link averagePrecision} with the ranking already known, for the resamples of a bootstrap. */
export function averagePrecisionInOrder(
  labels: Uint8Array,
  scores: Float64Array,
  order: Uint32Array,
  weights?: Float64Array,
): number | null {
  let failures = 0;
  let seen = 0;
  let sum = 0;
  let failuresBefore = 0;
  for (let k = 0; k < order.length; k++) {
    const row = order[k]!;
    const weight = weights === undefined ? 1 : weights[row]!;
    seen += weight;
    failures += labels[row]! * weight;
    const lastOfTie = k + 1 === order.length || scores[order[k + 1]!] !== scores[row];
    if (lastOfTie && seen > 0) {
      sum += ((failures - failuresBefore) * failures) / seen;
      failuresBefore = failures;
    }
  }
  return failures > 0 ? sum / failures : null;
}

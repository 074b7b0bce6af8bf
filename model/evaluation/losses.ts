import { logit, softplus } from '../log-odds.js';

/**
 * Mean squared distance between probability and label (Brier 1950). Each row counts `weights[row]` times (1 without weights).
 *
 * @returns null when no row counts.
 */
export function brierScore(
  labels: Uint8Array,
  probabilities: Float64Array,
  weights?: Float64Array,
): number | null {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    sum += weight * (probabilities[i]! - labels[i]!) ** 2;
    total += weight;
  }
  return total > 0 ? sum / total : null;
}

/** Mean negative log-likelihood in nats; null without rows. */
export function logLoss(labels: Uint8Array, probabilities: Float64Array): number | null {
  if (labels.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const z = logit(probabilities[i]!);
    sum += softplus(z) - labels[i]! * z;
  }
  return sum / labels.length;
}

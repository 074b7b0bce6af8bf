/** Probabilities are kept this far from 0 and 1, so that their log-odds stay finite. */
export const PROBABILITY_FLOOR = 1e-6;

/** Log-odds of a probability, clamped to within {@link PROBABILITY_FLOOR} of 0 and 1. */
export function logit(probability: number): number {
  const p = Math.min(1 - PROBABILITY_FLOOR, Math.max(PROBABILITY_FLOOR, probability));
  return Math.log(p / (1 - p));
}

/** Probability of log-odds, without overflow at either end. */
export function sigmoid(logOdds: number): number {
  if (logOdds >= 0) return 1 / (1 + Math.exp(-logOdds));
  const e = Math.exp(logOdds);
  return e / (1 + e);
}

/** log(1 + exp(x)), without overflow. The log loss of log-odds z and label y is softplus(z) - y z. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

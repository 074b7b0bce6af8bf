import { sigmoid, softplus } from '../log-odds.js';

/**
 * Mean log loss after the best common shift of the log-odds. Where histories drift the level moves under any model, and a
 * level that is off says little about the order.
 */
export function levelledLogLoss(logOdds: Float64Array, labels: Uint8Array): number {
  const rows = logOdds.length;
  let shift = 0;
  // Newton steps, kept short: with one class only the best shift is infinite.
  for (let iteration = 0; iteration < 8; iteration++) {
    let gradient = 0;
    let curvature = 1e-9;
    for (let i = 0; i < rows; i++) {
      const p = sigmoid(logOdds[i]! + shift);
      gradient += p - labels[i]!;
      curvature += p * (1 - p);
    }
    shift -= Math.max(-2, Math.min(2, gradient / curvature));
  }
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    const z = logOdds[i]! + shift;
    loss += softplus(z) - labels[i]! * z;
  }
  return loss / rows;
}

import { orderByFallingScore } from './order.js';

/**
 * Probability that a failure scores above a success, ties counting half (the Mann-Whitney statistic).
 *
 * @returns null when one of the two classes is missing.
 */
export function rocAuc(labels: Uint8Array, scores: Float64Array): number | null {
  const order = orderByFallingScore(scores);
  let failures = 0;
  let successes = 0;
  let pairs = 0;
  let k = 0;
  while (k < order.length) {
    const score = scores[order[k]!];
    let tiedFailures = 0;
    let tiedSuccesses = 0;
    for (; k < order.length && scores[order[k]!] === score; k++) {
      if (labels[order[k]!] === 1) tiedFailures++;
      else tiedSuccesses++;
    }
    pairs += tiedSuccesses * (failures + tiedFailures / 2);
    failures += tiedFailures;
    successes += tiedSuccesses;
  }
  return failures > 0 && successes > 0 ? pairs / (failures * successes) : null;
}

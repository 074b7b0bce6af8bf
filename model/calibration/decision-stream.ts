import type { ScoreColumns } from './live-mixture.js';
import type { StratifiedMixture } from './stratified-mixture.js';

/** Scored decisions in the order of their times, with the outcome of each and when it became known. */
export interface ScoredDecisions {
  readonly scores: ScoreColumns;
  readonly decidedAt: Float64Array;
  readonly labels: Uint8Array;
  readonly labelKnownAt: Float64Array;
}

/**
 * Replays decisions and outcomes in the order of time, as they would meet live: each decision sees the mixture as left by the
 * outcomes known strictly before it. The mixture is left after the last decision.
 *
 * @param observeRest also learn from the outcomes that became known after the last decision.
 * @returns log-odds of each decision.
 */
export function replayDecisions(
  mixture: StratifiedMixture,
  decisions: ScoredDecisions,
  observeRest: boolean,
): Float64Array {
  const { scores, decidedAt, labels, labelKnownAt } = decisions;
  const rows = decidedAt.length;
  const logOdds = new Float64Array(rows);
  const each = new Float64Array(rows * mixture.notes);
  const byOutcome = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) byOutcome[i] = i;
  byOutcome.sort((a, b) => labelKnownAt[a]! - labelKnownAt[b]! || a - b);
  let next = 0;
  const observeBefore = (time: number): void => {
    while (next < rows && labelKnownAt[byOutcome[next]!]! < time) {
      const from = next;
      const knownAt = labelKnownAt[byOutcome[from]!]!;
      while (next < rows && labelKnownAt[byOutcome[next]!] === knownAt) next++;
      mixture.observe(scores, { rows: byOutcome.subarray(from, next), labels, knownAt }, each);
    }
  };
  for (let row = 0; row < rows; row++) {
    if (row === 0 || decidedAt[row] !== decidedAt[row - 1]) observeBefore(decidedAt[row]!);
    logOdds[row] = mixture.logOdds(scores, row, each, row * mixture.notes);
  }
  if (observeRest) observeBefore(Infinity);
  return logOdds;
}

/** When an automatic action has to be taken back: evidence that it does harm, gathered incident by incident. */
import type { Arm } from './draw.js';
import type { Measure } from './promotion.js';
import { countedDelay, MOST_DELAY_MINUTES } from './rows.js';

/**
 * Evidence at which an action is demoted. An action that does no harm is demoted, on average, at the earliest after so many
 * incidents; one that helps, far later.
 */
export const DEMOTION_EVIDENCE = 1000;

/** Bets per incident, as shares of the largest one that cannot lose more than there is. */
const BETS = [0.05, 0.15, 0.4, 0.8] as const;

export interface ObservedOutcome {
  readonly arm: Arm;
  /** As it was drawn, above 0 and below 1. */
  readonly treatedProbability: number;
  /** How bad it ended, 0 (good) to 1: see `loss`. */
  readonly loss: number;
}

/** State of the detector; start with {@link NO_EVIDENCE}. */
export interface HarmEvidence {
  /** Compared with {@link DEMOTION_EVIDENCE}. */
  readonly evidence: number;
  /** Of each bet. */
  readonly byBet: readonly number[];
  readonly outcomes: number;
  readonly lossSum: number;
}

export const NO_EVIDENCE: HarmEvidence = {
  evidence: 0,
  byBet: BETS.map(() => 0),
  outcomes: 0,
  lossSum: 0,
};

/**
 * Adds an outcome, in the order of the draws.
 *
 * Each incident gives an unbiased figure of the benefit: the loss, less the mean of those before, weighted by the inverse
 * probability of its arm (plus in `held_out`, minus in `treated`). Bets on harm multiply by 1 - bet x figure, which on average does not
 * grow while the benefit is 0 or more. Started anew at every incident and summed, they make the Shiryaev-Roberts detector, so that a bad
 * stretch shows however good what came before was (Shin, Ramdas and Rinaldo 2024, "E-detectors: a nonparametric framework for
 * sequential change detection"): without harm the evidence grows by at most 1 per incident on average, hence the run length above,
 * for any distribution and looked at as often as one likes.
 */
export function addOutcome(
  { byBet, outcomes, lossSum }: HarmEvidence,
  { arm, treatedProbability, loss }: ObservedOutcome,
): HarmEvidence {
  const expected = outcomes === 0 ? 0.5 : lossSum / outcomes;
  const weight = arm === 'held_out' ? 1 / (1 - treatedProbability) : -1 / treatedProbability;
  const benefit = (loss - expected) * weight;
  const largestBet = Math.min(treatedProbability, 1 - treatedProbability);
  const next = byBet.map((evidence, i) => (1 + evidence) * (1 - BETS[i]! * largestBet * benefit));
  return {
    evidence: next.reduce((sum, evidence) => sum + evidence, 0) / next.length,
    byBet: next,
    outcomes: outcomes + 1,
    lossSum: lossSum + loss,
  };
}

/** How bad it was, 0 to 1, that a run failed, or ended so many minutes late. */
export function loss(measure: Measure, failed: boolean, delayMinutes: number): number {
  if (measure === 'failures') return failed ? 1 : 0;
  return countedDelay(delayMinutes) / MOST_DELAY_MINUTES;
}

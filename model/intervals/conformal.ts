/**
 * Keeps a forecast's levels honest: of many outcomes, one tenth should lie below the quantile 0.1, and so on, also while things
 * drift. The outcome's place in the forecast distribution, as a normal score, is the conformity score (distributional conformal
 * prediction, Chernozhukov, Wuethrich and Zhu 2021; normalised scores as of Romano, Patterson and Candes 2019), and the
 * threshold of each level follows the outcomes online as in adaptive conformal inference (Gibbs and Candes 2021): after each one
 * it moves up or down so that in the long run it is exceeded just as often as it should be.
 *
 * Each forecast moves two thresholds that add up: that of all DAGs of a deployment, and the deviation of the DAG, which so
 * begins at none and takes shape as evidence comes.
 */
import { normalQuantile } from '../network/input-transform.js';
import { normalProbability } from './sampling.js';

/** Levels that are followed; the distribution is interpolated between them. */
export const FOLLOWED_LEVELS = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98] as const;
const COUNT = FOLLOWED_LEVELS.length;
const SCORES = FOLLOWED_LEVELS.map(normalQuantile);
/** A threshold never gets closer to its neighbour than this. */
const LEAST_GAP = 1e-3;
/** No threshold lies further out: the forecast's tails hold no more evidence. */
const LARGEST_SCORE = 6;
/** Steps are about the inverse density of the normal scores, so that all thresholds move alike; bounded for the outermost. */
const STEP_SCALES = SCORES.map((z) => Math.min(6, Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2)));
/** Steps: how quickly thresholds follow a drift. The shared one begins larger, as of a running mean. */
const SHARED_STEP = 0.01;
const OWN_STEP = 0.01;
/** A DAG's deviation loses this share with each outcome: what is no longer told by outcomes is forgotten. */
const OWN_FORGOTTEN = 0.005;

/** How far thresholds are from where a perfect forecast would have them, and how many outcomes the shared ones have seen. */
export class Thresholds {
  readonly shifts: Float32Array;
  outcomes = 0;

  /** @param width how much wider than the forecast's they are at first. */
  constructor(width = 1) {
    this.shifts = Float32Array.from(SCORES, (score) => (width - 1) * score);
  }
}

/** A correction of a forecast distribution, as it was when the forecast was made. */
export class Correction {
  private readonly scores = new Float64Array(COUNT);

  constructor(shared: Thresholds, own: Thresholds) {
    let last = -Infinity;
    for (let k = 0; k < COUNT; k++) {
      last = Math.max(last + LEAST_GAP, SCORES[k]! + shared.shifts[k]! + own.shifts[k]!);
      this.scores[k] = last;
    }
  }

  /** The level of the raw forecast at which the corrected one has `level`. */
  rawLevel(level: number): number {
    return normalProbability(bounded(interpolate(normalQuantile(level), SCORES, this.scores)));
  }

  /** The corrected level of a level of the raw forecast. */
  level(rawLevel: number): number {
    return normalProbability(bounded(interpolate(bounded(normalQuantile(rawLevel)), this.scores, SCORES)));
  }

  /** Moves all thresholds after an outcome that the raw forecast had at `rawLevel`. */
  learn(rawLevel: number, shared: Thresholds, own: Thresholds): void {
    for (let k = 0; k < COUNT; k++) this.learnLevel(k, this.isBelow(k, rawLevel), shared, own);
  }

  /** Whether an outcome at this level of the raw forecast lies below the threshold of a followed level. */
  isBelow(k: number, rawLevel: number): boolean {
    return bounded(normalQuantile(rawLevel)) <= this.scores[k]!;
  }

  /** The level of the raw forecast at which a followed level lies. */
  followed(k: number): number {
    return normalProbability(this.scores[k]!);
  }

  /** Moves one threshold, now that it is known on which side of it the outcome lies. */
  learnLevel(k: number, isBelow: boolean, shared: Thresholds, own: Thresholds): void {
    shared.outcomes += 1 / COUNT;
    this.move(k, FOLLOWED_LEVELS[k]! - (isBelow ? 1 : 0), shared, own);
  }

  /** The outcome was taken to lie above, and is now known to lie below. */
  revoke(k: number, shared: Thresholds, own: Thresholds): void {
    this.move(k, -1, shared, own);
  }

  private move(k: number, error: number, shared: Thresholds, own: Thresholds): void {
    const sharedStep = Math.max(SHARED_STEP, 0.5 / (shared.outcomes + 20));
    const move = STEP_SCALES[k]! * error;
    shared.shifts[k] = within(SCORES[k]!, shared.shifts[k]! + sharedStep * move);
    own.shifts[k] = (1 - OWN_FORGOTTEN) * own.shifts[k]! + OWN_STEP * move;
  }
}

/** A shift that leaves the threshold within bounds. */
function within(score: number, shift: number): number {
  return bounded(score + shift) - score;
}

function bounded(score: number): number {
  return Math.max(-LARGEST_SCORE, Math.min(LARGEST_SCORE, score));
}

/** Piecewise linear through (from[k], to[k]); beyond the ends, as far as at the ends. */
function interpolate(value: number, from: ArrayLike<number>, to: ArrayLike<number>): number {
  if (value <= from[0]!) return to[0]! + (value - from[0]!);
  if (value >= from[COUNT - 1]!) return to[COUNT - 1]! + (value - from[COUNT - 1]!);
  let k = 0;
  while (value >= from[k + 1]!) k++;
  const share = (value - from[k]!) / (from[k + 1]! - from[k]!);
  return to[k]! + share * (to[k + 1]! - to[k]!);
}

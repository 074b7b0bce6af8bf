import type { UnixSeconds } from '../../core/facts.js';
import { logit, sigmoid, softplus } from '../log-odds.js';
import { BatchWeight } from './batch-weight.js';
import type { BatchWeightState } from './batch-weight.js';

/** Plain state, to be saved with a model. */
export interface CommonLevelState {
  readonly level: number;
  readonly information: number;
  /** Recent log loss with and without the level, in nats. */
  readonly losses: readonly [withLevel: number, without: number];
  readonly batches: BatchWeightState;
}

/** Precision of the level before any outcome, which draws it towards 0. */
const PRIOR_PRECISION = 2;
/** Outcomes are forgotten with this horizon, counted in their information (p (1 - p) each): with rare failures, it takes more of them. */
const HORIZON_INFORMATION = 3;
/** The furthest that one batch of outcomes may move the level. */
const LARGEST_STEP = 0.5;

/**
 * A shift of all risks that follows what happened lately: one Newton step per batch of outcomes on the log-likelihood, with
 * forgetting (as `OnlineLogistic`, for a constant alone). It moves within a few failures, which the experts of a mixture with
 * their long memories do not; how far it is trusted follows from its recent log loss against that of no shift, as in the mixture.
 * Chosen by rolling origin inside training parts, as they are and with failures made rarer and more frequent (docs/modelling.md).
 */
export class CommonLevel {
  private level: number;
  private information: number;
  private readonly losses: [withLevel: number, without: number];
  private readonly batches: BatchWeight;

  constructor(state?: CommonLevelState) {
    this.level = state?.level ?? 0;
    this.information = state?.information ?? 0;
    const [withLevel, without] = state?.losses ?? [0, 0];
    this.losses = [withLevel, without];
    this.batches = new BatchWeight(state?.batches);
  }

  /** Log-odds with the level. */
  shifted(logOdds: number): number {
    return logOdds + this.level;
  }

  /** Log-odds of the average of the probabilities with and without the level, by how well each did lately. */
  pooled(logOdds: number): number {
    const share = sigmoid(this.losses[1] - this.losses[0]);
    return logit(share * sigmoid(this.shifted(logOdds)) + (1 - share) * sigmoid(logOdds));
  }

  /**
   * Learns from outcomes that became known together.
   *
   * @param before log-odds without the level when the scores were made.
   * @param shifted the same with the level of then.
   */
  observe(
    before: ArrayLike<number>,
    shifted: ArrayLike<number>,
    labels: ArrayLike<number>,
    knownAt: UnixSeconds,
  ): void {
    const count = labels.length;
    if (count === 0) return;
    const weight = this.batches.next(count, knownAt);
    let gradient = 0;
    let told = 0;
    let withLevel = 0;
    let without = 0;
    for (let i = 0; i < count; i++) {
      const [z, s, label] = [before[i]!, shifted[i]!, labels[i]!];
      const p = sigmoid(this.shifted(z));
      gradient += weight * (label - p);
      told += weight * p * (1 - p);
      withLevel += weight * (softplus(s) - label * s);
      without += weight * (softplus(z) - label * z);
    }
    const kept = Math.exp(-told / HORIZON_INFORMATION);
    this.losses[0] = this.losses[0] * kept + withLevel;
    this.losses[1] = this.losses[1] * kept + without;
    // Forgetting draws the level towards 0 by as much as is forgotten.
    const remembered = kept * (this.information + PRIOR_PRECISION) * this.level;
    this.information *= kept;
    this.level = remembered / (this.information + PRIOR_PRECISION);
    this.information += told;
    const step = gradient / (this.information + PRIOR_PRECISION);
    this.level += Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, step));
  }

  state(): CommonLevelState {
    const { level, information, losses, batches } = this;
    return { level, information, losses: [losses[0], losses[1]], batches: batches.state() };
  }
}

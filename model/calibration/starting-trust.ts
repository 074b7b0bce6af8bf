import type { UnixSeconds } from '../../core/facts.js';
import { logit, sigmoid, softplus } from '../log-odds.js';
import { BatchWeight } from './batch-weight.js';
import type { BatchWeightState } from './batch-weight.js';

/** Plain state, to be saved with a model. */
export interface StartingTrustState {
  /** Recent log loss with and without the shift, in nats. */
  readonly losses: readonly [withShift: number, without: number];
  readonly batches: BatchWeightState;
}

/** Outcomes of subjects with little history after which their losses are forgotten by a factor e. */
const HORIZON = 5000;

/**
 * How far subjects with little history are trusted to start like others of their operator and schedule. The risk is the average of
 * the probabilities with and without that shift, each weighed by its recent log loss on such subjects: a Bayesian mixture of two
 * (Vovk 1990), so that in all it loses at most ln 2 nats, and a little by forgetting, against the risks without it, where operators
 * and schedules tell nothing.
 */
export class StartingTrust {
  private readonly losses: [withShift: number, without: number];
  private readonly batches: BatchWeight;

  constructor(state?: StartingTrustState) {
    const [withShift, without] = state?.losses ?? [0, 0];
    this.losses = [withShift, without];
    this.batches = new BatchWeight(state?.batches);
  }

  /** Log-odds with the shift, as far as it is trusted; as they are where it is 0. */
  pooled(logOdds: number, shift: number): number {
    if (shift === 0) return logOdds;
    const share = sigmoid(this.losses[1] - this.losses[0]);
    return logit(share * sigmoid(logOdds + shift) + (1 - share) * sigmoid(logOdds));
  }

  /**
   * Learns from outcomes that became known together; those of subjects without a shift say nothing.
   *
   * @param logOdds without the shift when the scores were made.
   */
  observe(
    logOdds: ArrayLike<number>,
    shifts: ArrayLike<number>,
    labels: ArrayLike<number>,
    knownAt: UnixSeconds,
  ): void {
    let count = 0;
    let withShift = 0;
    let without = 0;
    for (let i = 0; i < labels.length; i++) {
      const [z, shift, label] = [logOdds[i]!, shifts[i]!, labels[i]!];
      if (shift === 0) continue;
      count++;
      withShift += softplus(z + shift) - label * (z + shift);
      without += softplus(z) - label * z;
    }
    if (count === 0) return;
    const weight = this.batches.next(count, knownAt);
    const kept = Math.exp(-(count * weight) / HORIZON);
    this.losses[0] = this.losses[0] * kept + weight * withShift;
    this.losses[1] = this.losses[1] * kept + weight * without;
  }

  state(): StartingTrustState {
    return { losses: [this.losses[0], this.losses[1]], batches: this.batches.state() };
  }
}

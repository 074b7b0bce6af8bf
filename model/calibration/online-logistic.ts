import { sigmoid } from '../log-odds.js';
import { solveSymmetric } from './solve.js';

/** What an {@link OnlineLogistic} starts from. */
export interface OnlineLogisticPrior {
  /** Coefficients before any outcome. */
  readonly mean: readonly number[];
  /** Precision (1 / variance) of each coefficient. */
  readonly precision: readonly number[];
  /** Outcomes are forgotten with this horizon, counted in outcomes. */
  readonly horizon: number;
}

/** Plain state, to be saved with a model. */
export interface OnlineLogisticState {
  readonly mean: readonly number[];
  readonly information: readonly number[];
}

/** The furthest that one batch of outcomes may move a coefficient: an outage must not undo months. */
const LARGEST_STEP = 0.5;

/**
 * A logistic regression of a few inputs that follows a stream of outcomes: one Newton step per batch on the log-likelihood, with
 * the information of past outcomes decaying towards the prior (an extended Kalman filter with forgetting; Penny and Roberts 1999).
 */
export class OnlineLogistic {
  private readonly size: number;
  private mean: Float64Array;
  private readonly information: Float64Array;

  constructor(
    private readonly prior: OnlineLogisticPrior,
    state?: OnlineLogisticState,
  ) {
    this.size = prior.mean.length;
    this.mean = Float64Array.from(state?.mean ?? prior.mean);
    this.information = Float64Array.from(state?.information ?? new Float64Array(this.size * this.size));
  }

  /** Log-odds of one vector of inputs. */
  logOdds(inputs: ArrayLike<number>): number {
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += this.mean[i]! * inputs[i]!;
    return sum;
  }

  /**
   * Learns from outcomes that became known together, each counting `weight` outcomes.
   *
   * @param inputs row-major, one vector per outcome.
   */
  observe(inputs: Float64Array, labels: ArrayLike<number>, weight: number): void {
    const n = this.size;
    this.forget(labels.length * weight);
    const gradient = new Float64Array(n);
    for (let r = 0; r < labels.length; r++) {
      const x = inputs.subarray(r * n, (r + 1) * n);
      const p = sigmoid(this.logOdds(x));
      const error = weight * (labels[r]! - p);
      const curvature = weight * p * (1 - p);
      for (let i = 0; i < n; i++) {
        gradient[i] = gradient[i]! + error * x[i]!;
        for (let j = 0; j < n; j++) {
          this.information[i * n + j] = this.information[i * n + j]! + curvature * x[i]! * x[j]!;
        }
      }
    }
    const move = solveSymmetric(this.withPrior(), gradient);
    for (let i = 0; i < n; i++) {
      this.mean[i] = this.mean[i]! + Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, move[i]!));
    }
  }

  state(): OnlineLogisticState {
    return { mean: Array.from(this.mean), information: Array.from(this.information) };
  }

  /** Decays what the outcomes told, so that the mean moves back towards the prior by as much. */
  private forget(outcomes: number): void {
    const n = this.size;
    const kept = Math.exp(-outcomes / this.prior.horizon);
    const told = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = this.prior.precision[i]! * (this.mean[i]! - this.prior.mean[i]!);
      for (let j = 0; j < n; j++) sum += this.information[i * n + j]! * this.mean[j]!;
      told[i] = kept * sum + this.prior.precision[i]! * this.prior.mean[i]!;
    }
    for (let i = 0; i < n * n; i++) this.information[i] = this.information[i]! * kept;
    this.mean = solveSymmetric(this.withPrior(), told);
  }

  private withPrior(): Float64Array {
    const sum = this.information.slice();
    for (let i = 0; i < this.size; i++) {
      sum[i * this.size + i] = sum[i * this.size + i]! + this.prior.precision[i]!;
    }
    return sum;
  }
}

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
  private readonly mean: Float64Array;
  private readonly information: Float64Array;
  /** Room for what a batch needs: histories have a batch for every few outcomes, and arrays of their own would take most of its time. */
  private readonly step: Float64Array;
  private readonly total: Float64Array;
  private readonly factor: Float64Array;

  constructor(
    private readonly prior: OnlineLogisticPrior,
    state?: OnlineLogisticState,
  ) {
    this.size = prior.mean.length;
    this.mean = Float64Array.from(state?.mean ?? prior.mean);
    this.information = Float64Array.from(state?.information ?? new Float64Array(this.size * this.size));
    this.step = new Float64Array(this.size);
    this.total = new Float64Array(this.size * this.size);
    this.factor = new Float64Array(this.size * this.size);
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
    const { size: n, mean, information, step } = this;
    this.forget(labels.length * weight);
    step.fill(0);
    for (let r = 0; r < labels.length; r++) {
      const at = r * n;
      let logOdds = 0;
      for (let i = 0; i < n; i++) logOdds += mean[i]! * inputs[at + i]!;
      const p = sigmoid(logOdds);
      const error = weight * (labels[r]! - p);
      const curvature = weight * p * (1 - p);
      for (let i = 0; i < n; i++) {
        const x = inputs[at + i]!;
        step[i] = step[i]! + error * x;
        for (let j = 0; j < n; j++) {
          information[i * n + j] = information[i * n + j]! + curvature * x * inputs[at + j]!;
        }
      }
    }
    solveSymmetric(this.withPrior(), step, step, this.factor);
    for (let i = 0; i < n; i++) {
      mean[i] = mean[i]! + Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, step[i]!));
    }
  }

  state(): OnlineLogisticState {
    return { mean: Array.from(this.mean), information: Array.from(this.information) };
  }

  /** Decays what the outcomes told, so that the mean moves back towards the prior by as much. */
  private forget(outcomes: number): void {
    const { size: n, prior, mean, information, step } = this;
    const kept = Math.exp(-outcomes / prior.horizon);
    for (let i = 0; i < n; i++) {
      let sum = prior.precision[i]! * (mean[i]! - prior.mean[i]!);
      for (let j = 0; j < n; j++) sum += information[i * n + j]! * mean[j]!;
      step[i] = kept * sum + prior.precision[i]! * prior.mean[i]!;
    }
    for (let i = 0; i < n * n; i++) information[i] = information[i]! * kept;
    solveSymmetric(this.withPrior(), step, mean, this.factor);
  }

  /** The information with that of the prior, valid until the next call. */
  private withPrior(): Float64Array {
    const { size: n, prior, information, total } = this;
    total.set(information);
    for (let i = 0; i < n; i++) total[i * n + i] = total[i * n + i]! + prior.precision[i]!;
    return total;
  }
}

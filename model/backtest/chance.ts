import { averagePrecisionInOrder } from '../evaluation/average-precision.js';
import { pairedBootstrap, type BootstrapInterval } from '../evaluation/bootstrap.js';
import { brierScore } from '../evaluation/losses.js';
import { orderByFallingScore } from '../evaluation/order.js';
import { perfectForecastError } from '../evaluation/perfect-forecast.js';

/** What chance alone may do to the figures of a subset. */
export interface ChanceReport {
  /** Model minus historical rate, with the 95 % interval of a paired bootstrap over DAG runs; null without a failure. */
  readonly average_precision: BootstrapInterval | null;
  readonly brier: BootstrapInterval | null;
  /** 95th percentile of the calibration error that a perfect forecast would show on as many tries; null without rows. */
  readonly perfect_calibration_error: number | null;
}

const RESAMPLES = 200;

/** @param runs number of the DAG run of each row, from 0. */
export function reportChance(
  labels: Uint8Array,
  model: Float64Array,
  historicalRate: Float64Array,
  runs: Int32Array,
  seed: number,
): ChanceReport {
  const options = { resamples: RESAMPLES, seed };
  const modelOrder = orderByFallingScore(model);
  const rateOrder = orderByFallingScore(historicalRate);
  const minus = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a - b;
  return {
    average_precision: pairedBootstrap(
      runs,
      (weights) =>
        minus(
          averagePrecisionInOrder(labels, model, modelOrder, weights),
          averagePrecisionInOrder(labels, historicalRate, rateOrder, weights),
        ),
      options,
    ),
    brier: pairedBootstrap(
      runs,
      (weights) => minus(brierScore(labels, model, weights), brierScore(labels, historicalRate, weights)),
      options,
    ),
    perfect_calibration_error: perfectForecastError(model, options),
  };
}

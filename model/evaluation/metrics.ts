import { averagePrecision } from './average-precision.js';
import { expectedCalibrationError } from './calibration-error.js';
import { brierScore } from './losses.js';
import { rocAuc } from './roc-auc.js';

/** The four figures of the backtest contract; null where a figure is not defined (no rows, or one class only). */
export interface RiskMetrics {
  readonly average_precision: number | null;
  readonly roc_auc: number | null;
  readonly brier: number | null;
  readonly expected_calibration_error: number | null;
}

/** Scores probabilities against what happened. */
export function riskMetrics(labels: Uint8Array, probabilities: Float64Array): RiskMetrics {
  return {
    average_precision: averagePrecision(labels, probabilities),
    roc_auc: rocAuc(labels, probabilities),
    brier: brierScore(labels, probabilities),
    expected_calibration_error: expectedCalibrationError(labels, probabilities),
  };
}

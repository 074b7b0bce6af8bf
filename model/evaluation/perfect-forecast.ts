import { seededRandom } from '../random.js';
import { percentile, type BootstrapOptions } from './bootstrap.js';
import { expectedCalibrationError } from './calibration-error.js';

/**
 * The expected calibration error that a perfect forecast exceeds in one case of twenty: outcomes are drawn from the probabilities
 * themselves. With few rows even the truth looks miscalibrated (Bröcker and Smith 2007).
 *
 * @returns null without rows.
 */
export function perfectForecastError(probabilities: Float64Array, options: BootstrapOptions): number | null {
  if (probabilities.length === 0) return null;
  const random = seededRandom(options.seed);
  const labels = new Uint8Array(probabilities.length);
  const errors: number[] = [];
  for (let round = 0; round < options.resamples; round++) {
    for (let row = 0; row < labels.length; row++) labels[row] = random() < probabilities[row]! ? 1 : 0;
    errors.push(expectedCalibrationError(labels, probabilities)!);
  }
  return percentile(errors, 0.95);
}

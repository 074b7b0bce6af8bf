/** Bins of the expected calibration error; fixed by the contract of `orc backtest`. */
export const CALIBRATION_BINS = 15;

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly rows: number;
  readonly meanProbability: number;
  readonly failureRate: number;
}

/** Rows grouped by probability into equal-width bins; empty bins have NaN means. Each row counts `weights[row]` times (1 without). */
export function reliability(
  labels: Uint8Array,
  probabilities: Float64Array,
  bins = CALIBRATION_BINS,
  weights?: Float64Array,
): ReliabilityBin[] {
  const rows = new Float64Array(bins);
  const probability = new Float64Array(bins);
  const failures = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const bin = Math.min(bins - 1, Math.floor(probabilities[i]! * bins));
    const weight = weights === undefined ? 1 : weights[i]!;
    rows[bin] = rows[bin]! + weight;
    probability[bin] = probability[bin]! + weight * probabilities[i]!;
    failures[bin] = failures[bin]! + weight * labels[i]!;
  }
  return Array.from(rows, (count, bin) => ({
    rows: count,
    meanProbability: probability[bin]! / count,
    failureRate: failures[bin]! / count,
  }));
}

/** Mean distance between probability and failure rate over the bins, weighted by rows (Naeini et al. 2015). */
export function expectedCalibrationError(
  labels: Uint8Array,
  probabilities: Float64Array,
  weights?: Float64Array,
): number | null {
  let sum = 0;
  let total = 0;
  for (const bin of reliability(labels, probabilities, CALIBRATION_BINS, weights)) {
    if (bin.rows > 0) sum += bin.rows * Math.abs(bin.meanProbability - bin.failureRate);
    total += bin.rows;
  }
  return total > 0 ? sum / total : null;
}

import { orderByFallingScore } from '../evaluation/order.js';

/** Precision and recall when all rows with at least a certain score are warned of. */
export interface CurvePoint {
  readonly recall: number;
  readonly precision: number;
}

/**
 * The precision-recall curve from the highest score to the lowest, one point per distinct score, thinned to about `most` points
 * evenly spread over recall. Its step-wise area is the average precision.
 *
 * @returns no point when no row failed.
 */
export function precisionRecallCurve(labels: Uint8Array, scores: Float64Array, most = 200): CurvePoint[] {
  const failures = labels.reduce((sum, label) => sum + label, 0);
  if (failures === 0) return [];
  const order = orderByFallingScore(scores);
  const points: CurvePoint[] = [];
  let caught = 0;
  let kept = -Infinity;
  for (let k = 0; k < order.length; k++) {
    const row = order[k]!;
    caught += labels[row]!;
    if (k + 1 < order.length && scores[order[k + 1]!] === scores[row]) continue;
    const recall = caught / failures;
    const isLast = k + 1 === order.length;
    if (points.length > 0 && !isLast && recall - kept < 1 / most) continue;
    points.push({ recall, precision: caught / (k + 1) });
    kept = recall;
  }
  return points;
}

import { describe, expect, it } from 'vitest';
import { averagePrecision } from '../../../model/evaluation/average-precision.js';
import { expectedCalibrationError, reliability } from '../../../model/evaluation/calibration-error.js';
import { brierScore, logLoss } from '../../../model/evaluation/losses.js';
import { riskMetrics } from '../../../model/evaluation/metrics.js';
import { rocAuc } from '../../../model/evaluation/roc-auc.js';

const index = Array.from({ length: 200 }, (_, i) => i);
/** Twenty-one distinct values: many ties. */
const tied = Float64Array.from(index, (i) =>
  Math.min(0.99, Math.max(0.01, Math.round(((Math.sin(i * 1.7) + 1) / 2) * 20) / 20)),
);
const distinct = Float64Array.from(index, (i) => ((Math.cos(i * 0.37) + 1) / 2) * 0.98 + 0.01);
const labels = Uint8Array.from(index, (i) => (Math.sin(i * 3.1 + 1) + tied[i]! * 2 > 1.2 ? 1 : 0));

/** Figures of scikit-learn 1.9.1 on the same numbers; the calibration error by its definition in numpy. */
const GOLDEN = [
  {
    scores: tied,
    ap: 0.7257981144100532,
    auc: 0.8382612304180931,
    brier: 0.1738825,
    loss: 0.5548901914921174,
    ece: 0.15935,
  },
  {
    scores: distinct,
    ap: 0.4530162015501966,
    auc: 0.5601203444340699,
    brier: 0.33261256419097035,
    loss: 1.0981054230212477,
    ece: 0.2708871753396937,
  },
];

describe('metrics against scikit-learn', () => {
  it.each(GOLDEN)('agree: $ap', ({ scores, ap, auc, brier, loss, ece }) => {
    expect(labels.reduce((sum, label) => sum + label, 0)).toBe(81);
    expect(averagePrecision(labels, scores)).toBeCloseTo(ap, 12);
    expect(rocAuc(labels, scores)).toBeCloseTo(auc, 12);
    expect(brierScore(labels, scores)).toBeCloseTo(brier, 12);
    expect(logLoss(labels, scores)).toBeCloseTo(loss, 10);
    expect(expectedCalibrationError(labels, scores)).toBeCloseTo(ece, 10);
  });

  it('weighted average precision counts a row as often as its weight', () => {
    const weights = Float64Array.from(index, (i) => 1 + (i % 3));
    expect(averagePrecision(labels, tied, weights)).toBeCloseTo(0.7373934527130621, 12);
  });

  it('are null where they are not defined', () => {
    const nothing = riskMetrics(new Uint8Array(0), new Float64Array(0));
    expect(Object.values(nothing)).toEqual([null, null, null, null]);
    const noFailure = riskMetrics(new Uint8Array(3), Float64Array.of(0.1, 0.2, 0.3));
    expect(noFailure.average_precision).toBeNull();
    expect(noFailure.roc_auc).toBeNull();
    expect(noFailure.brier).toBeCloseTo(0.14 / 3, 12);
  });

  it('a probability of 1 falls into the last bin', () => {
    const bins = reliability(Uint8Array.of(1, 0), Float64Array.of(1, 0));
    expect(bins).toHaveLength(15);
    expect(bins.at(-1)).toEqual({ rows: 1, meanProbability: 1, failureRate: 1 });
    expect(bins[0]).toEqual({ rows: 1, meanProbability: 0, failureRate: 0 });
  });
});

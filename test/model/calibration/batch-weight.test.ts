import { describe, expect, it } from 'vitest';
import { BatchWeight } from '../../../model/calibration/batch-weight.js';
import { LiveMixture } from '../../../model/calibration/live-mixture.js';
import { sigmoid } from '../../../model/log-odds.js';

const HOUR = 3600;

describe('weight of outcomes in batches', () => {
  it('is one where each comes alone, and 1 / sqrt(n) where all come in batches of n', () => {
    const alone = new BatchWeight();
    for (let k = 0; k < 50; k++) expect(alone.next(1, k * HOUR)).toBeCloseTo(1, 12);
    const together = new BatchWeight();
    for (let k = 0; k < 50; k++) expect(together.next(100, k * HOUR)).toBeCloseTo(0.1, 12);
  });

  it('counts as one batch what becomes known within minutes, as in an outage', () => {
    const weight = new BatchWeight();
    for (let k = 0; k < 5000; k++) weight.next(1, Math.floor(k / 100) * HOUR + (k % 100));
    expect(weight.next(1, 60 * HOUR)).toBeCloseTo(0.1, 2);
  });

  it('depends on the usual batch, not on the own one', () => {
    const weight = new BatchWeight();
    for (let k = 0; k < 500; k++) weight.next(100, k * HOUR);
    expect(weight.next(1, 500 * HOUR)).toBeCloseTo(0.1, 3);
  });

  it('continues from its state', () => {
    const first = new BatchWeight();
    first.next(7, 0);
    first.next(90, HOUR);
    expect(new BatchWeight(first.state()).next(3, HOUR + 1)).toBe(first.next(3, HOUR + 1));
  });

  it('keeps the level that all outcomes have, where those that come alone fail more often', () => {
    const mixture = new LiveMixture('rate');
    const size = 101;
    const rate = 0.02;
    const logit = Math.log(rate / (1 - rate));
    const scores = {
      rate: new Float64Array(size).fill(logit),
      offset: new Float64Array(size).fill(logit),
      residual: new Float64Array(size),
      passed: new Float64Array(size),
      starting: new Float64Array(size),
      strata: new Uint8Array(size).fill(1),
      stages: new Uint8Array(size),
    };
    const each = new Float64Array(size * mixture.expertCount);
    // A batch of 100 with one failure, then a single outcome that fails every other time: 1.5 of 101 fail in all.
    const labels = new Uint8Array(size);
    labels[0] = 1;
    const batch = Array.from({ length: 100 }, (_, i) => i);
    for (let night = 0; night < 400; night++) {
      for (const rows of [batch, [100]]) {
        for (const row of rows) mixture.logOdds(scores, row, each, row * mixture.expertCount);
        labels[100] = night % 2;
        mixture.observe(scores, { rows, labels, knownAt: (night + rows[0]! / 1000) * 24 * HOUR }, each);
      }
    }
    const risk = sigmoid(mixture.logOdds(scores, 0));
    expect(risk).toBeGreaterThan(0.011);
    expect(risk).toBeLessThan(0.021);
  });
});

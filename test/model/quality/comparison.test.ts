import { describe, expect, it } from 'vitest';
import { compareRisks, judgeChallenger } from '../../../model/quality/comparison.js';
import { seededRandom } from '../../../model/random.js';
import { outcomes } from './outcomes.js';

const SLICES = 12;

/** The true chance, seen through noise: the more, the worse the model ranks. */
function noisy(chances: Float64Array, noise: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return chances.map((chance) => {
    const logit = Math.log(Math.max(chance, 0.004) / (1 - chance)) + noise * (random() - 0.5);
    return 1 / (1 + Math.exp(-logit));
  });
}

/** Share of slices on which the challenger is promoted. */
function promoted(
  make: (chances: Float64Array, seed: number) => { champion: Float64Array; challenger: Float64Array },
): number {
  let count = 0;
  for (let seed = 1; seed <= SLICES; seed++) {
    const slice = outcomes({ rows: 500, seed });
    const { labels, afterSuccess, runs } = slice;
    const comparison = compareRisks({ labels, afterSuccess, runs, ...make(slice.chances, seed) }, 1);
    if (judgeChallenger(comparison).isPromoted) count++;
  }
  return count / SLICES;
}

describe('champion against challenger', () => {
  it('promotes a better one nearly always, an equal one often, a worse or miscalibrated one hardly ever', () => {
    const better = promoted((chances, seed) => ({
      champion: noisy(chances, 4, seed),
      challenger: noisy(chances, 1, seed + 1000),
    }));
    const equal = promoted((chances, seed) => ({
      champion: noisy(chances, 1.5, seed),
      challenger: noisy(chances, 1.5, seed + 1000),
    }));
    const worse = promoted((chances, seed) => ({
      champion: noisy(chances, 1, seed),
      challenger: noisy(chances, 4, seed + 1000),
    }));
    const miscalibrated = promoted((chances, seed) => ({
      champion: noisy(chances, 1, seed),
      challenger: noisy(chances, 1, seed).map((risk) => Math.min(1, risk + 0.08)),
    }));
    expect(better).toBeGreaterThanOrEqual(0.9);
    expect(equal).toBeGreaterThanOrEqual(0.4);
    expect(worse).toBeLessThanOrEqual(0.1);
    expect(miscalibrated).toBeLessThanOrEqual(0.1);
  });

  it('promotes the same risks, and says with which figures', () => {
    const { labels, afterSuccess, runs, risks } = outcomes({ rows: 800, seed: 5 });
    const comparison = compareRisks({ labels, afterSuccess, runs, champion: risks, challenger: risks }, 1);
    expect(comparison.all).toEqual({ difference: 0, interval: [0, 0], share: 1 });
    const { isPromoted, reason } = judgeChallenger(comparison);
    expect(isPromoted).toBe(true);
    expect(reason).toMatch(
      /^no worse than the champion on 800 outcomes with \d+ failures that neither learnt from: average precision 0\.\d{4} against 0\.\d{4} \(better by \+0\.0000 to \+0\.0000\); after a success .*; calibration error /,
    );
  });

  it('judges by what is defined: without a failure there is nothing to rank', () => {
    const { afterSuccess, runs, risks } = outcomes({ rows: 300, seed: 6 });
    const rows = { labels: new Uint8Array(300), afterSuccess, runs, champion: risks };
    const comparison = compareRisks({ ...rows, challenger: risks.map((risk) => risk + 0.1) }, 1);
    expect(comparison).toMatchObject({ failures: 0, all: null, onset: null });
    expect(judgeChallenger(comparison)).toMatchObject({
      isPromoted: false,
      reason: /^likely worse calibrated/,
    });
  });

  it('resamples the runs of the slice, whatever their numbers, and depends on the seed alone', () => {
    const { labels, afterSuccess, runs, risks, chances } = outcomes({ rows: 400, seed: 7 });
    const rows = { labels, afterSuccess, runs, champion: noisy(chances, 3, 1), challenger: risks };
    const far = runs.map((run) => run * 1000 + 5);
    expect(compareRisks({ ...rows, runs: far }, 3)).toEqual(compareRisks(rows, 3));
    expect(compareRisks(rows, 3)).not.toEqual(compareRisks(rows, 4));
  });
});

/** Risks at stages that the strata do not learn from. */
import { expect, it } from 'vitest';
import { STAGE_PLANNED, STAGE_QUEUED } from '../../../features/vector-store.js';
import { replayDecisions, type ScoredDecisions } from '../../../model/calibration/decision-stream.js';
import { mergeDecisions } from '../../../model/calibration/merge-decisions.js';
import { StratifiedMixture } from '../../../model/calibration/stratified-mixture.js';
import { expectedCalibrationError } from '../../../model/evaluation/calibration-error.js';
import { sigmoid } from '../../../model/log-odds.js';
import { normal, seededRandom } from '../../../model/random.js';

const ROWS = 4000;

/** Scores whose true log-odds are `slope` times what the rate says, and `level`. */
function stream(stage: number, level: number, slope: number, seed: number): ScoredDecisions {
  const random = seededRandom(seed);
  const rate = Float64Array.from({ length: ROWS }, () => -1.5 + normal(random));
  const decidedAt = Float64Array.from(rate, (_, row) => row * 60 + seed);
  return {
    scores: {
      rate,
      offset: rate,
      residual: new Float64Array(ROWS),
      passed: new Float64Array(ROWS),
      starting: new Float64Array(ROWS),
      strata: Uint8Array.from(rate, (_, row) => row % 2),
      stages: new Uint8Array(ROWS).fill(stage),
    },
    decidedAt,
    labels: Uint8Array.from(rate, (z) => (random() < sigmoid(level + slope * z) ? 1 : 0)),
    labelKnownAt: decidedAt.map((time) => time + 600),
  };
}

const queued = stream(STAGE_QUEUED, 0, 1, 1);
const planned = stream(STAGE_PLANNED, 0.5, 0.5, 2);

function later(of: ScoredDecisions, logOdds: Float64Array): number {
  const half = ROWS / 2;
  return expectedCalibrationError(of.labels.subarray(half), logOdds.subarray(half).map(sigmoid))!;
}

it('calibrates what is planned by its own outcomes, and leaves the risks of what is queued as they are', () => {
  const { decisions, positions } = mergeDecisions([queued, planned]);
  const all = replayDecisions(new StratifiedMixture(true), decisions, true);
  const [ofQueued, ofPlanned] = positions.map((at) => Float64Array.from(at, (row) => all[row]!));
  expect(ofQueued).toEqual(replayDecisions(new StratifiedMixture(true), queued, true));
  expect(later(planned, planned.scores.rate)).toBeGreaterThan(0.2);
  expect(later(planned, ofPlanned!)).toBeLessThan(0.05);
});

it('is the risk of the strata before any outcome of the stage, but for what its experts would do', () => {
  const mixture = new StratifiedMixture(true);
  replayDecisions(mixture, queued, true);
  const asQueued = { ...planned.scores, stages: new Uint8Array(ROWS) };
  for (const row of [0, 1, 2])
    expect(mixture.logOdds(planned.scores, row)).toBeCloseTo(mixture.logOdds(asQueued, row), 9);
});

it('goes on from a saved state, and starts anew from one saved without stages', () => {
  const { decisions } = mergeDecisions([queued, planned]);
  const mixture = new StratifiedMixture(true);
  replayDecisions(mixture, decisions, true);
  const { stages, ...before } = mixture.state();
  expect(stages).toBeDefined();
  const saved = JSON.parse(JSON.stringify(mixture.state())) as ReturnType<StratifiedMixture['state']>;
  const again = new StratifiedMixture(true, saved);
  const anew = new StratifiedMixture(true, before);
  const expected = mixture.logOdds(planned.scores, 5);
  expect(again.logOdds(planned.scores, 5)).toBeCloseTo(expected, 12);
  expect(anew.logOdds(planned.scores, 5)).not.toBeCloseTo(expected, 3);
  expect(anew.logOdds(queued.scores, 5)).toBe(mixture.logOdds(queued.scores, 5));
});

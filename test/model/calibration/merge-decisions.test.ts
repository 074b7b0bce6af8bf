import { expect, it } from 'vitest';
import { replayDecisions, type ScoredDecisions } from '../../../model/calibration/decision-stream.js';
import { mergeDecisions } from '../../../model/calibration/merge-decisions.js';
import { StratifiedMixture } from '../../../model/calibration/stratified-mixture.js';

function stream(times: readonly number[], labels: readonly number[], knownAfter: number): ScoredDecisions {
  const numbers = Float64Array.from(times);
  return {
    scores: {
      rate: numbers.map((_, k) => -1 - k / 10),
      offset: numbers.map(() => -1),
      residual: numbers.map(() => 0.5),
      passed: new Float64Array(times.length),
      starting: new Float64Array(times.length),
      strata: new Uint8Array(times.length).fill(1),
      stages: new Uint8Array(times.length),
    },
    decidedAt: numbers,
    labels: Uint8Array.from(labels),
    labelKnownAt: numbers.map((time) => time + knownAfter),
  };
}

it('merges streams by time and tells where each decision went', () => {
  const { decisions, positions } = mergeDecisions([
    stream([1, 3, 5], [1, 0, 1], 1),
    stream([3, 4], [1, 1], 1),
  ]);
  expect(Array.from(decisions.decidedAt)).toEqual([1, 3, 3, 4, 5]);
  expect(Array.from(decisions.labels)).toEqual([1, 0, 1, 1, 1]);
  expect(positions.map((at) => Array.from(at))).toEqual([
    [0, 1, 4],
    [2, 3],
  ]);
});

it('decisions whose outcome is never known change no other score', () => {
  const times = Array.from({ length: 60 }, (_, k) => k);
  const alone = stream(
    times,
    times.map((k) => (k % 2 === 0 ? 1 : 0)),
    2,
  );
  const silent = stream([0.5, 20, 59.5], [1, 1, 1], Infinity);
  const expected = replayDecisions(new StratifiedMixture(true), alone, false);
  const { decisions, positions } = mergeDecisions([alone, silent]);
  const found = replayDecisions(new StratifiedMixture(true), decisions, false);
  expect(Array.from(positions[0]!, (at) => found[at])).toEqual(Array.from(expected));
  // The silent ones follow what the others taught by their time.
  expect(found[positions[1]![2]!]).not.toBeCloseTo(found[positions[1]![0]!]!, 3);
});

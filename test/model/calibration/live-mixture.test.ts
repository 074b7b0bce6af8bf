import { describe, expect, it } from 'vitest';
import { replayDecisions } from '../../../model/calibration/decision-stream.js';
import type { ScoredDecisions } from '../../../model/calibration/decision-stream.js';
import { StratifiedMixture } from '../../../model/calibration/stratified-mixture.js';
import { logLoss } from '../../../model/evaluation/losses.js';
import { sigmoid } from '../../../model/log-odds.js';
import { normal, seededRandom } from '../../../model/random.js';

const rows = 4000;

/** The network knows the truth, or is noise around it; the rate knows only the level. */
function decisions(networkIsRight: boolean, level = -2, from = 0): ScoredDecisions {
  const random = seededRandom(21);
  const columns = { rate: [] as number[], offset: [] as number[], residual: [] as number[] };
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const told = 1.5 * normal(random);
    columns.rate.push(-2);
    columns.offset.push(-2);
    columns.residual.push(told);
    const shift = row >= from ? level + 2 : 0;
    labels[row] = random() < sigmoid(-2 + shift + (networkIsRight ? told : 0)) ? 1 : 0;
  }
  const decidedAt = Float64Array.from({ length: rows }, (_, i) => i * 60);
  return {
    scores: {
      rate: Float64Array.from(columns.rate),
      offset: Float64Array.from(columns.offset),
      residual: Float64Array.from(columns.residual),
      passed: new Float64Array(rows),
      starting: new Float64Array(rows),
      strata: Uint8Array.from({ length: rows }, (_, i) => i % 2),
      stages: new Uint8Array(rows),
    },
    decidedAt,
    labels,
    labelKnownAt: decidedAt.map((time) => time + 600),
  };
}

const lossOf = (stream: ScoredDecisions, logOdds: Float64Array, from = rows / 2): number =>
  logLoss(stream.labels.subarray(from), logOdds.subarray(from).map(sigmoid))!;

describe('mixture of experts', () => {
  it('comes to trust a network that is right', () => {
    const stream = decisions(true);
    const mixture = new StratifiedMixture(true);
    const pooled = lossOf(stream, replayDecisions(mixture, stream, false));
    const network = stream.scores.offset.map((z, i) => z + stream.scores.residual[i]!);
    expect(pooled).toBeLessThan(lossOf(stream, network) + 0.01);
    expect(mixture.shares().afterSuccess['rate']).toBeLessThan(0.01);
  });

  it('comes to trust the rate where the network only makes noise', () => {
    const stream = decisions(false);
    const mixture = new StratifiedMixture(true);
    const pooled = lossOf(stream, replayDecisions(mixture, stream, false));
    expect(pooled).toBeLessThan(lossOf(stream, stream.scores.rate) + 0.01);
    expect(mixture.shares().afterSuccess['network']).toBeLessThan(0.01);
  });

  it('follows a level that rises', () => {
    const stream = decisions(false, 0, rows / 4);
    const pooled = replayDecisions(new StratifiedMixture(true), stream, false);
    expect(lossOf(stream, pooled)).toBeLessThan(0.75 * lossOf(stream, stream.scores.rate));
  });

  it('sees no outcome before it is known: changing a later one changes no earlier score', () => {
    const stream = decisions(true);
    const before = replayDecisions(new StratifiedMixture(true), stream, false);
    const changed = { ...stream, labels: stream.labels.map((label, i) => (i >= 1000 ? 1 - label : label)) };
    const after = replayDecisions(new StratifiedMixture(true), changed, false);
    // Row 1000 ends 600 s after its decision, and is visible strictly after that: rows up to 1010 cannot know.
    expect(after.subarray(0, 1011)).toEqual(before.subarray(0, 1011));
    expect(after.subarray(1011)).not.toEqual(before.subarray(1011));
  });

  it('continues from a saved state as if it had not stopped', () => {
    const stream = decisions(true);
    const mixture = new StratifiedMixture(true);
    replayDecisions(mixture, stream, true);
    const restored = new StratifiedMixture(true, JSON.parse(JSON.stringify(mixture.state())) as never);
    expect(restored.logOdds(stream.scores, 5)).toBe(mixture.logOdds(stream.scores, 5));
    expect(restored.shares()).toEqual(mixture.shares());
  });

  it('pools all experts alike before any outcome, and is the rate without a network', () => {
    const { scores } = decisions(true);
    const shares = Object.values(new StratifiedMixture(true).shares().otherwise);
    expect(shares).toHaveLength(11);
    for (const share of shares) expect(share).toBeCloseTo(1 / 11, 12);
    expect(new StratifiedMixture(false).logOdds(scores, 3)).toBeCloseTo(-2, 12);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { StratifiedMixture } from '../../../model/calibration/stratified-mixture.js';
import { replayDecisions } from '../../../model/calibration/decision-stream.js';
import { logLoss } from '../../../model/evaluation/losses.js';
import { sigmoid } from '../../../model/log-odds.js';
import { fitRiskNetwork } from '../../../model/network/fit-risk-network.js';
import type { RiskFit } from '../../../model/network/fit-risk-network.js';
import { NetworkModel } from '../../../model/network/network-model.js';
import { NETWORK_SETTINGS } from '../../../model/network/train-network.js';
import { scoreParts } from '../../../model/network/score-parts.js';
import { quietOptions, syntheticVectors, wholePart, withOneClass } from '../synthetic-vectors.js';

const vectors = syntheticVectors(1500);
const knownBefore = vectors.decidedAt[1000]!;
const learntUntil = Math.max(...vectors.labelKnownAt.filter((time) => time < knownBefore));
/** Short trainings: the point is where they start, not how far they come. */
const quick = { ...quietOptions, settings: { ...NETWORK_SETTINGS, epochs: 4, epochSteps: 8 } };
let earlier: RiskFit;
let weightsBefore: Float32Array[];
let warm: RiskFit;

beforeAll(async () => {
  await startBackend();
  earlier = fitRiskNetwork(vectors, { rows: 1000, knownBefore }, quick);
  weightsBefore = earlier.fitted.network!.parameters.map((array) => array.slice());
  const initial = { fitted: earlier.fitted, learntUntil };
  warm = fitRiskNetwork(vectors, wholePart(vectors), { ...quick, initial });
});

describe('a warm start', () => {
  it('trains a few epochs from the weights of the earlier model, which it leaves as they are', () => {
    expect(warm.fitted.summary).toMatchObject({ start: 'warm', rows: 1500, epochs: 3 });
    const [before, after] = [earlier.fitted.network!, warm.fitted.network!];
    expect(after.transform).toBe(before.transform);
    const moved = after.parameters[0]!.map((w, i) => w - before.parameters[0]![i]!);
    expect(moved.some((change) => change !== 0)).toBe(true);
    expect(Math.max(...moved.map(Math.abs))).toBeLessThan(Math.max(...before.parameters[0]!.map(Math.abs)));
    expect(before.parameters).toEqual(weightsBefore);
  });

  it('is judged by what the earlier model said of the outcomes that it had not seen', () => {
    expect(Array.from(warm.scoredRows)).toEqual(
      Array.from({ length: 1500 }, (_, row) => row).filter((row) => vectors.labelKnownAt[row]! > learntUntil),
    );
    expect(warm.scored.scores).toEqual(scoreParts(earlier.fitted, vectors.values, warm.scoredRows));
    expect(warm.mixtureBefore).toBe(earlier.fitted.mixture);
    const mixture = new StratifiedMixture(true, warm.mixtureBefore);
    replayDecisions(mixture, warm.scored, true);
    expect(warm.fitted.mixture).toEqual(mixture.state());
  });

  it('predicts later rows about as well as a fit from scratch', async () => {
    const later = syntheticVectors(1000, { seed: 5 });
    const lossOf = async (fit: RiskFit): Promise<number> => {
      const logOdds = await new NetworkModel(fit.fitted).logOdds(later.values, later.rows);
      return logLoss(later.labels, logOdds.map(sigmoid))!;
    };
    const scratch = fitRiskNetwork(vectors, wholePart(vectors), quick);
    expect(await lossOf(warm)).toBeLessThan((await lossOf(scratch)) + 0.01);
  });

  it('passes over a model of other features, or without a network', () => {
    const options = (fitted: RiskFit['fitted']) => ({ ...quick, initial: { fitted, learntUntil } });
    const renamed = vectors.features.map((name) => (name === 'noise__one__now' ? 'noise__three__now' : name));
    const other = { ...earlier.fitted, features: renamed };
    const part = { rows: 600, knownBefore: Infinity };
    expect(fitRiskNetwork(vectors, part, options(other)).fitted.summary.start).toBe('scratch');
    const blank = fitRiskNetwork(withOneClass(vectors, 0), wholePart(vectors), quick).fitted;
    expect(blank.network).toBeNull();
    expect(fitRiskNetwork(vectors, part, options(blank)).fitted.summary.start).toBe('scratch');
  });
});

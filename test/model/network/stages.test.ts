/** Rows at stages other than `queued`: they calibrate the risks at their stage, and change no other. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { sigmoid } from '../../../model/log-odds.js';
import { fitRiskNetwork, type RiskFit } from '../../../model/network/fit-risk-network.js';
import { NetworkModel } from '../../../model/network/network-model.js';
import { NETWORK_SETTINGS } from '../../../model/network/train-network.js';
import { seededRandom } from '../../../model/random.js';
import type { LabelledVectors } from '../../../model/types.js';
import { quietOptions, syntheticVectors, wholePart } from '../synthetic-vectors.js';

const quick = { ...quietOptions, settings: { ...NETWORK_SETTINGS, epochs: 4, epochSteps: 8 } };
const FLAG = 'try__is_planned__now';

/** The vectors with the flag of a stage as their last column. */
function flagged(vectors: LabelledVectors, flag: 0 | 1): LabelledVectors {
  const width = vectors.features.length;
  const values = new Float32Array(vectors.rows * (width + 1)).fill(flag);
  for (let row = 0; row < vectors.rows; row++)
    values.set(vectors.values.subarray(row * width, (row + 1) * width), row * (width + 1));
  return { ...vectors, features: [...vectors.features, FLAG], values };
}

/** Two of three failures are left out of what was planned. */
function planned(seed: number): LabelledVectors {
  const random = seededRandom(seed);
  const vectors = syntheticVectors(1500, { seed });
  return flagged({ ...vectors, labels: vectors.labels.map((label) => (random() < 1 / 3 ? label : 0)) }, 1);
}

const queued = flagged(syntheticVectors(1500), 0);
const others = planned(2);
const asked = planned(3);
const queuedToo = flagged(syntheticVectors(500, { seed: 4 }), 0);
let without: RiskFit;
let withOthers: RiskFit;

beforeAll(async () => {
  await startBackend();
  without = fitRiskNetwork(queued, wholePart(queued), quick);
  withOthers = fitRiskNetwork(queued, wholePart(queued), { ...quick, others });
});

const riskOf = async ({ fitted }: RiskFit, { values, rows }: LabelledVectors): Promise<Float64Array> =>
  (await new NetworkModel(fitted).logOdds(values, rows)).map(sigmoid);
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe('rows at another stage', () => {
  it('change no risk of what is queued', async () => {
    expect(await riskOf(withOthers, queuedToo)).toEqual(await riskOf(without, queuedToo));
    expect(withOthers.fitted.network).toEqual(without.fitted.network);
  });

  it('calibrate the risks at their stage', async () => {
    const truth = mean(asked.labels);
    expect(mean(await riskOf(without, asked))).toBeGreaterThan(2 * truth);
    expect(Math.abs(mean(await riskOf(withOthers, asked)) - truth)).toBeLessThan(0.25 * truth);
  });

  it('count only when their outcome was known in the training part', () => {
    const part = { rows: 1000, knownBefore: queued.decidedAt[1000]! };
    const fit = fitRiskNetwork(queued, part, { ...quick, others });
    const known = fit.scoredOthers!.labelKnownAt;
    expect(known.length).toBeGreaterThan(400);
    expect(Math.max(...known)).toBeLessThan(part.knownBefore);
    expect(fit.scoredOthers!.decidedAt[0]!).toBeGreaterThanOrEqual(fit.scored.decidedAt[0]!);
  });

  it('go on to do so when a training goes on from an earlier model', async () => {
    const learntUntil = queued.decidedAt[1000]!;
    const earlier = fitRiskNetwork(queued, { rows: 1000, knownBefore: learntUntil }, quick);
    const warm = fitRiskNetwork(queued, wholePart(queued), {
      ...quick,
      ...{ others, initial: { fitted: earlier.fitted, learntUntil } },
    });
    expect(Math.min(...warm.scoredOthers!.labelKnownAt)).toBeGreaterThan(learntUntil);
    const truth = mean(asked.labels);
    const before = mean(await riskOf(earlier, asked)) - truth;
    expect(Math.abs(mean(await riskOf(warm, asked)) - truth)).toBeLessThan(0.5 * before);
  });

  it('calibrate the rate where there is too little to learn a network from', async () => {
    const few = flagged(syntheticVectors(150), 0);
    const plain = fitRiskNetwork(few, wholePart(few), quick);
    const fit = fitRiskNetwork(few, wholePart(few), { ...quick, others });
    expect(fit.fitted.network).toBeNull();
    const truth = mean(asked.labels);
    const error = async (of: RiskFit): Promise<number> => Math.abs(mean(await riskOf(of, asked)) - truth);
    expect(await error(fit)).toBeLessThan(0.5 * (await error(plain)));
    expect(await riskOf(fit, queuedToo)).toEqual(await riskOf(plain, queuedToo));
  });
});

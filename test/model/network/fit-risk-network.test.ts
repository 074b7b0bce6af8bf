import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { averagePrecision } from '../../../model/evaluation/average-precision.js';
import { logLoss } from '../../../model/evaluation/losses.js';
import { riskNetwork } from '../../../model/network/network-model.js';
import { fitRiskNetwork } from '../../../model/network/fit-risk-network.js';
import { chooseOffset } from '../../../model/network/offset.js';
import type { LabelledVectors } from '../../../model/types.js';
import {
  SYNTHETIC_FEATURES,
  quietOptions,
  syntheticVectors,
  wholePart,
  withOneClass,
} from '../synthetic-vectors.js';

beforeAll(startBackend);

const width = SYNTHETIC_FEATURES.length;
const rateOf = (vectors: LabelledVectors, from = 0): Float64Array =>
  Float64Array.from({ length: vectors.rows - from }, (_, i) => vectors.values[(from + i) * width]!);

describe('fitting by rolling origin', () => {
  it('beats the historical rate where the vectors tell more', async () => {
    const vectors = syntheticVectors(5000);
    const model = await riskNetwork.fit(vectors, { rows: 3500, knownBefore: Infinity }, quietOptions);
    const labels = vectors.labels.subarray(3500);
    const risks = await model.predict(vectors.values.subarray(3500 * width), 1500);
    const rate = rateOf(vectors, 3500);
    expect(averagePrecision(labels, risks)!).toBeGreaterThan(averagePrecision(labels, rate)! + 0.1);
    expect(logLoss(labels, risks)!).toBeLessThan(logLoss(labels, rate)!);
  });

  it('stays near the historical rate where that is all there is to know', async () => {
    const vectors = syntheticVectors(3000, { signal: 0 });
    const model = await riskNetwork.fit(vectors, { rows: 2000, knownBefore: Infinity }, quietOptions);
    const labels = vectors.labels.subarray(2000);
    const risks = await model.predict(vectors.values.subarray(2000 * width), 1000);
    expect(logLoss(labels, risks)!).toBeLessThan(logLoss(labels, rateOf(vectors, 2000))! + 0.01);
  });

  it.each([
    ['no row', syntheticVectors(0), /too little history: 0/],
    ['few rows', syntheticVectors(50), /too little history: 50/],
    ['no failure', withOneClass(syntheticVectors(400), 0), /too few failures/],
    ['no success', withOneClass(syntheticVectors(400), 1), /too few successes/],
  ])('with %s answers the rate and says why', async (_name, vectors, reason) => {
    const { fitted } = fitRiskNetwork(vectors, wholePart(vectors), quietOptions);
    expect(fitted.network).toBeNull();
    expect(fitted.reason).toMatch(reason);
    const asked = syntheticVectors(20, { seed: 9 });
    const model = await riskNetwork.fit(vectors, wholePart(vectors), quietOptions);
    for (const risk of await model.predict(asked.values, 20)) expect(risk).toBeGreaterThan(0);
  });
});

describe('choice of the offset', () => {
  const rate = { column: 0, name: 'task__historical_rate__30d', whenUnknown: 0.1 };
  const candidates = {
    afterSuccess: ['task__transition_rate__32d'],
    otherwise: ['task__transition_rate__32d'],
  };

  it('takes a clearly better statistic, apart in each stratum', () => {
    const vectors = syntheticVectors(4000, { signal: 0 });
    const rows = Int32Array.from({ length: 4000 }, (_, row) => row);
    // The rate knows nothing after a success, and everything otherwise.
    for (let row = 0; row < 4000; row++)
      if (vectors.afterSuccess[row] === 1) vectors.values[row * width] = 0.2;
    const offset = chooseOffset(rate, candidates, vectors, rows);
    expect([offset.afterSuccess.name, offset.otherwise.name]).toEqual([
      'task__transition_rate__32d',
      'task__historical_rate__30d',
    ]);
  });

  it('keeps the rate where nothing is clearly better, and without any row', () => {
    const vectors = syntheticVectors(500, { signal: 0 });
    const rows = Int32Array.from({ length: 500 }, (_, row) => row);
    expect(chooseOffset(rate, candidates, vectors, rows).afterSuccess).toEqual(rate);
    expect(chooseOffset(rate, candidates, vectors, new Int32Array(0)).otherwise).toEqual(rate);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { fitRiskNetwork } from '../../../model/network/fit-risk-network.js';
import { NetworkModel, riskNetwork } from '../../../model/network/network-model.js';
import { NETWORK_SETTINGS } from '../../../model/network/train-network.js';
import { packSubjectModel, unpackSubjectModel } from '../../../model/training/subject-model.js';
import type { LabelledVectors } from '../../../model/types.js';
import {
  SYNTHETIC_FEATURES,
  SYNTHETIC_GROUPS,
  quietOptions,
  syntheticVectors,
  wholePart,
} from '../synthetic-vectors.js';

const width = SYNTHETIC_FEATURES.length;
const quick = { ...quietOptions, settings: { ...NETWORK_SETTINGS, epochs: 2, epochSteps: 4 } };
const history = syntheticVectors(600);

async function risksOf(vectors: LabelledVectors, asked = vectors): Promise<Float64Array> {
  const { fitted } = fitRiskNetwork(vectors, wholePart(vectors), quick);
  return new NetworkModel(fitted).predict(asked.values, asked.rows);
}

function expectProbabilities(risks: Float64Array): void {
  for (const risk of risks) {
    expect(risk).toBeGreaterThan(0);
    expect(risk).toBeLessThan(1);
  }
}

beforeAll(startBackend);

describe('a history that is odd', () => {
  it('with features that are all constant answers the share of failures', async () => {
    const constant = { ...history, values: new Float32Array(history.values.length).fill(0.2) };
    const risks = await risksOf(constant);
    const share = history.labels.reduce((sum, label) => sum + label, 0) / history.rows;
    expect(new Set(risks).size).toBe(1);
    expect(Math.abs(risks[0]! - share)).toBeLessThan(0.1);
  });

  it('with values that are not finite treats them as missing', async () => {
    const values = history.values.slice();
    for (let row = 0; row < history.rows; row++) {
      values[row * width + 3] = [Infinity, -Infinity, NaN, values[row * width + 3]!][row % 4]!;
    }
    const missing = values.map((value) => (Number.isFinite(value) ? value : NaN));
    const odd = await risksOf({ ...history, values });
    expectProbabilities(odd);
    expect(odd).toEqual(await risksOf({ ...history, values: missing }));
  });

  it('with a clock that jumped back, outcomes known before their decisions, still answers', async () => {
    const decidedAt = history.decidedAt.map((time, row) => (row < 300 ? time : time - 86_400 * 20));
    expectProbabilities(await risksOf({ ...history, decidedAt }));
    const early = { ...history, labelKnownAt: history.labelKnownAt.map((time) => time - 7200) };
    expectProbabilities(await risksOf(early));
  });

  it('with one run of each of many DAGs answers about the share of failures', async () => {
    const vectors = syntheticVectors(4000, { signal: 0 });
    for (let row = 0; row < vectors.rows; row++) {
      vectors.values[row * width] = 0.1;
      vectors.values[row * width + 1] = NaN;
      vectors.values[row * width + 2] = NaN;
      vectors.afterSuccess[row] = 0;
      vectors.labels[row] = row % 8 === 0 ? 1 : 0;
    }
    const risks = await risksOf(vectors);
    const mean = risks.reduce((sum, risk) => sum + risk, 0) / risks.length;
    expect(Math.abs(mean - 1 / 8)).toBeLessThan(0.03);
  });

  it('with two rows says that it is too little', () => {
    const two = syntheticVectors(2);
    expect(fitRiskNetwork(two, wholePart(two), quick).fitted.reason).toMatch(/too little history: 2/);
  });
});

describe('a saved model that is odd', () => {
  const fit = () => {
    const { fitted } = fitRiskNetwork(history, wholePart(history), quick);
    return { fitted, network: fitted.network! };
  };
  const usual = {
    starts: new Float64Array(0),
    afterSuccess: new Float32Array(8),
    afterFailure: new Float32Array(8),
  };
  const pack = (fitted: ReturnType<typeof fit>['fitted']): Buffer =>
    packSubjectModel({ fitted, usual, groups: SYNTHETIC_GROUPS });

  it('is refused when it is cut short, wherever', () => {
    const saved = pack(fit().fitted);
    expect(unpackSubjectModel(saved).fitted.reason).toBeNull();
    for (const length of [0, 3, 10, 200, saved.length - 1000]) {
      expect(() => unpackSubjectModel(saved.subarray(0, length))).toThrow(/not a model|cut short/);
    }
  });

  it('is refused when its weights do not fit its features', () => {
    const { fitted, network } = fit();
    const narrower = { ...fitted, features: fitted.features.slice(1) };
    expect(() => unpackSubjectModel(pack(narrower))).toThrow(/from 8 features, and it names 7/);
    const shorter = network.parameters.map((w, k) => (k === 2 ? w.subarray(1) : w));
    const cut = { ...fitted, network: { ...network, parameters: shorter } };
    expect(() => unpackSubjectModel(pack(cut))).toThrow(/array 2 has \d+ weights, and its network needs \d+/);
    const fewer = { ...fitted, network: { ...network, parameters: network.parameters.slice(1) } };
    expect(() => unpackSubjectModel(pack(fewer))).toThrow(/5 arrays of weights/);
    const broken = network.parameters.map((w, k) => (k === 0 ? w.map(() => NaN) : w));
    const notNumbers = { ...fitted, network: { ...network, parameters: broken } };
    expect(() => riskNetwork.load(new NetworkModel(notNumbers).save())).toThrow(/not finite/);
  });
});

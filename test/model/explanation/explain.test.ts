import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { explainRows } from '../../../model/explanation/explain.js';
import { describeUsual } from '../../../model/explanation/usual-level.js';
import type { UsualLevels } from '../../../model/explanation/usual-level.js';
import { logit } from '../../../model/log-odds.js';
import { NetworkModel } from '../../../model/network/network-model.js';
import { fitRiskNetwork } from '../../../model/network/fit-risk-network.js';
import type { Explanation } from '../../../model/types.js';
import {
  SYNTHETIC_FEATURES,
  SYNTHETIC_GROUPS,
  quietOptions,
  syntheticVectors,
  wholePart,
} from '../synthetic-vectors.js';

const vectors = syntheticVectors(3000);
const asked = syntheticVectors(40, { seed: 5 });
const width = SYNTHETIC_FEATURES.length;
let model: NetworkModel;
let usual: UsualLevels;
let explanations: Explanation[];

beforeAll(async () => {
  await startBackend();
  const { fitted } = fitRiskNetwork(vectors, wholePart(vectors), quietOptions);
  model = new NetworkModel(fitted);
  usual = describeUsual(fitted, vectors);
  explanations = await explainRows(model, usual, SYNTHETIC_GROUPS, asked.values, asked.rows);
});

describe('explanations', () => {
  it('are complete: the contributions sum to the change of the log-odds', async () => {
    const risks = await model.predict(asked.values, asked.rows);
    explanations.forEach(({ risk, usualRisk, contributions }, row) => {
      expect(risk).toBe(risks[row]);
      const sum = contributions.reduce((total, { logOdds }) => total + logOdds, 0);
      expect(sum).toBeCloseTo(logit(risk) - logit(usualRisk), 6);
      expect(contributions.map(({ group }) => group).sort()).toEqual(['gaps', 'history', 'noise', 'signal']);
    });
  });

  it('put the largest first', () => {
    for (const { contributions } of explanations) {
      const sizes = contributions.map(({ logOdds }) => Math.abs(logOdds));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }
  });

  it('credit the group that decides', async () => {
    const plain = Float32Array.of(0.12, 0, 0.12, 0, -1, 0, 0, 0);
    const [usually, strong] = [plain.slice(), plain.slice()];
    strong[3] = 2.5;
    const [calm, alarmed] = await explainRows(
      model,
      usual,
      SYNTHETIC_GROUPS,
      Float32Array.of(...usually, ...strong),
      2,
    );
    expect(alarmed!.risk).toBeGreaterThan(1.3 * calm!.risk);
    expect(alarmed!.contributions[0]!.group).toBe('signal');
    expect(alarmed!.contributions[0]!.logOdds).toBeGreaterThan(0.3);
  });

  it('take as usual a risk near the historical rate of the subject', () => {
    const distances = explanations.map(({ usualRisk }, row) =>
      Math.abs(logit(usualRisk) - logit(asked.values[row * width]!)),
    );
    distances.sort((a, b) => a - b);
    expect(distances[Math.floor(distances.length / 2)]).toBeLessThan(1.2);
  });

  it('are repeatable, and do not depend on the rows beside', async () => {
    expect(await explainRows(model, usual, SYNTHETIC_GROUPS, asked.values, asked.rows)).toEqual(explanations);
    const alone = asked.values.slice(3 * width, 4 * width);
    expect(await explainRows(model, usual, SYNTHETIC_GROUPS, alone, 1)).toEqual([explanations[3]]);
    expect(await explainRows(model, usual, SYNTHETIC_GROUPS, new Float32Array(0), 0)).toEqual([]);
  });
});

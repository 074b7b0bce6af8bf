import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { explainRows } from '../../../model/explanation/explain.js';
import { describeUsual } from '../../../model/explanation/usual-level.js';
import type { UsualLevels } from '../../../model/explanation/usual-level.js';
import { logit } from '../../../model/log-odds.js';
import { NetworkModel } from '../../../model/network/network-model.js';
import { fitRiskNetwork } from '../../../model/network/fit-risk-network.js';
import { NETWORK_SETTINGS } from '../../../model/network/train-network.js';
import type { Explanation } from '../../../model/types.js';
import {
  SYNTHETIC_FEATURES,
  SYNTHETIC_GROUPS,
  quietOptions,
  syntheticVectors,
  wholePart,
} from '../synthetic-vectors.js';

/** Few steps and the strongest decay: aspects hardly act together, so that little is lost by drawing few of their orders. */
const CALM = { ...NETWORK_SETTINGS, epochSteps: 20, decays: NETWORK_SETTINGS.decays.slice(0, 1) };
const vectors = syntheticVectors(3000);
const asked = syntheticVectors(40, { seed: 5 });
const width = SYNTHETIC_FEATURES.length;
let model: NetworkModel;
let usual: UsualLevels;
let explanations: Explanation[];

beforeAll(async () => {
  await startBackend();
  const { fitted } = fitRiskNetwork(vectors, wholePart(vectors), { ...quietOptions, settings: CALM });
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

  it('are complete on what is served after the calibration has followed outcomes', async () => {
    const followed = new NetworkModel(model.fitted);
    const ended = Int32Array.from({ length: asked.rows }, (_, row) => row);
    await followed.learn({ ...asked, labels: asked.labels.map(() => 1) }, ended);
    const risks = await followed.predict(asked.values, asked.rows);
    const explained = await explainRows(followed, usual, SYNTHETIC_GROUPS, asked.values, asked.rows);
    expect(risks).not.toEqual(await model.predict(asked.values, asked.rows));
    explained.forEach(({ risk, usualRisk, contributions }, row) => {
      expect(risk).toBe(risks[row]);
      const sum = contributions.reduce((total, { logOdds }) => total + logOdds, 0);
      expect(sum).toBeCloseTo(logit(risk) - logit(usualRisk), 6);
    });
  });

  it('say nothing of columns without an aspect: those stay as they are', async () => {
    const aspects = SYNTHETIC_GROUPS.map((group) => (group === 'signal' ? '' : group));
    const explained = await explainRows(model, usual, aspects, asked.values, asked.rows);
    explained.forEach(({ contributions }, row) => {
      expect(contributions.map(({ group }) => group).sort()).toEqual(['gaps', 'history', 'noise']);
      expect(explained[row]!.risk).toBe(explanations[row]!.risk);
    });
  });

  it('do not depend on where the columns of an aspect stand', async () => {
    const names = new Map([
      ['history', 'history'],
      ['signal', 'signal'],
      ['gaps', 'noise'],
      ['noise', 'gaps'],
    ]);
    const renamed = SYNTHETIC_GROUPS.map((group) => names.get(group)!);
    const explained = await explainRows(model, usual, renamed, asked.values, asked.rows);
    const of = (row: number, group: string, from: Explanation[]): number =>
      from[row]!.contributions.find((contribution) => contribution.group === group)!.logOdds;
    // Other orders are drawn for other names: what remains is the error of sampling them.
    for (let row = 0; row < asked.rows; row++) {
      expect(Math.abs(of(row, 'gaps', explained) - of(row, 'noise', explanations))).toBeLessThan(0.05);
      expect(Math.abs(of(row, 'signal', explained) - of(row, 'signal', explanations))).toBeLessThan(0.05);
    }
  });

  it('say nothing of what has happened in a DAG run before it has begun', async () => {
    const named = ['dag_run__is_running__now', 'dag_run__failed_tries__so_far'];
    const features = [...SYNTHETIC_FEATURES.slice(0, -2), ...named];
    const renamed = { ...model.fitted, features };
    const aspects = features.map((name, column) =>
      named.includes(name) ? 'run' : SYNTHETIC_GROUPS[column]!,
    );
    const values = asked.values.slice();
    for (let row = 0; row < asked.rows; row++) values[(row + 1) * width - 2] = row % 2;
    const ofRun = (await explainRows(new NetworkModel(renamed), usual, aspects, values, asked.rows)).map(
      ({ contributions }) => contributions.find(({ group }) => group === 'run')!.logOdds,
    );
    expect(ofRun.filter((_, row) => row % 2 === 0).every((logOdds) => logOdds === 0)).toBe(true);
    expect(ofRun.some((logOdds) => logOdds !== 0)).toBe(true);
  });

  it('are repeatable, and do not depend on the rows beside', async () => {
    expect(await explainRows(model, usual, SYNTHETIC_GROUPS, asked.values, asked.rows)).toEqual(explanations);
    const alone = asked.values.slice(3 * width, 4 * width);
    expect(await explainRows(model, usual, SYNTHETIC_GROUPS, alone, 1)).toEqual([explanations[3]]);
    expect(await explainRows(model, usual, SYNTHETIC_GROUPS, new Float32Array(0), 0)).toEqual([]);
  });
});

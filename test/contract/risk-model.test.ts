/** Laws that every kind of risk model obeys: the network and each baseline. */
import { describe, expect, it } from 'vitest';
import { historicalRate, lastOutcome } from '../../model/baselines/column-model.js';
import { logisticRegression } from '../../model/baselines/logistic-regression.js';
import { riskNetwork } from '../../model/network/network-model.js';
import { NETWORK_SETTINGS } from '../../model/network/train-network.js';
import type { LabelledVectors, RiskModel } from '../../model/types.js';
import {
  SYNTHETIC_FEATURES,
  quietOptions,
  syntheticVectors,
  wholePart,
  withOneClass,
} from '../model/synthetic-vectors.js';

const KINDS = [riskNetwork, historicalRate, lastOutcome, logisticRegression];
const history = syntheticVectors(1500);
const later = syntheticVectors(300, { seed: 2 });

/** The laws hold after any number of steps. */
const options = { ...quietOptions, settings: { ...NETWORK_SETTINGS, epochs: 3, epochSteps: 10 } };

const fits = new Map<string, Promise<RiskModel>>();

/** The model of a kind of the whole history, fitted once: asking it changes nothing. */
function fittedOf(kind: (typeof KINDS)[number]): Promise<RiskModel> {
  const known = fits.get(kind.name) ?? kind.fit(history, wholePart(history), options);
  fits.set(kind.name, known);
  return known;
}

function copyOf(vectors: LabelledVectors): LabelledVectors {
  return structuredClone(vectors);
}

function expectProbabilities(risks: Float64Array, rows: number): void {
  expect(risks).toHaveLength(rows);
  for (const risk of risks) {
    expect(risk).toBeGreaterThanOrEqual(0);
    expect(risk).toBeLessThanOrEqual(1);
  }
}

describe.each(KINDS)('$name', (kind) => {
  const fit = (vectors: LabelledVectors): Promise<RiskModel> =>
    kind.fit(vectors, wholePart(vectors), options);

  it('answers one probability per row', async () => {
    const model = await fittedOf(kind);
    expectProbabilities(await model.predict(later.values, later.rows), later.rows);
    expectProbabilities(await model.predict(new Float32Array(0), 0), 0);
  });

  it('reads no column that is there for words alone', async () => {
    const column = SYNTHETIC_FEATURES.indexOf('signal__strong__now');
    const features = SYNTHETIC_FEATURES.map((name, c) => (c === column ? 'task__since_change__now' : name));
    const width = features.length;
    const overwrite = (values: Float32Array, value: number): Float32Array =>
      values.map((before, i) => (i % width === column ? value : before));
    const model = await fit({ ...history, features });
    const risks = await model.predict(later.values, later.rows);
    for (const value of [NaN, 4])
      expect(await model.predict(overwrite(later.values, value), later.rows)).toEqual(risks);
    const blind = await fit({ ...history, features, values: overwrite(history.values, NaN) });
    expect(await blind.predict(later.values, later.rows)).toEqual(risks);
  });

  it('is deterministic, bit for bit', async () => {
    const [first, second] = [await fittedOf(kind), await fit(history)];
    expect(first.save().equals(second.save())).toBe(true);
    const risks = await first.predict(later.values, later.rows);
    expect(await second.predict(later.values, later.rows)).toEqual(risks);
  });

  it('leaves its input as it is', async () => {
    const given = copyOf(history);
    const asked = later.values.slice();
    const model = await fit(given);
    await model.predict(asked, later.rows);
    expect(given).toEqual(history);
    expect(asked).toEqual(later.values);
  });

  it('gives a row the same risk whatever rows are beside it', async () => {
    const model = await fittedOf(kind);
    const width = SYNTHETIC_FEATURES.length;
    const together = await model.predict(later.values, later.rows);
    for (const row of [0, 17, 299]) {
      const alone = await model.predict(later.values.slice(row * width, (row + 1) * width), 1);
      expect(alone[0]).toBe(together[row]);
    }
  });

  it('learns nothing from labels that were not known yet, nor from later rows', async () => {
    const part = { rows: 1000, knownBefore: history.decidedAt[900]! };
    const changed = copyOf(history);
    for (let row = 0; row < changed.rows; row++) {
      if (row >= 1000 || changed.labelKnownAt[row]! >= part.knownBefore)
        changed.labels[row] = 1 - changed.labels[row]!;
    }
    const model = await kind.fit(history, part, options);
    const same = await kind.fit(changed, part, options);
    expect(same.save().equals(model.save())).toBe(true);
  });

  it('copes with features that are missing in some rows, or in all', async () => {
    const gaps = copyOf(history);
    for (let i = 0; i < gaps.values.length; i += 3) gaps.values[i] = NaN;
    expectProbabilities(await (await fit(gaps)).predict(gaps.values, gaps.rows), gaps.rows);
    const blank = { ...history, values: new Float32Array(history.values.length).fill(NaN) };
    expectProbabilities(await (await fit(blank)).predict(blank.values, blank.rows), blank.rows);
  });

  it.each([0, 1] as const)('copes with a history of label %i only', async (label) => {
    const model = await fit(withOneClass(history, label));
    expectProbabilities(await model.predict(later.values, later.rows), later.rows);
  });

  it.each([0, 1, 5])('copes with a history of %i rows', async (rows) => {
    const model = await fit(syntheticVectors(rows));
    expectProbabilities(await model.predict(later.values, later.rows), later.rows);
  });

  it('is the same after saving and loading, and refuses foreign bytes', async () => {
    const model = await fittedOf(kind);
    const loaded = kind.load(model.save());
    expect(await loaded.predict(later.values, later.rows)).toEqual(
      await model.predict(later.values, later.rows),
    );
    expect(() => kind.load(Buffer.from('something else'))).toThrow(/not a model of ORC AI/);
    const other = KINDS.find(({ name }) => name !== kind.name)!;
    const foreign = (await fittedOf(other)).save();
    expect(() => kind.load(foreign)).toThrow(/kind/);
  });
});

/** Where subjects with little history start from: no input of the network, and trusted by its outcomes. */
import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { fitRiskNetwork, type RiskFit } from '../../../model/network/fit-risk-network.js';
import { NetworkModel } from '../../../model/network/network-model.js';
import { NETWORK_SETTINGS } from '../../../model/network/train-network.js';
import type { LabelledVectors } from '../../../model/types.js';
import { quietOptions, syntheticVectors, wholePart } from '../synthetic-vectors.js';

const quick = { ...quietOptions, settings: { ...NETWORK_SETTINGS, epochs: 2, epochSteps: 8 } };
const COLUMN = 'task__starting_shift__now';

/** The vectors with a shift as their last column, for every fifth subject, that tells half of each outcome. */
function withShifts(vectors: LabelledVectors, size: number): LabelledVectors {
  const width = vectors.features.length;
  const values = new Float32Array(vectors.rows * (width + 1));
  for (let row = 0; row < vectors.rows; row++) {
    values.set(vectors.values.subarray(row * width, (row + 1) * width), row * (width + 1));
    const isToldOf = row % 5 === 0;
    values[row * (width + 1) + width] = isToldOf ? (vectors.labels[row] === 1 ? size : -size) : 0;
  }
  return { ...vectors, features: [...vectors.features, COLUMN], values };
}

const fit = (vectors: LabelledVectors): RiskFit => fitRiskNetwork(vectors, wholePart(vectors), quick);

beforeAll(startBackend);

it('is no input of the network, and changes no risk where it is 0', async () => {
  const [plain, shifted] = [withShifts(syntheticVectors(600), 0), withShifts(syntheticVectors(600), 1)];
  const [without, withIt] = [fit(plain), fit(shifted)];
  expect(without.fitted.network).not.toBeNull();
  expect(withIt.fitted.network).toEqual(without.fitted.network);
  const before = await new NetworkModel(without.fitted).logOdds(plain.values, plain.rows);
  const after = await new NetworkModel(withIt.fitted).logOdds(shifted.values, shifted.rows);
  for (let row = 0; row < plain.rows; row++) {
    const moved = after[row]! - before[row]!;
    if (row % 5 !== 0) expect(moved).toBe(0);
    else expect(moved * (plain.labels[row] === 1 ? 1 : -1)).toBeGreaterThan(0.5);
  }
});

it('moves the risk where there is too little history for a network, too', async () => {
  const [plain, shifted] = [withShifts(syntheticVectors(100), 0), withShifts(syntheticVectors(100), 1)];
  const [without, withIt] = [fit(plain), fit(shifted)];
  expect(withIt.fitted.reason).toContain('too little history');
  const before = await new NetworkModel(without.fitted).logOdds(plain.values, plain.rows);
  const after = await new NetworkModel(withIt.fitted).logOdds(shifted.values, shifted.rows);
  for (let row = 0; row < plain.rows; row += 5)
    expect((after[row]! - before[row]!) * (plain.labels[row] === 1 ? 1 : -1)).toBeGreaterThan(0.5);
});

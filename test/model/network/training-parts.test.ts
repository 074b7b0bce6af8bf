import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../model/backend.js';
import { logit } from '../../../model/log-odds.js';
import { AdamW } from '../../../model/network/adamw.js';
import { EpochSampler, MAJORITY_PER_MINORITY } from '../../../model/network/batches.js';
import { fitInputTransform, inputWidth, transformRows } from '../../../model/network/input-transform.js';
import { levelledLogLoss } from '../../../model/network/levelled-loss.js';
import { residuals } from '../../../model/network/network-scorer.js';
import { TransformedRows } from '../../../model/network/transformed-rows.js';
import { NETWORK_SETTINGS, trainNetwork } from '../../../model/network/train-network.js';
import { seededRandom } from '../../../model/random.js';
import { syntheticVectors } from '../synthetic-vectors.js';

describe('AdamW', () => {
  /** The update of the paper, by hand, for one weight over two steps. */
  it('follows the published update', () => {
    const weights = [Float32Array.of(1)];
    const optimiser = new AdamW(weights, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
    optimiser.step([Float32Array.of(0.5)], 0.1, [0.2]);
    expect(weights[0]![0]).toBeCloseTo(1 * (1 - 0.1 * 0.2) - 0.1, 5);
    optimiser.step([Float32Array.of(-0.25)], 0.1, [0.2]);
    const m = (0.9 * 0.05 + 0.1 * -0.25) / (1 - 0.81);
    const v = (0.99 * 0.0025 + 0.01 * 0.0625) / (1 - 0.9801);
    expect(weights[0]![0]).toBeCloseTo(0.88 * 0.98 - (0.1 * m) / Math.sqrt(v), 5);
  });
});

describe('epoch sampler', () => {
  const rows = Int32Array.from({ length: 20_000 }, (_, row) => row);
  const labels = Uint8Array.from(rows, (row) => (row % 100 === 0 ? 1 : 0));
  const after = Uint8Array.from(rows, (row) => (row < 15_000 ? 1 : 0));

  it('keeps every failure, samples successes afresh, and carries what that shifts', () => {
    const sampler = new EpochSampler(rows, labels, after);
    const random = seededRandom(1);
    const [first, second] = [sampler.draw(random), sampler.draw(random)];
    const failures = (sample: Int32Array): number => sample.filter((row) => labels[row] === 1).length;
    expect(failures(first.rows)).toBe(200);
    expect(first.rows.length).toBe(200 + 150 * MAJORITY_PER_MINORITY + 50 * MAJORITY_PER_MINORITY);
    expect(new Set(first.rows).size).toBe(first.rows.length);
    expect(Array.from(first.rows)).not.toEqual(Array.from(second.rows));
    const kept = (150 * MAJORITY_PER_MINORITY) / (15_000 - 150);
    const at = first.rows.findIndex((row) => after[row] === 1);
    expect(first.prior[at]).toBeCloseTo(-Math.log(kept), 5);
  });

  it('counts thinned rows as what they stand for', () => {
    const plain = new EpochSampler(rows, labels, after).draw(seededRandom(1));
    const weights = Float32Array.from(labels, (label) => (label === 1 ? 1 : 4));
    const weighted = new EpochSampler(rows, labels, after, weights).draw(seededRandom(1));
    expect(weighted.rows).toEqual(plain.rows);
    weighted.prior.forEach((prior, i) => {
      expect(prior).toBeCloseTo(plain.prior[i]! + Math.log(4), 5);
    });
  });

  it('bounds an epoch however many failures there are', () => {
    const many = Int32Array.from({ length: 300_000 }, (_, row) => row);
    const half = Uint8Array.from(many, (row) => row % 2);
    const sample = new EpochSampler(many, half, new Uint8Array(300_000)).draw(seededRandom(1));
    expect(sample.rows.length).toBeLessThan(45_000);
  });
});

describe('kept inputs', () => {
  it('are those of the transform in steps of 1/8192, to the last bit, asked for once or again, in any order', () => {
    const vectors = syntheticVectors(700);
    const rows = Int32Array.from({ length: 700 }, (_, i) => (i * 3) % 700);
    const transform = fitInputTransform(vectors.values, vectors.features, rows);
    const width = inputWidth(transform);
    const plain = new Float32Array(rows.length * width);
    transformRows(transform, vectors.values, rows, plain);
    const expected = plain.map((value) => Math.round(value * 8192) / 8192);
    const kept = new TransformedRows(transform, vectors.values);
    kept.write(rows.slice(0, 300), new Float32Array(300 * width));
    const found = new Float32Array(rows.length * width);
    kept.write(rows, found);
    expect(found).toEqual(expected);
  });
});

describe('network training', () => {
  beforeAll(startBackend);
  const vectors = syntheticVectors(6000, { level: -3 });
  const width = vectors.features.length;
  const train = Int32Array.from({ length: 4500 }, (_, row) => row);
  const test = Int32Array.from({ length: 1500 }, (_, i) => 4500 + i);
  const transform = fitInputTransform(vectors.values, vectors.features, train);
  const offset = Float64Array.from({ length: 6000 }, (_, row) => logit(vectors.values[row * width]!));
  const data = { ...vectors, offset, inputs: new TransformedRows(transform, vectors.values) };

  it('learns what the offset does not know, and probabilities of the full data', () => {
    const network = trainNetwork(data, train, { seed: 1, settings: { ...NETWORK_SETTINGS, epochs: 20 } });
    const found = residuals(network, transform, vectors.values, test);
    const labels = Uint8Array.from(test, (row) => vectors.labels[row]!);
    const start = Float64Array.from(test, (row) => offset[row]!);
    const logOdds = found.map((value, i) => value + start[i]!);
    expect(levelledLogLoss(logOdds, labels)).toBeLessThan(0.85 * levelledLogLoss(start, labels));
    const expected = logOdds.reduce((sum, z) => sum + 1 / (1 + Math.exp(-z)), 0);
    const failures = labels.reduce((sum, label) => sum + label, 0);
    expect(expected / failures).toBeGreaterThan(0.8);
    expect(expected / failures).toBeLessThan(1.25);
  });

  it('reports each epoch and stops where told', () => {
    const seen: number[] = [];
    trainNetwork(data, train, { seed: 1, stopAfter: 2, onEpoch: (epoch) => seen.push(epoch) });
    expect(seen).toEqual([1, 2]);
  });
});

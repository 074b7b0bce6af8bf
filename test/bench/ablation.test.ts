/** The ablation tells a feature that helps from one that does not. */
import { expect, it } from 'vitest';
import { compare } from '../../bench/ablation/compare.js';
import { rollingOrigin } from '../../bench/ablation/rolling-origin.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { seededRandom } from '../../model/random.js';

const ROWS = 3000;
const NOISE = 0;
const SIGNAL = 1;

/** Failures that depend on the second column, except in the last 30 %, where they depend on the opposite of it. */
function vectorsWith(seed: number): ReplayedVectors {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: ROWS * 2 }, () => random() * 2 - 1);
  const times = Float64Array.from({ length: ROWS }, (_, row) => row * 60);
  const labels = Uint8Array.from({ length: ROWS }, (_, row) => {
    const sign = row < 0.7 * ROWS ? 1 : -1;
    return random() < 0.1 + 0.35 * (1 + sign * values[row * 2 + SIGNAL]!) * 0.5 ? 1 : 0;
  });
  return {
    features: ['noise', 'signal'],
    rows: ROWS,
    values,
    labels,
    decidedAt: times,
    labelKnownAt: times.map((time) => time + 1),
    afterSuccess: new Uint8Array(ROWS).fill(1),
    historicalRate: new Float32Array(ROWS).fill(0.3),
    lastOutcome: new Float32Array(ROWS),
    stages: new Uint8Array(ROWS),
    finalIfFailed: new Float32Array(ROWS),
    finalRate: new Float32Array(ROWS),
    weights: new Float32Array(ROWS).fill(1),
    subject: (row) => ({
      deployment: 'd',
      dagId: 'a',
      runId: `${row}`,
      taskId: 't',
      mapIndex: -1,
      tryNumber: 1,
    }),
  };
}

const vectors = vectorsWith(3);
const rolling = rollingOrigin(vectors);
const labels = Uint8Array.from(rolling.rows, (row) => vectors.labels[row]!);
const groups = Int32Array.from(rolling.rows.keys());

it('scores only rows of the training part, each after its origin', () => {
  expect(rolling.rows[0]).toBe(Math.floor(0.4 * Math.floor(0.7 * ROWS)));
  expect(rolling.rows.at(-1)).toBe(Math.floor(0.7 * ROWS) - 1);
});

it('a column that tells of failures is worth something beyond chance, noise is not', () => {
  const everything = rolling.predict(() => true);
  const signal = compare(
    labels,
    groups,
    everything,
    rolling.predict((column) => column !== SIGNAL),
  );
  expect(signal.averagePrecision!.interval[0]).toBeGreaterThan(0.05);
  expect(signal.logLoss!.interval[1]).toBeLessThan(0);
  const noise = compare(
    labels,
    groups,
    everything,
    rolling.predict((column) => column !== NOISE),
  );
  expect(Math.abs(noise.averagePrecision!.difference)).toBeLessThan(0.02);
});

it('the test part changes nothing', () => {
  const changed = {
    ...vectors,
    labels: vectors.labels.map((label, row) => (row < 0.7 * ROWS ? label : 1 - label)),
  };
  expect(rollingOrigin(changed).predict(() => true)).toEqual(rolling.predict(() => true));
});

it('without failures nothing is compared', () => {
  const none = new Uint8Array(5);
  const scores = new Float64Array(5).fill(0.1);
  expect(compare(none, Int32Array.from([0, 1, 2, 3, 4]), scores, scores).averagePrecision).toBeNull();
});

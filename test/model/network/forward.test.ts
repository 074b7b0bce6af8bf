import { beforeAll, describe, expect, it } from 'vitest';
import { memory, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { startBackend } from '../../../model/backend.js';
import { softplus } from '../../../model/log-odds.js';
import { initialParameters, memberMask, parameterShapes } from '../../../model/network/architecture.js';
import { lossGradients, residual } from '../../../model/network/forward.js';
import { normal, seededRandom } from '../../../model/random.js';

const architecture = { inputs: 3, members: 2, hidden: [4, 3] as const };
const rows = 20;
const random = seededRandom(11);
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => normal(random));
const input = draw(rows * 4).map((value, i) => (i % 4 === 3 ? 1 : value));
const offset = draw(rows);
const labels = Float32Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 1 : 0));
const weights = Float32Array.from({ length: rows }, (_, i) => 1 + (i % 2));
const parameters = initialParameters(architecture, random).map((array, k) =>
  k === 3 ? array : array.map((value) => value + 0.3 * normal(random)),
);
const shapes = parameterShapes(architecture);
const toTensors = (arrays: readonly Float32Array[]): Tensor2D[] =>
  arrays.map((array, k) => tensor2d(array, shapes[k] as [number, number]));

function residualOf(arrays: readonly Float32Array[]): Float32Array {
  return tidy(() => residual(tensor2d(input, [rows, 4]), toTensors(arrays)).dataSync() as Float32Array);
}

function loss(arrays: readonly Float32Array[]): number {
  return residualOf(arrays).reduce((sum, value, i) => {
    const z = value + offset[i]!;
    return sum + weights[i]! * (softplus(z) - labels[i]! * z);
  }, 0);
}

beforeAll(startBackend);

describe('the residual network', () => {
  it('adds nothing before training', () => {
    expect(residualOf(initialParameters(architecture, seededRandom(1))).every((value) => value === 0)).toBe(
      true,
    );
  });

  it('has the gradients that numerical differentiation finds', () => {
    const mask = memberMask(architecture);
    const gradients = tidy(() =>
      lossGradients(tensor2d(input, [rows, 4]), toTensors(parameters), tensor2d(mask, [8, 6]), {
        offset: tensor2d(offset, [rows, 1]),
        labels: tensor2d(labels, [rows, 1]),
        weights: tensor2d(weights, [rows, 1]),
      }).map((gradient) => gradient.dataSync() as Float32Array),
    );
    const step = 1e-3;
    parameters.forEach((array, k) => {
      array.forEach((value, i) => {
        const shifted = (by: number): number => {
          const changed = parameters.map((each) => each.slice());
          changed[k]![i] = value + by;
          return loss(changed);
        };
        const numerical = k === 3 && mask[i] === 0 ? 0 : (shifted(step) - shifted(-step)) / (2 * step);
        expect(Math.abs(gradients[k]![i]! - numerical), `parameter ${k}[${i}]`).toBeLessThan(0.05);
      });
    });
  });

  it('leaves no tensor behind', () => {
    const before = memory().numTensors;
    residualOf(parameters);
    expect(memory().numTensors).toBe(before);
  });
});

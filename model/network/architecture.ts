import { normal } from '../random.js';
import type { Random } from '../random.js';

/** Shape of the residual network. */
export interface Architecture {
  /** Inputs, without the constant one that is appended as bias. */
  readonly inputs: number;
  /** Members of the ensemble, packed side by side into one product per layer. */
  readonly members: number;
  readonly hidden: readonly [number, number];
}

/** Arrays of the parameters, in the order of {@link PARAMETER_NAMES}. */
export type Parameters = readonly Float32Array[];

export const PARAMETER_NAMES = ['linear', 'hinge', 'hidden1', 'hidden2', 'bias2', 'head'] as const;

/** [rows, columns] of each parameter. */
export function parameterShapes(architecture: Architecture): readonly (readonly [number, number])[] {
  const { inputs, members, hidden } = architecture;
  const first = members * hidden[0];
  const second = members * hidden[1];
  return [
    [inputs + 1, 1],
    [inputs + 1, 1],
    [inputs + 1, first],
    [first, second],
    [1, second],
    [second, 1],
  ];
}

/**
 * Starting weights. Every path to the output starts at zero, so an untrained network adds nothing to the offset;
 * hidden layers start as He et al. 2015.
 */
export function initialParameters(architecture: Architecture, random: Random): Float32Array[] {
  const shapes = parameterShapes(architecture);
  const arrays = shapes.map(([rows, columns]) => new Float32Array(rows * columns));
  const { inputs, hidden } = architecture;
  fillNormal(arrays[2]!, Math.sqrt(2 / (inputs + 1)), random);
  fillNormal(arrays[3]!, Math.sqrt(2 / hidden[0]), random);
  const mask = memberMask(architecture);
  for (let i = 0; i < mask.length; i++) arrays[3]![i] = arrays[3]![i]! * mask[i]!;
  return arrays;
}

function fillNormal(array: Float32Array, scale: number, random: Random): void {
  for (let i = 0; i < array.length; i++) array[i] = normal(random) * scale;
}

/** 1 where a unit of the second layer belongs to the same member as the unit of the first, else 0; row-major. */
export function memberMask(architecture: Architecture): Float32Array {
  const { members, hidden } = architecture;
  const columns = members * hidden[1];
  const mask = new Float32Array(members * hidden[0] * columns);
  for (let row = 0; row < members * hidden[0]; row++) {
    const member = Math.floor(row / hidden[0]);
    mask.fill(1, row * columns + member * hidden[1], row * columns + (member + 1) * hidden[1]);
  }
  return mask;
}

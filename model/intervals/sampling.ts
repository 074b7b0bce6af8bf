/** Stratified numbers that every forecast shares, so that a forecast is a function of what is known and nothing else. */
import { normalQuantile } from '../network/input-transform.js';
import { seededRandom, shuffle } from '../random.js';

/** Samples of one forecast. */
export const SAMPLES = 128;

const PERMUTATIONS = 256;

/** Middle of each of the equally likely parts of (0, 1), rising. */
export const LEVELS = Float64Array.from({ length: SAMPLES }, (_, i) => (i + 0.5) / SAMPLES);

/** The standard normal quantile of each level. */
export const NORMALS = Float64Array.from(LEVELS, normalQuantile);

const permutations = Array.from({ length: PERMUTATIONS }, (_, seed) =>
  shuffle(
    Int32Array.from({ length: SAMPLES }, (_unused, i) => i),
    seededRandom(seed + 1),
  ),
);

/** An order of the strata that belongs to `key` (Latin hypercube sampling; McKay, Beckman and Conover 1979). */
export function permutation(key: number): Int32Array {
  return permutations[(key >>> 0) % PERMUTATIONS]!;
}

/** A number that belongs to a text (FNV-1a). */
export function hashOf(text: string, salt = 0): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Distribution function of the standard normal (Abramowitz and Stegun 1964, 7.1.26 by way of erfc; error below 1.5e-7). */
export function normalProbability(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * series * Math.exp(-x * x);
  return z > 0 ? 1 - tail : tail;
}

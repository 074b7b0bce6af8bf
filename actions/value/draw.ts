/** The hold-out: which incidents are left alone, so that acting can be compared with not acting. */
import { createHmac } from 'node:crypto';
import type { UnixSeconds } from '../../core/facts.js';

export const ARMS = ['treated', 'held_out'] as const;
export type Arm = (typeof ARMS)[number];

/** What is drawn as one; two draws of one unit agree. */
export type DrawUnit =
  | { readonly kind: 'incident'; readonly deployment: string; readonly incidentId: number | string }
  /** All incidents of a pool in one block of time: what is done to a pool reaches each of them. */
  | {
      readonly kind: 'pool';
      readonly deployment: string;
      readonly pool: string;
      readonly blockStart: number;
    };

export interface Draw {
  readonly arm: Arm;
  /** Probability with which it came to be treated: the analysis weighs by it. */
  readonly treatedProbability: number;
}

/** The unit of a pool at a time: blocks of `blockSeconds` from the Unix epoch on. */
export function poolUnit(
  deployment: string,
  pool: string,
  at: UnixSeconds,
  blockSeconds: number,
): DrawUnit & { readonly kind: 'pool' } {
  return { kind: 'pool', deployment, pool, blockStart: Math.floor(at / blockSeconds) * blockSeconds };
}

/** One text per unit, for the draw and for counting each unit once. */
export function unitKey(unit: DrawUnit): string {
  return JSON.stringify(
    unit.kind === 'incident'
      ? [unit.kind, unit.deployment, String(unit.incidentId)]
      : [unit.kind, unit.deployment, unit.pool, unit.blockStart],
  );
}

/**
 * Draws the arm of a unit: HMAC-SHA-256 of its key under a secret salt, read as a number in [0, 1), is below the hold-out's share.
 * The same salt and unit give the same number on every replica and after every restart, and nobody without the salt
 * can tell or choose it. A larger share holds out what a smaller one did, and more.
 *
 * @param salt secret, at least 16 bytes
 * @param heldOutShare 0 (nothing is held out) up to, but not, 1
 * @throws RangeError for a share or salt that is not so
 */
export function drawArm(salt: Uint8Array, unit: DrawUnit, heldOutShare: number): Draw {
  if (!(heldOutShare >= 0 && heldOutShare < 1))
    throw new RangeError(`The hold-out's share is ${heldOutShare}: expected 0 or more and less than 1.`);
  if (salt.length < 16)
    throw new RangeError(`The hold-out's salt has ${salt.length} bytes: expected 16 or more.`);
  const digest = createHmac('sha256', salt).update(unitKey(unit)).digest();
  // The first 48 bits: whole numbers that a double holds.
  const uniform = digest.readUIntBE(0, 6) / 2 ** 48;
  return { arm: uniform < heldOutShare ? 'held_out' : 'treated', treatedProbability: 1 - heldOutShare };
}

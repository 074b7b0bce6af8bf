import { wilsonInterval } from '../../core/wilson.js';
import type { Stratum } from './cells.js';
import type { Effect } from './effect.js';

/**
 * How much rarer failures are among the treated: a difference of shares, 1 when acting avoids every failure there would have been.
 *
 * One stratum: Newcombe's hybrid score interval (1998, "Interval estimation for the difference between independent proportions",
 * Statistics in Medicine 17, method 10), which holds its coverage with small and unequal arms. Several: their mean, weighted by size,
 * with the limits put together in the same way (MOVER: Zou and Donner 2008, Statistics in Medicine 27).
 *
 * @returns null when no stratum has an outcome in both arms
 */
export function failuresAvoided(strata: readonly Stratum[]): Effect | null {
  const compared = strata.filter(({ treated, heldOut }) => treated.known > 0 && heldOut.known > 0);
  if (compared.length === 0) return null;
  const all = compared.reduce((sum, { treated, heldOut }) => sum + treated.known + heldOut.known, 0);
  let estimate = 0;
  let below = 0;
  let above = 0;
  for (const { treated, heldOut } of compared) {
    const weight = (treated.known + heldOut.known) / all;
    const withAction = treated.failed / treated.known;
    const without = heldOut.failed / heldOut.known;
    const [lowWith, highWith] = wilsonInterval(treated.failed, treated.known);
    const [lowWithout, highWithout] = wilsonInterval(heldOut.failed, heldOut.known);
    estimate += weight * (without - withAction);
    below += weight ** 2 * ((without - lowWithout) ** 2 + (highWith - withAction) ** 2);
    above += weight ** 2 * ((highWithout - without) ** 2 + (withAction - lowWith) ** 2);
  }
  return { estimate, low: estimate - Math.sqrt(below), high: estimate + Math.sqrt(above) };
}

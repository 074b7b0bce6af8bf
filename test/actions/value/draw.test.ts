import { describe, expect, it } from 'vitest';
import { drawArm, poolUnit, unitKey, type DrawUnit } from '../../../actions/value/draw.js';
import { saltOf } from './simulated-incidents.js';

const incident = (incidentId: number): DrawUnit => ({ kind: 'incident', deployment: 'default', incidentId });
const heldOut = (seed: number, share: number, ids: number): number[] =>
  Array.from({ length: ids }, (_, id) => id).filter(
    (id) => drawArm(saltOf(seed), incident(id), share).arm === 'held_out',
  );

describe('drawArm', () => {
  it('draws the same for the same salt and incident, and says the probability', () => {
    expect(drawArm(saltOf(1), incident(7), 0.2)).toEqual(drawArm(saltOf(1), incident(7), 0.2));
    expect(drawArm(saltOf(1), incident(7), 0.2).treatedProbability).toBe(0.8);
  });

  it('reads the first 48 bits of HMAC-SHA-256 as a share', () => {
    // printf '["incident","default","7"]' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102030405060708090a0b0c0d0e0f
    const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
    const uniform = 0xb76e7da6b8ea / 2 ** 48;
    expect(drawArm(salt, incident(7), uniform).arm).toBe('treated');
    expect(drawArm(salt, incident(7), uniform + 2 ** -48).arm).toBe('held_out');
  });

  it('holds out the share that is asked for, whatever the salt, and other incidents with another salt', () => {
    // Four standard deviations around 2000.
    for (const seed of [1, 2, 3]) {
      const { length } = heldOut(seed, 0.2, 10_000);
      expect(Math.abs(length - 2000)).toBeLessThan(160);
    }
    expect(heldOut(1, 0.2, 100)).not.toEqual(heldOut(2, 0.2, 100));
  });

  it('holds out with a larger share what a smaller one held out, and nothing with none', () => {
    const larger = new Set(heldOut(1, 0.5, 1000));
    expect(heldOut(1, 0.1, 1000).every((id) => larger.has(id))).toBe(true);
    expect(heldOut(1, 0, 1000)).toEqual([]);
  });

  it('draws a pool once per block of time', () => {
    const hour = (at: number) => unitKey(poolUnit('default', 'etl', at, 3600));
    expect(hour(7200)).toBe(hour(10_799.9));
    expect(hour(7200)).not.toBe(hour(10_800));
    expect(hour(7200)).not.toBe(unitKey(poolUnit('default', 'web', 7200, 3600)));
  });

  it('tells apart units whose names run into each other', () => {
    const key = (deployment: string, incidentId: string) =>
      unitKey({ kind: 'incident', deployment, incidentId });
    expect(key('a","b', 'c')).not.toBe(key('a', 'b","c'));
  });

  it.each([-0.1, 1, NaN])('refuses the share %d', (share) => {
    expect(() => drawArm(saltOf(1), incident(1), share)).toThrow(`share is ${share}: expected 0 or more`);
  });

  it('refuses a short salt', () => {
    expect(() => drawArm(new Uint8Array(8), incident(1), 0.1)).toThrow('8 bytes: expected 16 or more');
  });
});

import { describe, expect, it } from 'vitest';
import {
  addOutcome,
  DEMOTION_EVIDENCE,
  loss,
  NO_EVIDENCE,
  type HarmEvidence,
} from '../../../actions/value/demotion.js';
import { drawArm } from '../../../actions/value/draw.js';
import { mayBecomeAutomatic, precisionOf } from '../../../actions/value/promotion.js';
import type { ValueLine } from '../../../actions/value/report.js';
import { seededRandom } from '../../../model/random.js';
import { saltOf } from './simulated-incidents.js';

const counts = { units: 100, known: 100, failed: 10, delaysKnown: 90 };
const line = (change: Partial<ValueLine>): ValueLine => ({
  kind: null,
  cause: null,
  treated: counts,
  heldOut: { ...counts, units: 20, known: 18 },
  failuresAvoided: null,
  minutesSaved: null,
  total: { failuresAvoided: null, minutesSaved: null },
  ...change,
});
const effect = (low: number) => ({ estimate: low + 0.2, low, high: low + 0.4 });

describe('mayBecomeAutomatic', () => {
  it('asks for a lower bound above 0 of what the action is for', () => {
    expect(mayBecomeAutomatic('retry', line({ failuresAvoided: effect(0.05) }))).toEqual({
      isAllowed: true,
      reason: 'failures avoided per incident: 0.25 (95 % 0.05 to 0.45)',
    });
    expect(
      mayBecomeAutomatic('retry', line({ failuresAvoided: effect(0), minutesSaved: effect(5) })),
    ).toEqual({
      isAllowed: false,
      reason: 'failures avoided per incident: 0.2 (95 % 0 to 0.4); the lower bound has to be above 0',
    });
    expect(mayBecomeAutomatic('resize_pool', line({ minutesSaved: effect(5) })).isAllowed).toBe(true);
    expect(mayBecomeAutomatic('resize_pool', line({ failuresAvoided: effect(5) })).isAllowed).toBe(false);
  });

  it('says when too little is known, or nothing can be', () => {
    expect(mayBecomeAutomatic('retry', line({})).reason).toBe(
      'too few outcomes are known: 100 treated, 18 held out',
    );
    expect(mayBecomeAutomatic('note', line({ failuresAvoided: effect(1) }))).toEqual({
      isAllowed: false,
      reason: 'no benefit of note is measured',
    });
  });
});

describe('the precision of proposals', () => {
  it('has the 95 % interval of Wilson', () => {
    const { estimate, low, high } = precisionOf({ judged: 50, right: 48 });
    expect(estimate).toBe(0.96);
    expect(low).toBeCloseTo(0.865, 3);
    expect(high).toBeCloseTo(0.989, 3);
  });

  it('may be anything while none is judged', () => {
    expect(precisionOf({ judged: 0, right: 0 })).toEqual({ estimate: null, low: 0, high: 1 });
  });
});

/** After how many incidents an action is demoted, at most so many; failing shares by phase. */
function demotedAfter(
  seed: number,
  most: number,
  failing: (incident: number) => { readonly heldOut: number; readonly treated: number },
): number | null {
  const random = seededRandom(seed);
  const salt = saltOf(seed);
  let state: HarmEvidence = NO_EVIDENCE;
  for (let n = 0; n < most; n++) {
    const draw = drawArm(salt, { kind: 'incident', deployment: 'default', incidentId: n }, 0.2);
    const share = failing(n)[draw.arm === 'treated' ? 'treated' : 'heldOut'];
    state = addOutcome(state, { ...draw, loss: random() < share ? 1 : 0 });
    if (state.evidence >= DEMOTION_EVIDENCE) return n + 1;
  }
  return null;
}
const seeds = Array.from({ length: 200 }, (_, i) => i + 1);
const demotedShare = (...args: [most: number, failing: Parameters<typeof demotedAfter>[2]]): number =>
  seeds.filter((seed) => demotedAfter(seed, ...args) !== null).length / seeds.length;

describe('demotion', () => {
  it('takes back an action that harms', () => {
    expect(demotedShare(500, () => ({ heldOut: 0.3, treated: 0.5 }))).toBeGreaterThan(0.9);
    expect(demotedShare(200, () => ({ heldOut: 0.2, treated: 0.6 }))).toBeGreaterThan(0.9);
  });

  it('leaves one that helps, and seldom takes back one that does nothing', () => {
    expect(demotedShare(500, () => ({ heldOut: 0.5, treated: 0.3 }))).toBeLessThan(0.02);
    expect(demotedShare(500, () => ({ heldOut: 0.4, treated: 0.4 }))).toBeLessThan(0.2);
  });

  it('sees a bad stretch after a good one', () => {
    const turned = (n: number) => (n < 400 ? { heldOut: 0.8, treated: 0.3 } : { heldOut: 0.3, treated: 0.6 });
    const after = seeds.map((seed) => demotedAfter(seed, 900, turned));
    expect(after.filter((n) => n !== null && n > 400).length / seeds.length).toBeGreaterThan(0.9);
  });

  it('gathers on average at most 1 per incident without harm, and never less than nothing', () => {
    const random = seededRandom(7);
    let sum = 0;
    const runs = 2000;
    for (let run = 0; run < runs; run++) {
      let state: HarmEvidence = NO_EVIDENCE;
      for (let n = 0; n < 50; n++) {
        const arm = random() < 0.7 ? 'treated' : 'held_out';
        state = addOutcome(state, { arm, treatedProbability: 0.7, loss: random() });
        expect(Math.min(...state.byBet)).toBeGreaterThanOrEqual(0);
      }
      sum += state.evidence;
    }
    expect(sum / runs).toBeGreaterThan(40);
    expect(sum / runs).toBeLessThan(60);
  });

  it('counts a loss between 0 and 1', () => {
    expect([loss('failures', true, 0), loss('failures', false, 1e9)]).toEqual([1, 0]);
    expect([loss('minutes', true, -5), loss('minutes', true, 60), loss('minutes', false, 1e9)]).toEqual([
      0, 0.25, 1,
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { foldCells } from '../../../actions/value/cells.js';
import type { Effect } from '../../../actions/value/effect.js';
import { valueLine } from '../../../actions/value/report.js';
import { meanDelay, simulateIncidents, type TrueAction } from './simulated-incidents.js';

const SEEDS = 200;

const EFFECTS: Readonly<Record<string, Pick<TrueAction, 'failing' | 'delay'>>> = {
  'does nothing': {
    failing: { heldOut: 0.6, treated: 0.6 },
    delay: {
      heldOut: { onTime: 0.3, medianMinutes: 20, spread: 1 },
      treated: { onTime: 0.3, medianMinutes: 20, spread: 1 },
    },
  },
  'helps a little': {
    failing: { heldOut: 0.5, treated: 0.4 },
    delay: {
      heldOut: { onTime: 0.4, medianMinutes: 20, spread: 0.9 },
      treated: { onTime: 0.5, medianMinutes: 16, spread: 0.9 },
    },
  },
  'helps a lot': {
    failing: { heldOut: 0.9, treated: 0.2 },
    delay: {
      heldOut: { onTime: 0.1, medianMinutes: 40, spread: 1 },
      treated: { onTime: 0.7, medianMinutes: 10, spread: 0.8 },
    },
  },
  harms: {
    failing: { heldOut: 0.1, treated: 0.25 },
    delay: {
      heldOut: { onTime: 0.6, medianMinutes: 10, spread: 0.8 },
      treated: { onTime: 0.3, medianMinutes: 25, spread: 1.2 },
    },
  },
};

/** Incidents, and the shares held out of their first and second half. */
const DRAWS = [
  { incidents: 80, heldOutShares: [0.5, 0.5] },
  { incidents: 120, heldOutShares: [0.2, 0.2] },
  { incidents: 400, heldOutShares: [0.1, 0.1] },
  { incidents: 600, heldOutShares: [0.3, 0.1] },
] as const;

const cases = Object.keys(EFFECTS).flatMap((name, i) =>
  DRAWS.map((draw, j) => ({ name, ...draw, firstSeed: (i * DRAWS.length + j) * SEEDS + 1 })),
);

describe('the 95 % intervals hold the truth in 91 to 98 % of 200 seeds', () => {
  it.each(cases)(
    'for an action that $name, $incidents incidents, $heldOutShares held out',
    ({ name, incidents, heldOutShares, firstSeed }) => {
      const action = { incidents, heldOutShares, ...EFFECTS[name]! };
      const { failing, delay } = action;
      const failures = failing.heldOut - failing.treated;
      const minutes = meanDelay(delay.heldOut) - meanDelay(delay.treated);
      let failuresHeld = 0;
      let minutesHeld = 0;
      for (let seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
        const line = valueLine(foldCells(simulateIncidents(action, seed)), 'retry', 'transient');
        if (holds(line.failuresAvoided, failures)) failuresHeld++;
        // Where too little is known there is no interval, which holds everything.
        if (holds(line.minutesSaved, minutes)) minutesHeld++;
      }
      expect(failuresHeld / SEEDS).toBeGreaterThanOrEqual(0.91);
      expect(failuresHeld / SEEDS).toBeLessThanOrEqual(0.98);
      expect(minutesHeld / SEEDS).toBeGreaterThanOrEqual(0.91);
      expect(minutesHeld / SEEDS).toBeLessThanOrEqual(0.98);
    },
  );
});

function holds(effect: Effect | null, truth: number): boolean {
  return effect === null || (effect.low <= truth && truth <= effect.high);
}

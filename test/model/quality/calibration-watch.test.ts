import { describe, expect, it } from 'vitest';
import { brokenCalibration, isFormerBetter } from '../../../model/quality/calibration-watch.js';
import { compareRisks } from '../../../model/quality/comparison.js';
import { outcomes, type Sketch } from './outcomes.js';

const tooHigh = (chance: number): number => Math.min(1, 0.12 + chance);

/** Whether the watch would go back from the served risks to a former model that says something else. */
function goesBack(sketch: Sketch, former: (chance: number) => number): boolean {
  const served = outcomes(sketch);
  if (brokenCalibration(served) === null) return false;
  const { labels, afterSuccess, runs, risks, chances } = served;
  return isFormerBetter(
    compareRisks({ labels, afterSuccess, runs, challenger: risks, champion: chances.map(former) }, 1),
  );
}

describe('the watch over live calibration', () => {
  it('does not go off on noise: calibrated risks of runs that fail together', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 150; seed++) {
      for (const rows of [200, 1000]) {
        if (goesBack({ rows, seed, triesPerRun: 5 }, (chance) => chance * 1.05)) alarms++;
      }
    }
    expect(alarms).toBe(0);
  });

  it('goes off when the risks are off and the former ones are not', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 8; seed++)
      if (goesBack({ rows: 1200, seed, say: tooHigh }, (chance) => chance)) alarms++;
    expect(alarms).toBeGreaterThanOrEqual(7);
  });

  it('stays where the former model would be as far off: an outage that none foresaw', () => {
    for (let seed = 1; seed <= 6; seed++) {
      expect(goesBack({ rows: 600, seed, say: tooHigh }, tooHigh)).toBe(false);
      expect(goesBack({ rows: 600, seed, say: tooHigh }, (chance) => tooHigh(chance) + 0.01)).toBe(false);
    }
  });

  it('waits for enough outcomes', () => {
    const certain = (rows: number) => ({
      rows,
      labels: new Uint8Array(rows),
      risks: new Float64Array(rows).fill(0.9),
    });
    expect(brokenCalibration(certain(199))).toBeNull();
    expect(brokenCalibration(certain(200))).toBeCloseTo(0.9);
  });
});

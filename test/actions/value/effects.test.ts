import { describe, expect, it } from 'vitest';
import { foldCells, mergeMoments, strataOf, type Stratum } from '../../../actions/value/cells.js';
import { failuresAvoided } from '../../../actions/value/failures-avoided.js';
import { minutesSaved } from '../../../actions/value/minutes-saved.js';
import { valueReport } from '../../../actions/value/report.js';
import type { ValueRow } from '../../../actions/value/rows.js';
import { studentT975 } from '../../../actions/value/student-t.js';
import { seededRandom } from '../../../model/random.js';
import { simulateIncidents } from './simulated-incidents.js';

const row = (change: Partial<ValueRow> = {}): ValueRow => ({
  kind: 'retry',
  cause: 'transient',
  arm: 'treated',
  treatedProbability: 0.5,
  failed: false,
  delayMinutes: 0,
  drawnAt: 0,
  ...change,
});

/** So many of each arm, of which so many failed. */
function outcomes(
  treated: readonly [failed: number, of: number],
  heldOut: readonly [failed: number, of: number],
  treatedProbability = 0.5,
): ValueRow[] {
  return (['treated', 'held_out'] as const).flatMap((arm) => {
    const [failed, of] = arm === 'treated' ? treated : heldOut;
    return Array.from({ length: of }, (_, i) => row({ arm, failed: i < failed, treatedProbability }));
  });
}
const strata = (rows: readonly ValueRow[]): Stratum[] => strataOf(foldCells(rows));

describe('studentT975', () => {
  it.each([
    [4, 2.776445],
    [5, 2.570582],
    [7, 2.364624],
    [10, 2.228139],
    [30, 2.042272],
    [100, 1.983972],
    [1e6, 1.959966],
  ])('of %d degrees of freedom is %d, as in tables', (degrees, quantile) => {
    expect(studentT975(degrees)).toBeCloseTo(quantile, 4);
  });
});

describe('failuresAvoided', () => {
  // 56/70 against 48/80, and 9/10 against 3/10: Newcombe 1998, table II, examples a and b, method 10.
  it.each([
    [[48, 80], [56, 70], 0.2, 0.0524, 0.3339],
    [[3, 10], [9, 10], 0.6, 0.1705, 0.809],
    [[0, 10], [10, 10], 1, 0.6075, 1],
  ] as const)('of %j treated and %j held out is as published', (treated, heldOut, estimate, low, high) => {
    const effect = failuresAvoided(strata(outcomes(treated, heldOut)))!;
    expect(effect.estimate).toBeCloseTo(estimate, 10);
    expect(effect.low).toBeCloseTo(low, 3);
    expect(effect.high).toBeCloseTo(high, 3);
  });

  it('is not fooled by a share that changed together with the failures (Simpson)', () => {
    // The action does nothing; in hard times fewer were held out.
    const rows = [...outcomes([10, 100], [10, 100], 0.5), ...outcomes([160, 200], [16, 20], 10 / 11)];
    const effect = failuresAvoided(strata(rows))!;
    expect(effect.estimate).toBeCloseTo(0, 10);
    const pooled = failuresAvoided(strata(rows.map((r) => ({ ...r, treatedProbability: 0.5 }))))!;
    expect(pooled.high).toBeLessThan(0);
  });

  it('says nothing while an arm has no outcome', () => {
    expect(failuresAvoided(strata(outcomes([1, 5], [0, 0])))).toBeNull();
    expect(
      failuresAvoided(strata([...outcomes([1, 5], [0, 0]), row({ arm: 'held_out', failed: null })])),
    ).toBeNull();
    expect(failuresAvoided([])).toBeNull();
  });
});

describe('minutesSaved', () => {
  const delays = (arm: ValueRow['arm'], minutes: readonly number[]) =>
    minutes.map((delayMinutes) => row({ arm, delayMinutes }));

  it("is Welch's interval where nothing is skewed", () => {
    const symmetric = [-7, -3, -2, -1, -1, 1, 1, 2, 3, 7];
    const effect = minutesSaved(
      strata([
        ...delays(
          'treated',
          symmetric.map((x) => 20 + x),
        ),
        ...delays(
          'held_out',
          symmetric.map((x) => 30 + 2 * x),
        ),
      ]),
    )!;
    // Variances 128 / 9 and four times that; 18 x 25 / 34 = 13.24 degrees of freedom.
    const half = 2.1565 * Math.sqrt((5 * 128) / 9 / 10);
    expect(effect.estimate).toBeCloseTo(10, 10);
    expect(effect.low).toBeCloseTo(10 - half, 2);
    expect(effect.high).toBeCloseTo(10 + half, 2);
  });

  it('reaches further to the side of the long tail', () => {
    const skewed = [0, 0, 0, 1, 1, 2, 2, 3, 5, 9, 40, 120];
    const effect = minutesSaved(
      strata([...delays('treated', skewed.map(() => 1).concat(2)), ...delays('held_out', skewed)]),
    )!;
    expect(effect.high - effect.estimate).toBeGreaterThan(2 * (effect.estimate - effect.low));
  });

  it('counts a delay up to four hours', () => {
    const some = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const with240 = minutesSaved(strata([...delays('treated', some), ...delays('held_out', [...some, 240])]));
    const withDays = minutesSaved(
      strata([...delays('treated', some), ...delays('held_out', [...some, 1e6])]),
    );
    expect(withDays).toEqual(with240);
  });

  it('says nothing with fewer than ten delays in an arm, or where all are alike', () => {
    const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(
      minutesSaved(strata([...delays('treated', [...nine, 10]), ...delays('held_out', nine)])),
    ).toBeNull();
    const alike = nine.concat(1).map(() => 5);
    expect(minutesSaved(strata([...delays('treated', alike), ...delays('held_out', alike)]))).toBeNull();
  });
});

describe('cells', () => {
  it('hold the moments that one pass over everything gives', () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 1000 }, () => 1000 + random() ** 3);
    const one = (mean: number) => ({ count: 1, mean, squares: 0, cubes: 0 });
    const half = (from: number, to: number) => values.slice(from, to).map(one).reduce(mergeMoments);
    const merged = mergeMoments(half(0, 300), half(300, 1000));
    const mean = values.reduce((sum, x) => sum + x, 0) / 1000;
    expect(merged.mean).toBeCloseTo(mean, 10);
    expect(merged.squares).toBeCloseTo(
      values.reduce((sum, x) => sum + (x - mean) ** 2, 0),
      8,
    );
    expect(merged.cubes).toBeCloseTo(
      values.reduce((sum, x) => sum + (x - mean) ** 3, 0),
      8,
    );
  });
});

describe('valueReport', () => {
  it('has a line for all, each kind, and each kind and cause, with totals over the treated', () => {
    const rows = [
      ...outcomes([10, 100], [30, 100]),
      ...outcomes([5, 10], [5, 10]).map((r): ValueRow => ({ ...r, cause: 'resource' })),
      ...outcomes([1, 10], [2, 10]).map((r): ValueRow => ({ ...r, kind: 'resize_pool', cause: 'pool' })),
      row({ failed: null, delayMinutes: null }),
    ];
    const report = valueReport(foldCells(rows));
    expect(report.map(({ kind, cause }) => [kind, cause])).toEqual([
      [null, null],
      ['resize_pool', null],
      ['retry', null],
      ['resize_pool', 'pool'],
      ['retry', 'resource'],
      ['retry', 'transient'],
    ]);
    expect(report[0]!.treated).toEqual({ units: 121, known: 120, failed: 16, delaysKnown: 120 });
    expect(report[5]!.failuresAvoided!.estimate).toBeCloseTo(0.2, 10);
    expect(report[5]!.total.failuresAvoided!.estimate).toBeCloseTo(0.2 * 101, 10);
    expect(report[5]!.minutesSaved).toBeNull();
    expect(valueReport([])).toEqual([]);
  });

  it('is the same for the same rows, in whatever order they come', () => {
    const action = {
      incidents: 300,
      heldOutShares: [0.2, 0.2],
      failing: { heldOut: 0.5, treated: 0.3 },
      delay: {
        heldOut: { onTime: 0.2, medianMinutes: 20, spread: 1 },
        treated: { onTime: 0.2, medianMinutes: 20, spread: 1 },
      },
    } as const;
    const rows = [...simulateIncidents(action, 1)];
    const [line] = valueReport(foldCells(rows));
    const [reversed] = valueReport(foldCells(rows.reverse()));
    expect(reversed!.failuresAvoided).toEqual(line!.failuresAvoided);
    expect(reversed!.minutesSaved!.low).toBeCloseTo(line!.minutesSaved!.low, 8);
  });
});

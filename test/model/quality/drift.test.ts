import { describe, expect, it } from 'vitest';
import { TRY_FEATURES } from '../../../features/registry.js';
import {
  driftRatio,
  driftReference,
  measureDrift,
  type DriftReference,
} from '../../../model/quality/drift.js';
import { trainingWindows } from '../../../model/quality/training-windows.js';
import { seededRandom } from '../../../model/random.js';
import type { LabelledVectors } from '../../../model/types.js';

const FEATURES = ['number', 'flag', 'constant', 'often_unknown', 'never_known'];

/** Rows whose numbers are moved by `shift`, of which the given share is flagged, unknown, failed. */
function rowsOf(
  rows: number,
  seed: number,
  change: { shift?: number; flagged?: number; unknown?: number; failed?: number } = {},
) {
  const { shift = 0, flagged = 0.3, unknown = 0.5, failed = 0.1 } = change;
  const random = seededRandom(seed);
  const values = new Float32Array(rows * FEATURES.length);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const number = random() + random() + random() + shift;
    values.set(
      [number, random() < flagged ? 1 : 0, 7, random() < unknown ? NaN : random(), NaN],
      row * FEATURES.length,
    );
    labels[row] = random() < failed ? 1 : 0;
  }
  return { values, labels, rows };
}

function vectors(of: { values: Float32Array; labels: Uint8Array; rows: number }): LabelledVectors {
  const { values, labels, rows } = of;
  const times = Float64Array.from({ length: rows }, (_, row) => row);
  return {
    features: FEATURES,
    rows,
    values,
    labels,
    decidedAt: times,
    labelKnownAt: times,
    afterSuccess: new Uint8Array(rows),
  };
}

const reference = driftReference(vectors(rowsOf(5000, 1)))!;
/** Of rows over a time as long as the longest windows, unless another is given. */
const driftOf = (
  of: DriftReference,
  live: { values: Float32Array; rows: number; labels: Uint8Array },
  features: readonly string[] = FEATURES,
  spanSeconds = Infinity,
) => measureDrift(of, features, { values: live.values, rows: live.rows, spanSeconds }, live.labels)!;
const psi = (live: ReturnType<typeof rowsOf>): Record<string, number> =>
  Object.fromEntries(driftOf(reference, live).inputs!.features.map((each) => [each.feature, each.psi]));

describe('drift', () => {
  it('is within chance on rows like those of the training, for every kind of column', () => {
    for (let seed = 2; seed < 30; seed++) {
      const found = psi(rowsOf(1000, seed));
      for (const feature of FEATURES) expect(found[feature], feature).toBeLessThan(0.05);
    }
  });

  it('shows the column that moved, and that one alone', () => {
    const found = (change: Parameters<typeof rowsOf>[2]) => {
      const all = psi(rowsOf(1000, 50, change));
      return FEATURES.filter((feature) => all[feature]! > 0.25);
    };
    expect(found({ shift: 0.6 })).toEqual(['number']);
    expect(found({ flagged: 0.75 })).toEqual(['flag']);
    expect(found({ unknown: 0.95 })).toEqual(['often_unknown']);
  });

  it('is the sum over the bins, worked out by hand', () => {
    const half = {
      ...{ rows: 1000, windowSeconds: [] },
      ...{ failureRate: 0.5, outcomes: 1000 },
      columns: { flag: { edges: [0], shares: [0.5, 0.5, 0], usual: [] } },
    };
    const values = Float32Array.from({ length: 400 }, (_, row) => (row < 100 ? 0 : 1));
    const { features } = driftOf(half, { values, rows: 400, labels: new Uint8Array(0) }, ['flag']).inputs!;
    const before = [500.5, 500.5, 0.5].map((rows) => rows / 1001.5);
    const after = [100.5, 300.5, 0.5].map((rows) => rows / 401.5);
    const expected = before.reduce((sum, p, bin) => sum + (after[bin]! - p) * Math.log(after[bin]! / p), 0);
    expect(features).toEqual([{ feature: 'flag', psi: expected, usual: 0 }]);
  });

  it('is measured by how far windows of the training rows are from all of them', () => {
    const wandering = (rows: number, level: (row: number) => number): LabelledVectors => {
      const of = rowsOf(rows, 9);
      for (let row = 0; row < rows; row++) of.values[row * FEATURES.length]! += level(row);
      return vectors(of);
    };
    // As a slow average: in each quarter of the time it stands elsewhere.
    const slow = driftReference(wandering(6000, (row) => 0.5 * Math.floor(row / 1500)))!;
    const live = (level: number) => {
      const { features } = driftOf(
        slow,
        wandering(600, () => level),
      ).inputs!;
      return features.find(({ feature }) => feature === 'number')!;
    };
    const stayed = live(1.5);
    expect(stayed.psi).toBeGreaterThan(0.5);
    expect(stayed.usual).toBeGreaterThan(0.5);
    expect(driftRatio(stayed)).toBeLessThan(1);
    expect(driftRatio(live(3))).toBeGreaterThan(1);
    // Without a time that tells windows apart, the index alone decides.
    expect(reference.columns['number']!.usual[0]).toBeLessThan(0.1);
    expect(driftRatio({ psi: 0.26, usual: 0 })).toBeGreaterThan(1);
  });

  it('is measured by windows about as long as the live rows: a short time differs more', () => {
    // A number that goes round once a day, over 120 days.
    const hour = 3600;
    const round = (rows: number, timeOf: (row: number) => number): LabelledVectors => {
      const of = rowsOf(rows, 11);
      const times = Float64Array.from({ length: rows }, (_, row) => timeOf(row));
      for (let row = 0; row < rows; row++) of.values[row * FEATURES.length] = (times[row]! / hour) % 24;
      return { ...vectors(of), decidedAt: times };
    };
    const daily = driftReference(round(60_000, (row) => row * 173))!;
    expect(daily.windowSeconds).toEqual([14, 14 / 4, 14 / 16].map((days) => days * 24 * hour));
    const live = (hours: number, from: number) => {
      const of = round(400, (row) => (from + (row * hours) / 400) * hour);
      return driftOf(daily, of, FEATURES, hours * hour).inputs?.features.find(
        ({ feature }) => feature === 'number',
      );
    };
    for (const hours of [14 * 24, 100, 30]) {
      expect(driftRatio(live(hours, 3000)!), `${hours} h`).toBeLessThan(1);
    }
    // Within a few hours there is nothing that it could be measured by.
    expect(live(6, 3000)).toBeUndefined();
  });

  it('compares as many short windows as long ones, at changing hours and days', () => {
    const day = 86_400;
    const times = Float64Array.from({ length: 112 * 24 }, (_, row) => row * 3600);
    const every = Int32Array.from(times, (_, row) => row);
    const lengths = trainingWindows({ rows: times.length, decidedAt: times }, every, 10);
    expect(lengths.map(({ windows }) => windows.length)).toEqual([8, 8, 8]);
    const [long, , short] = lengths;
    expect(short!.windows.every((rows) => rows.length >= 20 && rows.length <= 22)).toBe(true);
    short!.windows.forEach((rows, index) => {
      expect(Array.from(long!.windows[index]!)).toEqual(expect.arrayContaining(Array.from(rows)));
    });
    const weekdays = short!.windows.map(([row]) => Math.floor(times[row!]! / day) % 7);
    expect(new Set(weekdays).size).toBeGreaterThan(4);
  });

  it('leaves out training rows that were not queued', () => {
    const features = ['dag_run__is_planned__now', 'dag_run__is_running__now', 'number'];
    const at = (moment: 'planned' | 'queued' | 'begun', rows: number) => {
      const values = new Float32Array(rows * 3);
      for (let row = 0; row < rows; row++) {
        const number = moment === 'planned' ? NaN : (row % 7) + (moment === 'begun' ? 100 : 0);
        values.set([moment === 'planned' ? 1 : 0, moment === 'begun' ? 1 : 0, number], 3 * row);
      }
      const labels = Uint8Array.from({ length: rows }, (_, row) =>
        moment === 'queued' && row % 4 === 0 ? 1 : 0,
      );
      return { ...vectors({ values, labels, rows }), features };
    };
    const parts = [at('queued', 700), at('begun', 700), at('planned', 700)];
    const values = Float32Array.from(parts.flatMap((part) => Array.from(part.values)));
    const labels = Uint8Array.from(parts.flatMap((part) => Array.from(part.labels)));
    const trained = driftReference({ ...vectors({ values, labels, rows: 2100 }), features })!;
    expect(trained).toMatchObject({ rows: 700, failureRate: 0.25, outcomes: 700 });
    for (const { psi, feature } of driftOf(trained, at('queued', 300), features).inputs!.features)
      expect(psi, feature).toBeLessThan(0.1);
    expect(driftReference({ ...at('begun', 500), features })).toBeNull();
  });

  it('does not read what an earlier version kept', () => {
    const earlier = { ...reference, windowSeconds: undefined } as unknown as DriftReference;
    expect(driftOf(earlier, rowsOf(300, 6))).toBeNull();
  });

  it('weighs rows by what they stand for', () => {
    const of = rowsOf(20_000, 12);
    const weights = Float32Array.from(of.labels, (_, row) => {
      const isLarge = of.values[row * FEATURES.length]! > 1.5;
      return isLarge ? 9 : 1;
    });
    const weighted = driftReference({ ...vectors(of), weights })!;
    expect(weighted.columns['number']!.edges[2]).toBeGreaterThan(1.5);
    expect(weighted.columns['number']!.usual[0]).toBeLessThan(0.05);
  });

  it('tells how the share of failures changed', () => {
    const same = rowsOf(1000, 3);
    const worse = rowsOf(1000, 3, { failed: 0.4 });
    const outcome = (live: typeof same) => driftOf(reference, live);
    expect(outcome(same).outcome).toBeLessThan(0.02);
    expect(outcome(worse).outcome).toBeGreaterThan(0.25);
    expect(outcome(worse).liveFailureRate).toBeCloseTo(0.4, 1);
    expect(outcome(worse).trainingFailureRate).toBeCloseTo(0.1, 1);
  });

  it('counts training rows by what they stand for', () => {
    const of = rowsOf(1000, 8, { failed: 0.5 });
    const weighted = driftReference({
      ...vectors(of),
      weights: Float32Array.from(of.labels, (label) => (label === 1 ? 1 : 9)),
    })!;
    expect(weighted.failureRate).toBeCloseTo(0.1, 1);
  });

  it('says nothing of too few rows, and has no reference without any', () => {
    const few = rowsOf(199, 4);
    expect(driftOf(reference, few)).toMatchObject({ inputs: null, outcome: null });
    const outcomes = rowsOf(300, 4);
    expect(driftOf(reference, { ...few, labels: outcomes.labels }).outcome).toBeLessThan(0.05);
    expect(driftReference(vectors(rowsOf(0, 5)))).toBeNull();
    const begun = ['dag_run__is_running__now', ...FEATURES.slice(1)];
    expect(driftReference({ ...vectors(rowsOf(500, 5, { shift: 1 })), features: begun })).toBeNull();
    const live = rowsOf(300, 6);
    const drift = driftOf(reference, { ...live, labels: live.labels.slice(0, 100) });
    expect(drift.outcome).toBeNull();
    expect(drift.inputs!.rows).toBe(300);
  });

  it('leaves out what time alone moves, and what is constant in training', () => {
    const features = TRY_FEATURES.map(({ name }) => name);
    const rows = 300;
    const values = new Float32Array(rows * features.length);
    const labels = new Uint8Array(rows);
    const times = new Float64Array(rows);
    const all: LabelledVectors = {
      features,
      rows,
      values,
      labels,
      decidedAt: times,
      labelKnownAt: times,
      afterSuccess: labels,
    };
    const compared = driftOf(driftReference(all)!, all, features).inputs!.features;
    const left = new Set(compared.map(({ feature }) => feature));
    const out = features.filter((name) => !left.has(name));
    expect(out).toEqual(expect.arrayContaining(['task__tries__all', 'task__failures__all']));
    expect(out).toEqual(
      expect.arrayContaining(['dag__age__now', 'task__age__now', 'dag__since_change__now']),
    );
    expect(out).toEqual(expect.arrayContaining(['task__since_change__now', 'calendar__day_of_month__now']));
    expect(left).toContain('task__since_failure__now');
    expect(out.length).toBeLessThan(15);
  });

  it('is small in the registry', () => {
    expect(JSON.stringify(reference).length).toBeLessThan(FEATURES.length * 300);
    expect(JSON.parse(JSON.stringify(reference))).toEqual(reference);
  });
});

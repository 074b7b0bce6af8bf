import { describe, expect, it } from 'vitest';
import { TRY_FEATURES } from '../../../features/registry.js';
import { driftRatio, driftReference, measureDrift } from '../../../model/quality/drift.js';
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
const psi = (live: ReturnType<typeof rowsOf>): Record<string, number> => {
  const drift = measureDrift(reference, FEATURES, live.values, live.rows, live.labels)!;
  return Object.fromEntries(drift.features.map((each) => [each.feature, each.psi]));
};

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
      rows: { queued: 1000 },
      ...{ failureRate: 0.5, outcomes: 1000 },
      columns: { flag: { edges: [0], shares: { queued: [0.5, 0.5, 0] }, usual: 0 } },
    };
    const values = Float32Array.from({ length: 400 }, (_, row) => (row < 100 ? 0 : 1));
    const { features } = measureDrift(half, ['flag'], values, 400, new Uint8Array(0))!;
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
      const { values, labels } = wandering(600, () => level);
      const { features } = measureDrift(slow, FEATURES, values, 600, labels)!;
      return features.find(({ feature }) => feature === 'number')!;
    };
    const stayed = live(1.5);
    expect(stayed.psi).toBeGreaterThan(0.5);
    expect(stayed.usual).toBeGreaterThan(0.5);
    expect(driftRatio(stayed)).toBeLessThan(1);
    expect(driftRatio(live(3))).toBeGreaterThan(1);
    // Without a time that tells windows apart, the index alone decides.
    expect(reference.columns['number']!.usual).toBeLessThan(0.1);
    expect(driftRatio({ psi: 0.26, usual: 0 })).toBeGreaterThan(1);
  });

  it('compares vectors with those of the same moment alone', () => {
    const features = ['dag_run__is_planned__now', 'dag_run__is_running__now', 'number'];
    // Unknown before the run exists, small as it is queued, large in one that has begun.
    const at = (moment: 'planned' | 'queued' | 'begun', rows: number) => {
      const values = new Float32Array(rows * 3);
      for (let row = 0; row < rows; row++) {
        const number = moment === 'planned' ? NaN : (row % 7) + (moment === 'begun' ? 100 : 0);
        values.set([moment === 'planned' ? 1 : 0, moment === 'begun' ? 1 : 0, number], 3 * row);
      }
      const labels = Uint8Array.from({ length: rows }, (_, row) =>
        moment !== 'begun' && row % 4 === 0 ? 1 : 0,
      );
      return { ...vectors({ values, labels, rows }), features };
    };
    const join = (...parts: LabelledVectors[]): LabelledVectors => {
      const values = Float32Array.from(parts.flatMap((part) => Array.from(part.values)));
      const labels = Uint8Array.from(parts.flatMap((part) => Array.from(part.labels)));
      return { ...vectors({ values, labels, rows: labels.length }), features };
    };
    const trained = driftReference(join(at('queued', 700), at('begun', 700)), at('planned', 700))!;
    const drift = (live: LabelledVectors) =>
      measureDrift(trained, features, live.values, live.rows, live.labels);
    expect(trained.failureRate).toBe(0.25);
    for (const live of [at('planned', 300), at('queued', 300), join(at('planned', 300), at('queued', 100))])
      for (const { psi, feature } of drift(live)!.features) expect(psi, feature).toBeLessThan(0.1);
    const wrong = at('planned', 300);
    for (let row = 0; row < 300; row++) wrong.values[3 * row + 2] = row % 7;
    const [first] = drift(wrong)!.features;
    expect(first!.feature).toBe('number');
    expect(driftRatio(first!)).toBeGreaterThan(1);
    // What has begun, and what was planned where training had nothing planned, cannot be compared.
    expect(drift(join(at('queued', 300), at('begun', 500)))!.rows).toBe(300);
    expect(drift(at('begun', 500))).toBeNull();
    const without = driftReference(at('queued', 700))!;
    expect(measureDrift(without, features, wrong.values, 300, wrong.labels)).toBeNull();
  });

  it('tells how the share of failures changed', () => {
    const same = rowsOf(1000, 3);
    const worse = rowsOf(1000, 3, { failed: 0.4 });
    const outcome = (live: typeof same) =>
      measureDrift(reference, FEATURES, live.values, live.rows, live.labels)!;
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
    expect(measureDrift(reference, FEATURES, few.values, few.rows, few.labels)).toBeNull();
    expect(driftReference(vectors(rowsOf(0, 5)))).toBeNull();
    const begun = ['dag_run__is_running__now', ...FEATURES.slice(1)];
    expect(driftReference({ ...vectors(rowsOf(500, 5, { shift: 1 })), features: begun })).toBeNull();
    const live = rowsOf(300, 6);
    const drift = measureDrift(reference, FEATURES, live.values, live.rows, live.labels.slice(0, 100))!;
    expect(drift.outcome).toBeNull();
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
    const compared = measureDrift(driftReference(all)!, features, values, rows, labels)!.features;
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

import { describe, expect, test } from 'vitest';
import { tryLabel, type TryObservation } from '../../../core/facts.js';
import {
  CAUSES,
  PLATFORM_CAUSES,
  simulate,
  simulateSurroundings,
  type Surrounding,
} from '../../../datasets/simulator/index.js';

const OPTIONS = { seed: 3, dags: 25, days: 40 };
const tries = [...simulate({ ...OPTIONS, platform: true })];
const told = [...simulateSurroundings(OPTIONS)];

function causedBy(cause: string): TryObservation[] {
  return tries.filter((row) => row.extra?.['post_cause'] === cause);
}

function ofKind<K extends Surrounding['kind']>(kind: K): Extract<Surrounding, { kind: K }>[] {
  return told.filter((one): one is Extract<Surrounding, { kind: K }> => one.kind === kind);
}

/** The latest of the values told before a time; NaN without any. */
function latestBefore(values: readonly { at: number; value: number }[], time: number): number {
  return values.filter(({ at }) => at < time).at(-1)?.value ?? NaN;
}

describe('the surroundings of a simulated history', () => {
  test('depend on the seed alone, and change no try unless asked for', () => {
    expect([...simulateSurroundings(OPTIONS)]).toEqual(told);
    const causes = new Set([...simulate(OPTIONS)].map((row) => row.extra?.['post_cause']));
    for (const cause of PLATFORM_CAUSES) expect(causes).not.toContain(cause);
  });

  test('every failure has a cause of the lists, and those of the platform occur', () => {
    const known: readonly unknown[] = [...CAUSES, ...PLATFORM_CAUSES];
    const failed = tries.filter((row) => tryLabel(row.state) === 1);
    expect(failed.filter((row) => !known.includes(row.extra?.['post_cause']))).toEqual([]);
    for (const cause of PLATFORM_CAUSES) expect(causedBy(cause).length, cause).toBeGreaterThan(10);
  });

  test('heartbeats are late where tries get lost in a stall, and seldom elsewhere', () => {
    const ages = ofKind('measurement');
    const lost = causedBy('scheduler_stall');
    const late = lost.filter((row) => latestBefore(ages, row.startedAt!) > 30);
    expect(late.length / lost.length).toBeGreaterThan(0.95);
    expect(ages.filter(({ value }) => value > 30).length / ages.length).toBeLessThan(0.1);
  });

  test('a connection was changed in the day before tries fail of a bad setting', () => {
    const changes = ofKind('connection_change');
    for (const row of causedBy('bad_setting'))
      expect(changes.some(({ at }) => at <= row.startedAt! && row.startedAt! - at < 86_400)).toBe(true);
  });

  test('a version is told when tries begin to carry it', () => {
    const versions = ofKind('dag_version');
    for (const row of tries.slice(0, 3000)) {
      const ofDag = versions.filter(({ dagId }) => dagId === row.dagId).sort((a, b) => a.at - b.at);
      const values = ofDag.map(({ at, version }) => ({ at, value: version }));
      const time = row.queuedAt ?? row.startedAt!;
      // Times of tries are rounded to milliseconds.
      const near = values.some(({ at }) => Math.abs(at - time) < 0.01);
      if (!near) expect(latestBefore(values, time)).toBe(row.extra?.['version']);
    }
  });

  test('pools have slots, and are fuller in some hours than in others', () => {
    const shares = ofKind('pool').map(({ pool }) => pool.occupiedSlots / pool.slots);
    expect(Math.max(...shares)).toBeGreaterThan(0.7);
    expect(Math.min(...shares)).toBeLessThan(0.3);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });
});

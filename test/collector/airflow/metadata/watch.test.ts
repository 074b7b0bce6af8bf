import { describe, expect, it } from 'vitest';
import type { Signs } from '../../../../collector/airflow/metadata/candidates.js';
import { RunWatch } from '../../../../collector/airflow/metadata/watch.js';

const signs = (now: number, more: Partial<Signs> = {}): Signs => ({
  now,
  lastRunId: 0,
  active: [],
  touched: [],
  ...more,
});
const ids = (candidates: readonly { id: number }[]): number[] =>
  candidates.map(({ id }) => id).sort((a, b) => a - b);

describe('the watch over DAG runs', () => {
  it('looks at runs that are active, in the log, or changed themselves', () => {
    const watch = new RunWatch();
    const candidates = watch.candidates(900, signs(1000, { active: [1], touched: [2] }), [3]);
    expect(ids(candidates)).toEqual([1, 2, 3]);
    expect(candidates.every(({ since }) => since === 900)).toBe(true);
  });

  it('looks at a run once more after it was active, and until that is committed', () => {
    const watch = new RunWatch();
    watch.candidates(900, signs(1000, { active: [1] }), []);
    expect(ids(watch.candidates(940, signs(1004), []))).toEqual([1]);
    // The passes in between failed: nothing was committed since.
    expect(ids(watch.candidates(940, signs(9000), []))).toEqual([1]);
    expect(ids(watch.candidates(8940, signs(9004), []))).toEqual([]);
  });

  it('remembers the highest id of a run', () => {
    const watch = new RunWatch();
    expect(watch.lastRunId).toBeNull();
    watch.candidates(900, signs(1000, { lastRunId: 7 }), []);
    watch.candidates(900, signs(1004, { lastRunId: 5 }), []);
    expect(watch.lastRunId).toBe(7);
  });

  it('looks at everything ten minutes after the start and then every hour, or less often where that takes long', () => {
    const watch = new RunWatch();
    expect(watch.isEverythingDue(1e12)).toBe(false);
    watch.candidates(900, signs(1000), []);
    expect([watch.isEverythingDue(1599), watch.isEverythingDue(1600)]).toEqual([false, true]);
    watch.addEverything([], 1600, 1601, 60);
    expect([watch.isEverythingDue(5200), watch.isEverythingDue(5201)]).toEqual([false, true]);
    watch.postpone(6000, 100);
    expect([watch.isEverythingDue(15_999), watch.isEverythingDue(16_000)]).toEqual([false, true]);
  });

  it('takes what showed no sign since the look before, once', () => {
    const watch = new RunWatch();
    watch.candidates(900, signs(1000, { active: [1] }), []);
    watch.addEverything([1, 2], 1600, 1601, 60);
    expect(watch.candidates(1500, signs(1602), [])).toEqual([{ id: 2, since: 900 }]);
    expect(ids(watch.candidates(1602, signs(1664), []))).toEqual([]);
  });

  it('takes of a run that it had left only what came after', () => {
    const watch = new RunWatch();
    watch.candidates(900, signs(1000, { active: [1] }), []);
    watch.candidates(1300, signs(1304), []);
    watch.addEverything([1], 1600, 1601, 60);
    expect(watch.candidates(1560, signs(1602), [])).toEqual([{ id: 1, since: 1300 }]);
  });
});

import { describe, expect, it } from 'vitest';
import { STAGE_QUEUED, VectorStore, type ReplayedVectors } from '../../features/vector-store.js';

const FEATURES = ['rate', 'last', 'row'];
const subject = { deployment: 'd', dagId: 'a', runId: 'r', taskId: 't', mapIndex: -1, tryNumber: 1 };

/** A store fed with rows: one failure in `every`, one row in ten after a failure. */
function fill(rows: number, maxRows: number, every: number): ReplayedVectors {
  const store = new VectorStore(FEATURES, 0, 1, maxRows);
  for (let row = 0; row < rows; row++) {
    const offset = store.reserve();
    store.buffer.set([row / rows, row % 10 === 0 ? 1 : 0, row], offset);
    store.append(
      { ...subject, taskId: `t${row % 7}`, runId: `r${row}` },
      STAGE_QUEUED,
      row,
      row % every === 0 ? 1 : 0,
      row + 1,
    );
    expect(store.rows).toBeLessThanOrEqual(maxRows);
  }
  return store.finish();
}

describe('VectorStore', () => {
  it('keeps all rows in order below its bound', () => {
    const kept = fill(5000, 100_000, 50);
    expect(kept.rows).toBe(5000);
    expect(kept.values.length).toBe(15_000);
    expect(kept.labels.reduce((sum, label) => sum + label, 0)).toBe(100);
    expect(new Set(kept.weights)).toEqual(new Set([1]));
    expect(kept.subject(4999)).toEqual({ ...subject, taskId: 't1', runId: 'r4999' });
    expect(kept.historicalRate[2500]).toBe(0.5);
    expect(kept.lastOutcome[20]).toBe(1);
    expect([kept.afterSuccess[20], kept.afterSuccess[21]]).toEqual([0, 1]);
    expect([kept.decidedAt[7], kept.labelKnownAt[7], kept.stages[7]]).toEqual([7, 8, 0]);
  });

  it('thins out the largest class beyond its bound and says what each row stands for', () => {
    const rows = 40_000;
    const kept = fill(rows, 3000, 50);
    expect(kept.rows).toBeLessThanOrEqual(3000);
    expect(kept.rows).toBeGreaterThan(1000);
    let failures = 0;
    let weight = 0;
    let failureWeight = 0;
    for (let row = 0; row < kept.rows; row++) {
      failures += kept.labels[row]!;
      weight += kept.weights[row]!;
      failureWeight += kept.weights[row]! * kept.labels[row]!;
      const original = kept.values[row * 3 + 2]!;
      expect(kept.decidedAt[row]).toBe(original);
      expect(kept.subject(row).runId).toBe(`r${original}`);
      if (row > 0) expect(kept.decidedAt[row]!).toBeGreaterThan(kept.decidedAt[row - 1]!);
    }
    expect(failures).toBe(rows / 50);
    expect(failureWeight).toBe(rows / 50);
    expect(Math.abs(weight / rows - 1)).toBeLessThan(0.1);
  });

  it('thins out failures too when there are nothing but failures', () => {
    const kept = fill(10_000, 1000, 1);
    expect(kept.rows).toBeLessThanOrEqual(1000);
    const weight = kept.weights.reduce((sum, each) => sum + each, 0);
    expect(Math.abs(weight / 10_000 - 1)).toBeLessThan(0.15);
  });

  it('gives the same rows for the same input', () => {
    expect(Array.from(fill(20_000, 2000, 30).decidedAt)).toEqual(
      Array.from(fill(20_000, 2000, 30).decidedAt),
    );
  });

  it('waits for outcomes, and drops rows that never get one', () => {
    const store = new VectorStore(FEATURES, 0, 1, 100);
    const serials = [0, 1, 2, 3].map((row) => {
      const offset = store.reserve();
      store.buffer.set([0, NaN, row], offset);
      return store.append(subject, STAGE_QUEUED, row, null, Infinity);
    });
    store.settle(serials[2]!, 1, 50);
    store.settle(serials[0]!, null, 60);
    store.settle(serials[1]!, 0, 70);
    store.settle(99, 1, 0);
    const kept = store.finish();
    expect(Array.from(kept.decidedAt)).toEqual([1, 2]);
    expect(Array.from(kept.labels)).toEqual([0, 1]);
    expect(Array.from(kept.labelKnownAt)).toEqual([70, 50]);
    expect(Array.from(kept.lastOutcome)).toEqual([NaN, NaN]);
    expect(Array.from(kept.afterSuccess)).toEqual([0, 0]);
  });

  it('is empty without rows', () => {
    const kept = new VectorStore(FEATURES, 0, 1, 10).finish();
    expect([kept.rows, kept.values.length, kept.labels.length]).toEqual([0, 0, 0]);
  });
});

import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../../core/fact-log/read.js';
import { CommonLevel } from '../../../model/intervals/common-level.js';
import { normal, seededRandom } from '../../../model/random.js';
import { chainRun, foldAt, HOUR, hourlyRuns, NOW, RUNS, subject, TASKS } from './support.js';

/** The level after so many times that scatter around a truth, and the largest distance from it on the last half of the way. */
function followed(level: CommonLevel, truth: number, count: number, seed: number) {
  const random = seededRandom(seed);
  let furthest = 0;
  for (let k = 0; k < count; k++) {
    level.learn(truth + 0.4 * normal(random) - level.value);
    if (k >= count / 2) furthest = Math.max(furthest, Math.abs(level.value - truth));
  }
  return furthest;
}

describe('the common level', () => {
  it('keeps still while times scatter each for itself', () => {
    for (const seed of [1, 2, 3]) expect(followed(new CommonLevel(), 0, 2000, seed)).toBeLessThan(0.15);
  });

  it('follows a shift that all share within some tens of times, and back again', () => {
    for (const seed of [1, 2, 3]) {
      const level = new CommonLevel();
      followed(level, 0, 500, seed);
      followed(level, 1.5, 100, seed + 10);
      expect(Math.abs(level.value - 1.5)).toBeLessThan(0.3);
      followed(level, 0, 100, seed + 20);
      expect(Math.abs(level.value)).toBeLessThan(0.3);
    }
  });

  it('stays a number where everything takes exactly as long as expected', () => {
    const level = new CommonLevel();
    for (let k = 0; k < 50_000; k++) level.learn(0);
    level.learn(0.5);
    expect(level.value).toBeGreaterThan(0);
    expect(level.value).toBeLessThan(0.1);
  });

  it('is not carried away by a single time', () => {
    const level = new CommonLevel();
    level.learn(20);
    expect(level.value).toBeLessThan(0.1);
  });
});

describe('a forecast in a deployment where everything has become slow', () => {
  const ofDag = (dagId: string, facts: readonly AnyFact[]): AnyFact[] =>
    facts.map((row) => ({ ...row, fact: { ...row.fact, dagId } }) as AnyFact);
  const planned = subject({ stage: 'planned', runId: null, runAfter: NOW });
  /** A DAG that has run before, and `factor` times as long every ten minutes of the last three hours. */
  const busy = (dagId: string, factor: number): AnyFact[] => {
    const tasks = { extract: 40 * factor, load: 60 * factor };
    const late = Array.from({ length: 18 }, (_, k) =>
      chainRun({ runId: `late ${k}`, at: NOW - 3 * HOUR + k * 600, tasks }),
    ).flat();
    return ofDag(dagId, [...hourlyRuns(RUNS - 4, { extract: 40, load: 60 }), ...late]);
  };
  const median = (factor: number, until = Infinity): number => {
    const own = hourlyRuns(RUNS - 4, TASKS);
    const facts = [...own, ...busy('other', factor), ...busy('third', factor)];
    const seen = facts.filter(({ fact }) => fact.eventTime < until);
    return foldAt(seen, NOW).forecast(planned, NOW)!.endQuantiles[1] - NOW;
  };

  it('knows it from other DAGs, before the DAG itself has run again', () => {
    expect(median(1)).toBeGreaterThan(430);
    expect(median(1)).toBeLessThan(510);
    expect(median(3)).toBeGreaterThan(1.8 * median(1));
  });

  it('knows nothing of what has not happened yet', () => {
    const before = NOW - 3 * HOUR;
    expect(median(3, before)).toBe(median(1, before));
  });
});

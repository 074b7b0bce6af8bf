import { describe, expect, it } from 'vitest';
import { KeptTries, TASKS_KEPT } from '../../../serving/live/kept-tries.js';

/** Offers tries `[task, risk, under way]` of DAG 0; the vector of each is its position. */
function keep(tries: readonly (readonly [taskId: string, risk: number, isUnderWay?: boolean])[]): {
  kept: KeptTries;
  tasks: string[];
} {
  const kept = new KeptTries([tries.length, 0], 1);
  tries.forEach(([taskId, risk, isUnderWay = false], index) => {
    kept.offer(0, { index, taskId, risk, isUnderWay }, Float32Array.of(7, index), 1);
  });
  return { kept, tasks: tries.filter((_, index) => kept.rowOf(0, index) >= 0).map(([taskId]) => taskId) };
}

describe('tries kept for explanations', () => {
  it('are those of the riskiest tasks, with their vectors', () => {
    const { kept, tasks } = keep([
      ['a', 0.1],
      ['b', 0.4],
      ['c', 0.2],
      ['d', 0.3],
      ['e', 0.05],
    ]);
    expect(tasks).toEqual(['b', 'c', 'd']);
    for (const index of [1, 2, 3]) expect(kept.vectors[kept.rowOf(0, index)]).toBe(index);
    expect(kept.rowOf(1, 1)).toBe(-1);
  });

  it('are the riskiest instance of a task, the first of equals', () => {
    const { kept } = keep([
      ['mapped', 0.3],
      ['mapped', 0.5],
      ['mapped', 0.5],
      ['mapped', 0.4],
    ]);
    expect([0, 1, 2, 3].map((index) => kept.rowOf(0, index))).toEqual([-1, 0, -1, -1]);
    expect(kept.vectors[0]).toBe(1);
  });

  it('are of the run under way before others', () => {
    const { tasks } = keep([
      ['a', 0.9],
      ['b', 0.8],
      ['c', 0.7],
      ['running', 0.1, true],
    ]);
    expect(tasks).toEqual(['a', 'b', 'running']);
  });

  it('are few', () => {
    const { tasks } = keep(Array.from({ length: 50 }, (_, i) => [`task ${i}`, i / 50] as const));
    expect(tasks).toHaveLength(TASKS_KEPT);
  });
});

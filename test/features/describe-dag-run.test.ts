import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { describeAspect } from '../../features/describe.js';
import { DAG_RUN_FEATURES } from '../../features/registry.js';
import type { DagRunSubject } from '../../features/types.js';
import { DAY, HOUR, START, dagRunFact, dagRunSubject, engineAt, taskFact, tryFact } from './support.js';

/** What raises or lowers the risk of a DAG run, by an aspect. */
function sayOfRun(
  aspect: string,
  way: 'raises' | 'lowers',
  facts: readonly AnyFact[],
  now: number,
  changes: Partial<DagRunSubject> = {},
): string {
  const engine = engineAt(facts, now);
  const vector = new Float32Array(engine.dagRunFeatures.length);
  engine.dagRunVector(dagRunSubject(changes), now, vector, 0);
  return describeAspect(aspect, way === 'raises' ? 1 : -1, DAG_RUN_FEATURES, vector).text;
}

describe('a DAG run', () => {
  const runs = (states: string): AnyFact[] =>
    states.split('').map((state, day) => {
      const at = START + day * DAY;
      return dagRunFact({
        runId: `day ${day}`,
        state: state === 'f' ? 'failed' : 'success',
        queuedAt: at,
        startedAt: at,
        endedAt: at + HOUR,
      });
    });

  it('is described by its history', () => {
    expect(sayOfRun('record', 'raises', [], START)).toBe('no earlier run of this DAG has ended');
    expect(sayOfRun('record', 'raises', runs('s'.repeat(40) + 'sfsf'), START + 44 * DAY)).toBe(
      'failed 2 of the last 4 runs, usually 1 in 20; its latest run failed, last success 2 days ago',
    );
  });

  it('is described by its progress', () => {
    const at = START + 10 * DAY;
    const underWay = [
      ...runs('ssssssss'),
      dagRunFact({ runId: 'next', state: 'running', queuedAt: at, startedAt: at, endedAt: null }),
      taskFact({ retries: 0 }),
      tryFact({ runId: 'next', state: 'failed', queuedAt: at, startedAt: at, endedAt: at + 60 }),
      tryFact({ runId: 'next', taskId: 'other', queuedAt: at, startedAt: at, endedAt: at + 60 }),
    ];
    expect(sayOfRun('run', 'raises', underWay, at + 3 * HOUR, { stage: 'running' })).toBe(
      '1 task has no try left; 1 of 2 tries failed so far',
    );
    const failedBefore = [1, 2, 3].flatMap((day) => {
      const its = { runId: `failed ${day}`, state: 'failed', queuedAt: START + day * DAY } as const;
      const times = { startedAt: its.queuedAt, endedAt: its.queuedAt + 60 };
      return [dagRunFact({ ...its, ...times }), tryFact({ ...its, ...times })];
    });
    expect(sayOfRun('run', 'raises', [...failedBefore, ...underWay], at + HOUR, { stage: 'running' })).toBe(
      'after such a failure its runs failed almost always (3 runs); 1 task has no try left',
    );
    expect(sayOfRun('task_risk', 'raises', underWay, at + HOUR, { stage: 'running' })).toMatch(
      /^1 of its 2 tasks failed last time/,
    );
    expect(sayOfRun('run', 'lowers', runs('s'), at)).toBe('the run so far: no single number stands out');
  });

  it('is described by how long its latest runs took, also before it begins', () => {
    const lasting = (hours: number, day: number) => {
      const at = START + day * DAY;
      const times = { queuedAt: at, startedAt: at, endedAt: at + hours * HOUR };
      return dagRunFact({ runId: `day ${day}`, ...times });
    };
    const slower = [...Array<number>(20).fill(1), 6, 6, 6].map(lasting);
    expect(sayOfRun('duration', 'raises', slower, START + 30 * DAY)).toBe(
      'its latest successful runs took 2.8x the usual 77 minutes',
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { isEvidenceThin } from '../../features/suggestions.js';
import { TRY_FEATURES } from '../../features/registry.js';
import type { DagRunSubject, TrySubject } from '../../features/types.js';
import {
  DAY,
  HOUR,
  START,
  dagRunFact,
  dagRunFeatures,
  dagRunSubject,
  engineAt,
  tryFact,
  tryFeatures,
  trySubject,
} from './support.js';

const NOW = START + 30 * DAY;

interface Kind {
  readonly dagId: string;
  readonly operator?: string | null;
  readonly runType?: string | null;
  /** Of ten tries, how many fail. */
  readonly failing: number;
}

/** A run a day for 20 days, of one try each, and as a DAG run of its own. */
function history({ dagId, operator = 'BashOperator', runType = 'scheduled', failing }: Kind): AnyFact[] {
  return Array.from({ length: 20 }, (_, day) => {
    const at = START + day * DAY;
    const its = { dagId, runId: `${dagId} ${day}`, runType, queuedAt: at, startedAt: at, endedAt: at + HOUR };
    const state = day % 10 < failing ? 'failed' : 'success';
    return [tryFact({ ...its, taskId: 'task', operator, state }), dagRunFact({ ...its, state })];
  }).flat();
}

function shiftOf(facts: readonly AnyFact[], changes: Partial<TrySubject> = {}): number {
  const subject = trySubject({ dagId: 'new', queuedAt: NOW, ...changes });
  return tryFeatures(engineAt(facts, NOW), subject, NOW)('task__starting_shift__now');
}

function runShiftOf(facts: readonly AnyFact[], changes: Partial<DagRunSubject> = {}): number {
  const subject = dagRunSubject({ dagId: 'new', queuedAt: NOW, ...changes });
  return dagRunFeatures(engineAt(facts, NOW), subject, NOW)('dag_run__starting_shift__now');
}

const operators = [
  ...history({ dagId: 'bad', operator: 'SparkOperator', failing: 6 }),
  ...history({ dagId: 'good', operator: 'EmptyOperator', failing: 0 }),
];
const schedules = [
  ...history({ dagId: 'bad', runType: 'manual', failing: 6 }),
  ...history({ dagId: 'good', runType: 'scheduled', failing: 0 }),
];

describe('where a new task starts from', () => {
  it('is above the historical rate for an operator that fails often, and below for one that does not', () => {
    expect(shiftOf(operators, { operator: 'SparkOperator' })).toBeGreaterThan(0.1);
    expect(shiftOf(operators, { operator: 'EmptyOperator' })).toBeLessThan(-0.1);
  });

  it('is above it for a kind of schedule that fails often, and below for one that does not', () => {
    expect(shiftOf(schedules, { runType: 'manual' })).toBeGreaterThan(0.1);
    expect(shiftOf(schedules, { runType: 'scheduled' })).toBeLessThan(-0.1);
    expect(runShiftOf(schedules, { runType: 'manual' })).toBeGreaterThan(0.1);
    expect(runShiftOf(schedules, { runType: 'scheduled' })).toBeLessThan(-0.1);
  });

  it('adds up what operator and schedule tell', () => {
    const both = [
      ...history({ dagId: 'a', operator: 'SparkOperator', runType: 'manual', failing: 6 }),
      ...history({ dagId: 'b', operator: 'SparkOperator', failing: 3 }),
      ...history({ dagId: 'c', operator: 'EmptyOperator', runType: 'manual', failing: 3 }),
      ...history({ dagId: 'd', operator: 'EmptyOperator', failing: 0 }),
    ];
    const one = shiftOf(both, { operator: 'SparkOperator', runType: null });
    expect(shiftOf(both, { operator: 'SparkOperator', runType: 'manual' })).toBeGreaterThan(one + 0.05);
    expect(shiftOf(both, { operator: 'EmptyOperator', runType: 'manual' })).toBeLessThan(one);
  });

  it('is the historical rate where operator and schedule are not known, or tell nothing', () => {
    expect(shiftOf([], { operator: 'SparkOperator' })).toBe(0);
    expect(runShiftOf([])).toBe(0);
    expect(shiftOf(operators, { operator: 'never seen', runType: 'never seen' })).toBe(0);
    expect(shiftOf(operators, { operator: null, runType: null })).toBe(0);
    expect(shiftOf(operators, { deployment: 'elsewhere', operator: 'SparkOperator' })).toBe(0);
    expect(shiftOf(history({ dagId: 'only', failing: 4 }))).toBe(0);
    expect(runShiftOf(history({ dagId: 'only', failing: 4 }))).toBe(0);
  });

  it('fades with outcomes of its own', () => {
    const of = (count: number): number => {
      const own = history({ dagId: 'new', operator: 'SparkOperator', failing: 3 }).slice(40 - 2 * count);
      return shiftOf([...operators, ...own], { operator: 'SparkOperator' });
    };
    const shifts = [0, 2, 5, 20].map(of);
    expect(shifts).toEqual([...shifts].sort((a, b) => b - a));
    expect(shifts[3]).toBeGreaterThan(0);
    expect(shifts[3]).toBeLessThan(shifts[0]! / 20);
  });

  it('leaves a task without a history one of thin evidence', () => {
    const vector = new Float32Array(TRY_FEATURES.length);
    const subject = trySubject({ dagId: 'new', operator: 'SparkOperator', queuedAt: NOW });
    engineAt(operators, NOW).tryVector(subject, NOW, vector, 0);
    expect(isEvidenceThin(TRY_FEATURES, vector)).toBe(true);
  });
});

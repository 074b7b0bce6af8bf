import { expect, it } from 'vitest';
import { runKey } from '../../../features/row-keys.js';
import { findFailureTimes, indexRuns } from '../../../model/backtest/run-history.js';
import type { ReplayedVectors, RowSubject } from '../../../features/vector-store.js';

interface Row extends Partial<RowSubject> {
  readonly at: number;
  readonly end: number;
  readonly failed: boolean;
}

function vectorsOf(rows: readonly Row[]): ReplayedVectors {
  const subjects = rows.map(({ runId = 'run', taskId = '', mapIndex = -1, tryNumber = 1 }) => ({
    ...{ deployment: 'default', dagId: 'dag', runId, taskId, mapIndex, tryNumber },
  }));
  return {
    rows: rows.length,
    labels: Uint8Array.from(rows, ({ failed }) => (failed ? 1 : 0)),
    decidedAt: Float64Array.from(rows, ({ at }) => at),
    labelKnownAt: Float64Array.from(rows, ({ end }) => end),
    subject: (row: number) => subjects[row]!,
  } as ReplayedVectors;
}

const tries = vectorsOf([
  { taskId: 'retried', at: 0, end: 10, failed: true },
  { taskId: 'retried', tryNumber: 2, at: 20, end: 30, failed: false },
  { taskId: 'mapped', mapIndex: 0, at: 0, end: 50, failed: true },
  { taskId: 'mapped', mapIndex: 1, at: 0, end: 70, failed: true },
  { taskId: 'mapped', mapIndex: 1, tryNumber: 2, at: 80, end: 90, failed: true },
  { runId: 'other', taskId: 'mapped', at: 0, end: 5, failed: true },
]);
const key = runKey({ deployment: 'default', dagId: 'dag', runId: 'run' });

it('a run failed when the last try of a task instance failed, not when a retry was still to come', () => {
  expect(findFailureTimes(tries, new Set([key]))).toEqual(new Map([[key, 50]]));
});

it('runs are created with their first row, and fail no later than they end', () => {
  const { runs, numbers } = indexRuns(
    vectorsOf([
      { at: 0, end: 100, failed: true },
      { runId: 'fine', at: 1, end: 60, failed: false },
      { at: 40, end: 100, failed: true },
      { runId: 'timed out', at: 50, end: 99, failed: true },
    ]),
    tries,
  );
  expect(
    runs.map(({ runId, createdAt, endedAt, failedAt }) => [runId, createdAt, endedAt, failedAt]),
  ).toEqual([
    ['run', 0, 100, 50],
    ['fine', 1, 60, null],
    ['timed out', 50, 99, 99],
  ]);
  expect(numbers.get(key)).toBe(0);
});

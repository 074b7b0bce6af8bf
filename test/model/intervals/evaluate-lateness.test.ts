import { expect, it } from 'vitest';
import { simulate } from '../../../datasets/simulator/index.js';
import { evaluateLateness } from '../../../model/intervals/evaluate-lateness.js';
import { lateLabel } from '../../../model/intervals/naive-times.js';
import { batches, dagRunFact, inOrder, recordedFacts, START, tryFact } from '../../features/support.js';
import { hourlyRuns, HOUR } from './support.js';

/** Simulated tries, each run with a run fact. */
function simulatedFacts(dags: number, days: number) {
  const runs = new Map<
    string,
    { first: number; last: number; failed: boolean; dagId: string; runId: string }
  >();
  const tries = [...simulate({ seed: 3, dags, days })];
  for (const made of tries) {
    const key = `${made.dagId} ${made.runId}`;
    const first = made.queuedAt ?? made.startedAt!;
    const known = runs.get(key) ?? { first, last: 0, failed: false, dagId: made.dagId, runId: made.runId };
    known.first = Math.min(known.first, first);
    known.last = Math.max(known.last, made.endedAt!);
    known.failed ||= made.state === 'failed';
    runs.set(key, known);
  }
  return inOrder([
    ...[...runs.values()].map(({ first, last, failed, dagId, runId }) =>
      dagRunFact({
        dagId,
        runId,
        state: failed ? 'failed' : 'success',
        runAfter: first,
        queuedAt: first,
        startedAt: first,
        endedAt: last,
      }),
    ),
    ...tries.map((made) => tryFact(made)),
  ]);
}

it('holds nominal 80 % intervals on simulated runs, and beats earlier durations while they run', async () => {
  const { runs, stages } = await evaluateLateness(batches(simulatedFacts(20, 20)));
  expect(runs).toBeGreaterThan(1500);
  for (const stage of [stages.planned, stages.queued, stages.running]) {
    expect(stage.intervals.coverage).toBeGreaterThan(0.77);
    expect(stage.intervals.coverage).toBeLessThan(0.84);
    // Before a run begins, its DAG's earlier durations tell nearly all there is to tell.
    expect(stage.intervals.pinball_seconds).toBeLessThan(1.03 * stage.naive.pinball_seconds!);
  }
  const { late, intervals, naive } = stages.running;
  expect(intervals.pinball_seconds).toBeLessThan(0.95 * naive.pinball_seconds!);
  expect(late.late).toBeGreaterThan(30);
  expect(late.model.average_precision).toBeGreaterThan(late.historical_rate.average_precision!);
  expect(late.model.brier).toBeLessThan(late.historical_rate.brier!);
});

it('counts only forecasts from a time on', async () => {
  const facts = hourlyRuns(40, { a: 100, b: 50 });
  const { runs, stages } = await evaluateLateness(batches(inOrder(facts)), { testFrom: START + 30 * HOUR });
  // The last run has ended, but no later moment is known at which that was learnt.
  expect(runs).toBe(9);
  expect(stages.queued.runs).toBe(9);
  expect((await evaluateLateness([])).stages.queued.intervals.coverage).toBeNull();
});

it('knows pools and their hours on the recording', async () => {
  const { stages } = await evaluateLateness(batches(recordedFacts()));
  expect(stages.queued.runs).toBeGreaterThan(2000);
  expect(stages.queued.intervals.coverage).toBeGreaterThan(0.76);
  expect(stages.queued.intervals.coverage).toBeLessThan(0.84);
  expect(stages.queued.late.model.brier).toBeLessThan(stages.queued.late.historical_rate.brier!);
  // Its days of overload show in every DAG, before each has run: a DAG's own earlier durations cannot tell.
  const { intervals, naive } = stages.planned;
  expect(intervals.pinball_seconds).toBeLessThan(0.7 * naive.pinball_seconds!);
});

it('labels a run late when it is unfinished at its deadline, and not at all when it failed before', () => {
  const deadline = { at: 100, source: 'learnt' } as const;
  expect(lateLabel(deadline, 101, false)).toBe(1);
  expect(lateLabel(deadline, 101, true)).toBe(1);
  expect(lateLabel(deadline, 100, false)).toBe(0);
  expect(lateLabel(deadline, 99, true)).toBeNull();
  expect(lateLabel(null, 99, false)).toBeNull();
});

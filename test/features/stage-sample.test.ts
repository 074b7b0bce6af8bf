import { expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { tryLabel } from '../../core/facts.js';
import { replayTries } from '../../features/replay.js';
import { firstRowAt, sliceRows } from '../../features/slice-rows.js';
import type { StageSample, StageSampleOptions } from '../../features/stage-sample.js';
import {
  STAGE_PLANNED,
  STAGE_RETRYING,
  STAGE_RUNNING,
  type ReplayedVectors,
} from '../../features/vector-store.js';
import { batches, bits, DAY, dagRunFact, HOUR, inOrder, recordedFacts, START, tryFact } from './support.js';

async function sampled(
  facts: readonly AnyFact[],
  stages: StageSampleOptions = { from: -Infinity, laterFrom: -Infinity, tryShare: 1 },
): Promise<StageSample> {
  return (await replayTries(batches(inOrder(facts)), { stages })).stages!;
}

function rows(vectors: ReplayedVectors) {
  return Array.from({ length: vectors.rows }, (_, row) => ({
    run: vectors.subject(row).runId,
    task: vectors.subject(row).taskId,
    try: vectors.subject(row).tryNumber,
    stage: vectors.stages[row],
    at: vectors.decidedAt[row]! - START,
    label: vectors.labels[row],
  }));
}

/** The first days of the recording. */
const recorded = recordedFacts().filter(({ fact }) => fact.eventTime < START + 16 * DAY);

/** Daily runs of one task that takes three hours. */
function daily(days: number, failedDay: number): AnyFact[] {
  return Array.from({ length: days }, (_, day) => {
    const at = START + day * DAY;
    const state = day === failedDay ? 'failed' : 'success';
    const times = { queuedAt: at, startedAt: at + 60, endedAt: at + 3 * HOUR };
    const run = { runId: `run ${day}` };
    return [dagRunFact({ ...run, ...times, state }), tryFact({ ...run, ...times, state })];
  }).flat();
}

it('describes runs and their tries half an hour before they are created, except the first', async () => {
  const { tries, dagRuns } = await sampled(daily(4, 2));
  expect(rows(dagRuns).map(({ run, at, label }) => [run, at, label])).toEqual([
    ['run 1', DAY - HOUR / 2, 0],
    ['run 2', 2 * DAY - HOUR / 2, 1],
    ['run 3', 3 * DAY - HOUR / 2, 0],
  ]);
  expect(dagRuns.labelKnownAt[1]).toBe(START + 2 * DAY + 3 * HOUR);
  const column = dagRuns.features.indexOf('dag_run__is_planned__now');
  expect(dagRuns.values[column]).toBe(1);
  expect(rows(tries).filter(({ stage }) => stage === STAGE_PLANNED)).toEqual(
    [1, 2, 3].map((day) => ({
      ...{ run: `run ${day}`, task: 'task', try: 1, stage: STAGE_PLANNED },
      at: day * DAY - HOUR / 2,
      label: day === 2 ? 1 : 0,
    })),
  );
});

it('is at most halfway back to the run before', async () => {
  const runs = [0, 600, 900].map((after, k) =>
    dagRunFact({
      runId: `run ${k}`,
      queuedAt: START + after,
      startedAt: START + after,
      endedAt: START + after + 60,
    }),
  );
  const { dagRuns } = await sampled(runs);
  expect(rows(dagRuns).map(({ at }) => at)).toEqual([300, 750]);
});

it('describes a running try only while it runs, at a moment that its outcome has no part in', async () => {
  const { tries } = await sampled(daily(60, 7));
  const running = rows(tries).filter(({ stage }) => stage === STAGE_RUNNING);
  expect(running).toHaveLength(60);
  const seconds = running.map(({ at }) => (at % DAY) - 60);
  expect(new Set(seconds)).toEqual(new Set([1, 8, 64, 512, 4096]));
  expect(running.filter(({ label }) => label === 1).map(({ run }) => run)).toEqual(['run 7']);
  const short = Array.from({ length: 20 }, (_, day) => {
    const at = START + day * DAY;
    return tryFact({ runId: `run ${day}`, queuedAt: at, startedAt: at, endedAt: at + 0.5 });
  });
  expect((await sampled(short)).tries.rows).toBe(0);
});

it('describes a retry once the failure before it is visible', async () => {
  const first = { queuedAt: START, startedAt: START, endedAt: START + 0.5 };
  const second = { queuedAt: START + 300, startedAt: START + 300, endedAt: START + 300.5 };
  const { tries } = await sampled([
    tryFact({ ...first, state: 'up_for_retry' }),
    tryFact({ ...second, state: 'failed', tryNumber: 2 }),
    tryFact({ ...first, taskId: 'other', state: 'failed' }),
  ]);
  expect(rows(tries)).toEqual([
    { run: 'run', task: 'task', try: 2, stage: STAGE_RETRYING, at: 1.5, label: 1 },
  ]);
});

it('gives tries of the recording the labels that they got, and no earlier moment than asked for', async () => {
  const facts = recorded;
  const outcomes = new Map(
    facts.flatMap((row) => {
      if (row.kind !== 'try') return [];
      const { runId, taskId, mapIndex, tryNumber, dagId, state } = row.fact;
      return [[JSON.stringify([dagId, runId, taskId, mapIndex, tryNumber]), tryLabel(state)] as const];
    }),
  );
  const from = START + 13 * DAY;
  const { tries, dagRuns } = await sampled(facts, { from, laterFrom: from, tryShare: 1 });
  expect(new Set(tries.stages)).toEqual(new Set([STAGE_PLANNED, STAGE_RUNNING, STAGE_RETRYING]));
  for (let row = 0; row < tries.rows; row++) {
    const { dagId, runId, taskId, mapIndex, tryNumber } = tries.subject(row);
    expect(tries.labels[row]).toBe(outcomes.get(JSON.stringify([dagId, runId, taskId, mapIndex, tryNumber])));
    expect(tries.labelKnownAt[row]).toBeGreaterThanOrEqual(tries.decidedAt[row]!);
  }
  for (const vectors of [tries, dagRuns]) {
    expect(vectors.decidedAt[0]).toBeGreaterThanOrEqual(from);
    expect(Array.from(vectors.decidedAt)).toEqual(Array.from(vectors.decidedAt).sort((a, b) => a - b));
  }
  const some = await sampled(facts, { from, laterFrom: from, tryShare: 0.3, runShare: 0.3 });
  expect(some.tries.rows / tries.rows).toBeGreaterThan(0.2);
  expect(some.tries.rows / tries.rows).toBeLessThan(0.4);
  expect(some.dagRuns.rows / dagRuns.rows).toBeGreaterThan(0.2);
  expect(some.dagRuns.rows / dagRuns.rows).toBeLessThan(0.4);
  const calm = await sampled(facts, { from, tryShare: 1 });
  expect(new Set(calm.tries.stages)).toEqual(new Set([STAGE_PLANNED]));
});

it('facts that become visible later change no earlier vector, and taking the sample changes no other', async () => {
  const facts = recorded.filter(({ kind }) => kind !== 'task');
  const until = START + 13 * DAY;
  const first = facts.filter(({ fact }) => fact.eventTime < until);
  const text = (vectors: ReplayedVectors): string[] =>
    Array.from({ length: vectors.rows }, (_, row) => {
      const width = vectors.features.length;
      const who = `${vectors.decidedAt[row]} ${vectors.stages[row]} ${JSON.stringify(vectors.subject(row))}`;
      return `${who} ${bits(vectors.values, row * width, (row + 1) * width)}`;
    });
  const stages = { from: -Infinity, laterFrom: -Infinity, tryShare: 1 };
  const whole = await replayTries(batches(facts), { stages });
  const partly = await sampled(first);
  const settled = (vectors: ReplayedVectors): ReplayedVectors =>
    sliceRows(vectors, 0, firstRowAt(vectors, until - DAY));
  const all = new Set(text(whole.stages!.tries));
  const part = text(settled(partly.tries));
  expect(part.length).toBeGreaterThan(100);
  expect(part.filter((row) => !all.has(row))).toEqual([]);
  const plain = await replayTries(batches(facts));
  expect(plain.stages).toBeNull();
  expect(bits(whole.tries.values)).toBe(bits(plain.tries.values));
  expect(bits(whole.dagRuns.values)).toBe(bits(plain.dagRuns.values));
});

import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import { compareDecisions } from '../../core/fact-log/decision-order.js';
import { tryLabel } from '../../core/facts.js';
import { replayTries, type Replay, type ReplayOptions } from '../../features/replay.js';
import {
  DAY,
  HOUR,
  START,
  batches,
  dagRunFact,
  inOrder,
  liveTryFacts,
  observation,
  recordedFacts,
  tryFact,
} from './support.js';

const replay = (facts: readonly AnyFact[], options: ReplayOptions = {}): Promise<Replay> =>
  replayTries(batches(inOrder(facts)), options);

const column = (name: string, { tries, dagRuns }: Replay, kind: 'tries' | 'dagRuns' = 'tries'): number[] => {
  const vectors = kind === 'tries' ? tries : dagRuns;
  const at = vectors.features.indexOf(name);
  return Array.from(
    { length: vectors.rows },
    (_, row) => vectors.values[row * vectors.features.length + at]!,
  );
};

describe('tries', () => {
  it('describes each labelled, ended try once, in the order of a backtest', async () => {
    const facts = recordedFacts();
    const { tries, facts: count, events } = await replay(facts);
    const labelled = facts
      .flatMap((row) => (row.kind === 'try' ? [row.fact] : []))
      .filter((fact) => tryLabel(fact.state) !== null && (fact.queuedAt ?? fact.startedAt) !== null)
      .sort(compareDecisions);
    expect(count).toBe(facts.length);
    expect(events).toBeGreaterThan(facts.length);
    expect(tries.rows).toBe(labelled.length);
    labelled.forEach((fact, row) => {
      const { deployment, dagId, runId, taskId, mapIndex, tryNumber } = fact;
      expect(tries.subject(row)).toEqual({ deployment, dagId, runId, taskId, mapIndex, tryNumber });
      expect(tries.decidedAt[row]).toBe(fact.queuedAt ?? fact.startedAt);
      expect(tries.labels[row]).toBe(tryLabel(fact.state));
      expect(tries.labelKnownAt[row]).toBe(fact.endedAt);
    });
  });

  it('leaves out what carries no label or has not ended', async () => {
    const { tries } = await replay([
      tryFact({ taskId: 'a', state: 'killed' }),
      tryFact({ taskId: 'b', state: 'upstream_failed', queuedAt: null, startedAt: null }),
      tryFact({ taskId: 'c', state: 'running', endedAt: null }),
      tryFact({ taskId: 'd', state: 'up_for_retry' }),
      ...liveTryFacts(observation({ taskId: 'e', state: 'skipped' }), 1),
      ...liveTryFacts(observation({ taskId: 'f', state: 'failed' }), 1),
      ...liveTryFacts(observation({ taskId: 'g', endedAt: null }), 1),
    ]);
    expect(Array.from({ length: tries.rows }, (_, row) => tries.subject(row).taskId)).toEqual(['d', 'f']);
    expect(Array.from(tries.labels)).toEqual([1, 1]);
    expect(Array.from(tries.labelKnownAt)).toEqual([START + 10, START + 11]);
  });

  it('sees nothing of its own moment: tries queued together know nothing of each other', async () => {
    const at = { queuedAt: START, startedAt: START, endedAt: START };
    const result = await replay(['a', 'b', 'c'].map((taskId) => tryFact({ ...at, taskId, state: 'failed' })));
    expect(column('run__open__now', result)).toEqual([0, 0, 0]);
    expect(column('dag__failures__last_30', result)).toEqual([0, 0, 0]);
    const next = await replay([
      tryFact({ ...at, state: 'failed' }),
      tryFact({ runId: 'next', queuedAt: START + 1, startedAt: null, endedAt: START + 2 }),
    ]);
    expect(Array.from(next.tries.lastOutcome)).toEqual([NaN, 1]);
    expect(Array.from(next.tries.afterSuccess)).toEqual([0, 0]);
  });

  it('knows an outcome only once it ended, of any map index', async () => {
    const slow = tryFact({ runId: 'slow', mapIndex: 3, state: 'failed', endedAt: START + 5 * HOUR });
    const first = tryFact({
      runId: 'quick',
      mapIndex: 0,
      queuedAt: START + HOUR,
      startedAt: null,
      endedAt: START + HOUR + 5,
    });
    const later = [2, 6].map((hour) =>
      tryFact({
        runId: `at ${hour}`,
        mapIndex: 1,
        queuedAt: START + hour * HOUR,
        startedAt: null,
        endedAt: START + hour * HOUR + 1,
      }),
    );
    const { tries } = await replay([slow, first, ...later]);
    expect(Array.from(tries.lastOutcome)).toEqual([NaN, NaN, 0, 1]);
    expect(Array.from(tries.afterSuccess)).toEqual([0, 0, 1, 0]);
  });

  it('describes a try first heard of late as of its queueing, and one heard of very late not earlier than the rest', async () => {
    const [queued, started, ended] = liveTryFacts(observation(), 600);
    const failed = tryFact({
      taskId: 'task',
      runId: 'before',
      queuedAt: START - DAY,
      startedAt: null,
      endedAt: START + 300,
      state: 'failed',
    });
    const within = await replay([queued!, started!, ended!, failed]);
    expect(Array.from(within.tries.decidedAt)).toEqual([START - DAY, START]);
    expect(within.tries.lastOutcome[1]).toBeNaN();
    const between = tryFact({
      taskId: 'between',
      queuedAt: START + 599,
      startedAt: null,
      endedAt: null,
      state: 'queued',
    });
    const beyond = await replay([queued!, started!, ended!, failed, between], { lookaheadSeconds: 60 });
    expect(Array.from(beyond.tries.decidedAt)).toEqual([START - DAY, START + 539]);
    expect(beyond.tries.lastOutcome[1]).toBe(1);
  });

  it('describes a try once when its queueing becomes known after its start', async () => {
    const [, started, ended] = liveTryFacts(observation(), 5);
    const unqueued = { kind: 'try' as const, fact: { ...started!.fact, queuedAt: null } };
    const both = { kind: 'try' as const, fact: { ...ended!.fact, newPhases: 5 } };
    const { tries } = await replay([unqueued, both]);
    expect(Array.from(tries.decidedAt)).toEqual([START + 1]);
    expect(Array.from(tries.labels)).toEqual([0]);
  });

  it('keeps to its bound on rows', async () => {
    const facts = recordedFacts();
    const { tries } = await replay(facts, { maxTryRows: 4000, maxDagRunRows: 500 });
    const whole = await replay(facts);
    expect(tries.rows).toBeLessThanOrEqual(4000);
    const failures = (vectors: typeof tries): number => vectors.labels.reduce((sum, label) => sum + label, 0);
    expect(failures(tries)).toBe(failures(whole.tries));
    const weight = tries.weights.reduce((sum, each) => sum + each, 0);
    expect(Math.abs(weight / whole.tries.rows - 1)).toBeLessThan(0.1);
  });

  it('describes only what is wanted, from all facts', async () => {
    const facts = recordedFacts().slice(0, 2000);
    const whole = await replay(facts);
    const some = await replay(facts, {
      isWanted: (fact) => (fact.queuedAt ?? fact.startedAt)! > whole.tries.decidedAt[1000]!,
    });
    expect(some.tries.rows).toBeLessThan(whole.tries.rows);
    expect(some.tries.historicalRate.at(-1)).toBe(whole.tries.historicalRate.at(-1));
  });

  it('gives nothing for an empty log', async () => {
    const { tries, dagRuns, lastEventAt } = await replay([]);
    expect([tries.rows, dagRuns.rows, lastEventAt]).toEqual([0, 0, -Infinity]);
  });

  it('tells how far it has come, and stops when told to', async () => {
    const told: number[] = [];
    const facts = [tryFact(), tryFact({ taskId: 'b' })];
    await replayTries(batches(facts, 1), { onProgress: ({ done }) => told.push(done), totalFacts: 2 });
    expect(told).toEqual([1, 2]);
    await expect(replay(facts, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('DAG runs', () => {
  it('are described when queued and at a few later moments, with the state that Airflow told', async () => {
    const facts = recordedFacts();
    const { dagRuns } = await replay(facts);
    const states = new Map(
      facts.flatMap((row) =>
        row.kind === 'dag_run' ? [[`${row.fact.dagId} ${row.fact.runId}`, row.fact]] : [],
      ),
    );
    const queued = new Map<string, number>();
    const running = new Map<string, number>();
    for (let row = 0; row < dagRuns.rows; row++) {
      const { dagId, runId } = dagRuns.subject(row);
      const fact = states.get(`${dagId} ${runId}`)!;
      expect(dagRuns.labels[row]).toBe(fact.state === 'failed' ? 1 : 0);
      expect(dagRuns.labelKnownAt[row]).toBe(fact.endedAt);
      expect(dagRuns.decidedAt[row]!).toBeLessThan(fact.endedAt!);
      const count = dagRuns.stages[row] === 0 ? queued : running;
      count.set(`${dagId} ${runId}`, (count.get(`${dagId} ${runId}`) ?? 0) + 1);
      if (dagRuns.stages[row] === 0) expect(dagRuns.decidedAt[row]).toBe(fact.queuedAt);
    }
    const ended = [...states.values()].filter(({ state }) => state === 'success' || state === 'failed');
    expect(queued.size).toBe(ended.length);
    expect(Math.max(...queued.values())).toBe(1);
    expect(running.size).toBeGreaterThan(ended.length * 0.3);
    expect(Math.max(...running.values())).toBeLessThan(12);
    const decided = Array.from(dagRuns.decidedAt);
    expect(decided).toEqual([...decided].sort((a, b) => a - b));
  });

  it('are derived from their tries where no fact tells of them: failed when the last try of any task failed', async () => {
    const run = (
      runId: string,
      day: number,
      tries: readonly (readonly [
        taskId: string,
        tryNumber: number,
        state: 'success' | 'failed' | 'up_for_retry',
      ])[],
    ): AnyFact[] =>
      tries.map(([taskId, tryNumber, state]) => {
        const queuedAt = START + day * DAY + tryNumber * HOUR;
        return tryFact({
          runId,
          taskId,
          tryNumber,
          state,
          queuedAt,
          startedAt: queuedAt,
          endedAt: queuedAt + 60,
        });
      });
    const result = await replay([
      ...run('good', 0, [
        ['a', 1, 'success'],
        ['b', 1, 'success'],
      ]),
      ...run('bad', 1, [
        ['a', 1, 'failed'],
        ['b', 1, 'success'],
      ]),
      ...run('saved', 2, [
        ['a', 1, 'up_for_retry'],
        ['a', 2, 'success'],
        ['b', 1, 'success'],
      ]),
      ...run('last', 3, [['a', 1, 'success']]),
    ]);
    const { dagRuns } = result;
    const queued = Array.from({ length: dagRuns.rows }, (_, row) => row).filter(
      (row) => dagRuns.stages[row] === 0,
    );
    expect(queued.map((row) => [dagRuns.subject(row).runId, dagRuns.labels[row]])).toEqual([
      ['good', 0],
      ['bad', 1],
      ['saved', 0],
      ['last', 0],
    ]);
    // Between its tries a run is under way only where a retry is due.
    const running = Array.from({ length: dagRuns.rows }, (_, row) => row).filter(
      (row) => dagRuns.stages[row] === 1,
    );
    expect(running.map((row) => [dagRuns.subject(row).runId, dagRuns.labels[row]])).toContainEqual([
      'saved',
      0,
    ]);
    expect(running.every((row) => !['good', 'last'].includes(dagRuns.subject(row).runId))).toBe(true);
    // Only the run after tells that a run is over.
    expect(queued.map((row) => dagRuns.lastOutcome[row])).toEqual([NaN, NaN, 0, 1]);
    expect(queued.map((row) => column('dag_run__failures__last_4', result, 'dagRuns')[row])).toEqual([
      0, 0, 0, 1,
    ]);
  });

  it('without an outcome are left out', async () => {
    const { dagRuns } = await replay([
      dagRunFact({ runId: 'open', state: 'running', endedAt: null }),
      dagRunFact({ runId: 'done', queuedAt: START + 1 }),
      tryFact({ dagId: 'other', runId: 'open', state: 'running', endedAt: null }),
    ]);
    expect(Array.from({ length: dagRuns.rows }, (_, row) => dagRuns.subject(row).runId)).toEqual(['done']);
  });
});

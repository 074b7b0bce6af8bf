import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../core/logger.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../../features/registry.js';
import type { DagRunSubject, TrySubject } from '../../../features/types.js';
import { ScoreWriter } from '../../../model/quality/score-writer.js';
import type { ServedScore } from '../../../model/quality/types.js';
import { vectorOf } from '../../../model/quality/score-store.js';
import { replayFacts } from '../../../serving/live/follow.js';
import { ScoreRecorder } from '../../../serving/live/score-recorder.js';
import { createScorer } from '../../../serving/live/scorer.js';
import type { CurrentDag } from '../../../serving/live/subjects.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { HOUR, hourlyHistory, ModelShelf, RateModel, START, writeHistory } from './fixtures.js';

let store: TemporaryDatabase;
beforeEach(async () => {
  store = await temporaryDatabase();
});
afterEach(async () => {
  await store.drop();
});

const bits = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');

interface StoredRow extends Record<string, unknown> {
  kind: 'try' | 'dag_run';
  dag_id: string;
  run_id: string | null;
  task_id: string;
  try_number: number;
  stage: string;
  risk: number;
  model_version: string;
  decided_at: number;
  vector: Buffer;
}

function matches(row: StoredRow, subject: TrySubject | DagRunSubject): boolean {
  const isSame = subject.dagId === row.dag_id && subject.runId === row.run_id && subject.stage === row.stage;
  if (!isSame || subject.kind !== row.kind) return false;
  return (
    subject.kind === 'dag_run' || (subject.taskId === row.task_id && subject.tryNumber === row.try_number)
  );
}

describe('scores stored live', () => {
  it('have the vectors that a replay of the whole log gives, bit for bit', async () => {
    const past = hourlyHistory('shaky', 60, (run) => run % 3 === 0);
    const other = hourlyHistory('steady', 60, () => false);
    await writeHistory(store.database, {
      dagIds: ['shaky', 'steady'],
      dagRuns: [...past.dagRuns, ...other.dagRuns],
      tries: [...past.tries, ...other.tries],
    });
    let now = START + 60 * HOUR - 300;
    const shelf = new ModelShelf();
    shelf.put(new RateModel('m1'));
    const sink = new ScoreWriter({
      database: store.database,
      clock: () => now,
      logger: silentLogger(),
      retentionDays: 30,
    });
    const scorer = createScorer({
      database: store.database,
      models: shelf,
      clock: () => now,
      wallClock: () => now,
      intervalSeconds: 3600,
      followSeconds: 3600,
      logger: silentLogger(),
      scoreSink: sink,
    });
    await scorer.start();
    // Three hours as a collector sees them: each run queued, running, ended, a minute and a half late.
    for (let run = 60; run < 63; run++) {
      for (const { after, state } of [
        { after: 6, state: 'queued' },
        { after: 60, state: 'running' },
        { after: 201, state: 'ended' },
      ] as const) {
        now = START + run * HOUR + after + 90;
        const news = ['shaky', 'steady'].map((dagId) => hourlyHistory(dagId, run + 1, (n) => n === 61));
        const hide = <T extends { startedAt: number | null; endedAt: number | null }>(of: T): T =>
          state === 'ended'
            ? of
            : {
                ...of,
                state,
                endedAt: null,
                startedAt: state === 'queued' ? null : of.startedAt,
              };
        await writeHistory(
          store.database,
          {
            dagRuns: news.map(({ dagRuns }) => hide(dagRuns.at(-1)!)),
            tries: news.map(({ tries }) => hide(tries.at(-1)!)),
          },
          now,
        );
        now += 5;
        await scorer.refresh();
        await scorer.refresh();
      }
    }
    await scorer.stop();
    await sink.close();
    expect(sink.status.dropped).toBe(0);

    const rows = await store.database.query<StoredRow>(
      `SELECT *, extract(epoch FROM decided_at)::float8 AS decided_at FROM score ORDER BY score_id`,
    );
    const stages = rows.map(({ kind, stage }) => `${kind} ${stage}`);
    expect(new Set(stages)).toEqual(
      new Set(['dag_run planned', 'dag_run queued', 'dag_run running', 'try queued', 'try running']),
    );
    // Two DAGs, three runs: queued and running once each, whatever number of rounds saw them.
    expect(stages.filter((stage) => stage === 'try running')).toHaveLength(6);
    expect(stages.filter((stage) => stage === 'dag_run queued')).toHaveLength(6);
    expect(stages.filter((stage) => stage === 'dag_run planned')).toHaveLength(8);

    for (const row of rows) {
      const replayed = await replayFacts(store.database, {
        lagSeconds: 0,
        timing: {},
        describeFrom: Infinity,
        now: row.decided_at,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      });
      const dag = replayed.subjects.current(row.decided_at).find(({ dagId }) => dagId === row.dag_id)!;
      const subject = [...dag.runs, ...dag.tries].find((each) => matches(row, each))!;
      const isTry = subject.kind === 'try';
      const vector = new Float32Array(isTry ? TRY_FEATURES.length : DAG_RUN_FEATURES.length);
      if (isTry) replayed.engine.tryVector(subject, row.decided_at, vector, 0);
      else replayed.engine.dagRunVector(subject, row.decided_at, vector, 0);
      expect(bits(vectorOf(row.vector)), `${row.kind} ${row.stage}`).toBe(bits(vector));
      const [risk] = await new RateModel('m1').predict(row.kind, vector, 1);
      expect(row).toMatchObject({ risk, model_version: 'm1' });
    }
  });
});

describe('what is stored', () => {
  const dag = (lastRun: string): CurrentDag =>
    ({ deployment: 'd', dagId: 'etl', outcomes: [{ runId: lastRun }] }) as unknown as CurrentDag;
  const subject = (changes: Partial<TrySubject>): TrySubject =>
    ({
      kind: 'try',
      stage: 'queued',
      deployment: 'd',
      dagId: 'etl',
      runId: 'r1',
      taskId: 'load',
      mapIndex: -1,
      tryNumber: 1,
      ...changes,
    }) as TrySubject;
  const plannedRun = {
    kind: 'dag_run',
    stage: 'planned',
    deployment: 'd',
    dagId: 'etl',
    runId: null,
  } as DagRunSubject;

  function recorder(hasRoom: () => boolean = () => true) {
    const taken: ServedScore[] = [];
    const made = new ScoreRecorder({
      offer: (score) => hasRoom() && taken.push(score) > 0,
      flush: () => undefined,
    });
    const roundAt = (now: number, lastRun: string, ...subjects: (TrySubject | DagRunSubject)[]): number => {
      const before = taken.length;
      made.begin([dag(lastRun)], now, 'm1');
      for (const each of subjects) made.record(each, 0.5, new Float32Array(TRY_FEATURES.length), 0);
      made.end();
      return taken.length - before;
    };
    const round = (lastRun: string, ...subjects: (TrySubject | DagRunSubject)[]): number =>
      roundAt(START, lastRun, ...subjects);
    return { taken, round, roundAt };
  }

  it('is one score per subject and stage', () => {
    const { round } = recorder();
    expect(round('r0', subject({}), subject({ taskId: 'b' }), subject({ mapIndex: 3 }))).toBe(3);
    expect(
      round('r0', subject({}), subject({ taskId: 'b', stage: 'running' }), subject({ mapIndex: 3 })),
    ).toBe(1);
    expect(
      round('r0', subject({ tryNumber: 2, stage: 'retrying' }), subject({ taskId: 'b', stage: 'running' })),
    ).toBe(1);
  });

  it('is nothing of tries whose run does not exist, and the planned run anew after each run that ended', () => {
    const { round } = recorder();
    expect(round('r0', subject({ runId: null, stage: 'planned' }), plannedRun)).toBe(1);
    expect(round('r0', plannedRun)).toBe(0);
    expect(round('r1', plannedRun)).toBe(1);
  });

  it('is the planned run once more in the half hour before it is due', () => {
    const { roundAt } = recorder();
    const planned = { ...plannedRun, runAfter: START + 86_400 };
    const at = (before: number) => roundAt(START + 86_400 - before, 'r0', planned);
    expect([86_400, 7200, 1801, 1800, 900, 0, -600].map(at)).toEqual([1, 0, 0, 1, 0, 0, 0]);
    // One that is due soon at once is stored once.
    const soon = { ...plannedRun, runAfter: START + 600 };
    expect(roundAt(START, 'r1', soon)).toBe(1);
    expect(roundAt(START + 300, 'r1', soon)).toBe(0);
  });

  it('waits for room', () => {
    let hasRoom = false;
    const { round } = recorder(() => hasRoom);
    expect(round('r0', subject({}))).toBe(0);
    hasRoom = true;
    expect(round('r0', subject({}))).toBe(1);
  });
});

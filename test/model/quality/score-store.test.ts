import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latestFactId } from '../../../core/fact-log/read.js';
import { silentLogger } from '../../../core/logger.js';
import {
  insertScores,
  joinOutcomes,
  prepareScoreDays,
  readOutcomes,
  readVectors,
  sampleBeginnings,
  scoreDays,
} from '../../../model/quality/score-store.js';
import { ScoreWriter } from '../../../model/quality/score-writer.js';
import type { ServedScore } from '../../../model/quality/types.js';
import { runObservation, tryObservation, writeHistory } from '../../serving/live/fixtures.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { NOW, score } from './outcomes.js';

const DAY = 86_400;
let store: TemporaryDatabase;
beforeEach(async () => {
  store = await temporaryDatabase();
  return () => store.drop();
});

async function put(...scores: ServedScore[]): Promise<void> {
  await prepareScoreDays(store.database, scoreDays(scores), NOW - 30 * DAY);
  await insertScores(store.database, scores);
}

async function join(after = 0): Promise<number> {
  return joinOutcomes(store.database, after, await latestFactId(store.database));
}

const all = { since: NOW - DAY, until: NOW + DAY, limit: 100 } as const;

/** Stage and label of what counts. */
async function counted(kind: 'try' | 'dag_run' = 'try'): Promise<unknown[]> {
  return (
    await store.database.query(
      `SELECT stage, risk, outcome, run_id FROM score WHERE is_counted AND kind = $1 ORDER BY run_id, task_id, try_number`,
      [kind],
    )
  ).map(({ stage, risk, outcome, run_id }) => [stage, risk, outcome, run_id]);
}

const ended = (taskId: string, state: 'success' | 'failed' | 'up_for_retry' | 'skipped' | 'killed') =>
  tryObservation({
    runId: 'scheduled__1',
    taskId,
    state,
    queuedAt: NOW + 10,
    startedAt: NOW + 20,
    endedAt: NOW + 60,
  });

describe('joining outcomes', () => {
  it('labels what succeeded and failed; what was skipped or killed has none', async () => {
    const states = ['success', 'failed', 'up_for_retry', 'skipped', 'killed'] as const;
    await put(...states.map((state) => score({ taskId: state })), score({ taskId: 'goes on' }));
    await writeHistory(store.database, { tries: states.map((state) => ended(state, state)) }, NOW + 70);
    expect(await join()).toBe(5);
    const rows = await store.database.query(
      'SELECT task_id, is_settled, outcome, is_counted FROM score ORDER BY task_id COLLATE "C"',
    );
    expect(
      rows.map(({ task_id, is_settled, outcome, is_counted }) => [task_id, is_settled, outcome, is_counted]),
    ).toEqual([
      ['failed', true, 1, true],
      ['goes on', false, null, false],
      ['killed', true, null, false],
      ['skipped', true, null, false],
      ['success', true, 0, true],
      ['up_for_retry', true, 1, true],
    ]);
    const found = await readOutcomes(store.database, { ...all, kind: 'try' });
    expect(found).toMatchObject({ rows: 3, knownAt: Float64Array.of(NOW + 70, NOW + 70, NOW + 70) });
    expect(found.runs).toEqual(Int32Array.of(0, 0, 0));
    expect(await join()).toBe(0);
  });

  it('keeps to the first end of a try: a mark by a person comes later', async () => {
    await put(score());
    await writeHistory(store.database, { tries: [ended('load', 'failed')] }, NOW + 70);
    await writeHistory(store.database, { tries: [ended('load', 'success')] }, NOW + 500);
    await join();
    expect(await counted()).toEqual([['queued', 0.25, 1, 'scheduled__1']]);
  });

  it('counts a subject once: by its last score before the start, else by the first after it', async () => {
    const ran = [
      score({ stage: 'planned', decidedAt: NOW, risk: 0.1 }),
      score({ stage: 'queued', decidedAt: NOW + 12, risk: 0.2 }),
      score({ stage: 'running', decidedAt: NOW + 25, risk: 0.3 }),
    ];
    const seenLate = [
      score({ taskId: 'late', stage: 'running', decidedAt: NOW + 40, risk: 0.5 }),
      score({ taskId: 'late', stage: 'running', decidedAt: NOW + 30, risk: 0.4 }),
    ];
    const afterwards = score({ taskId: 'late', stage: 'queued', decidedAt: NOW + 90, risk: 0.9 });
    await put(...ran, ...seenLate, afterwards);
    await writeHistory(
      store.database,
      { tries: [ended('late', 'success'), ended('load', 'failed')] },
      NOW + 70,
    );
    await join();
    expect(await counted()).toEqual([
      ['running', 0.4, 0, 'scheduled__1'],
      ['queued', 0.2, 1, 'scheduled__1'],
    ]);
    await put(score({ taskId: 'late', stage: 'planned', decidedAt: NOW + 5, risk: 0.35 }));
    await join();
    expect(await counted()).toContainEqual(['planned', 0.35, 0, 'scheduled__1']);
    expect(await counted()).toHaveLength(2);
  });

  it('gives a planned run its id: the first run of the DAG that began after the score', async () => {
    const run = { kind: 'dag_run', taskId: '', tryNumber: 0, runId: null, stage: 'planned' } as const;
    await put(
      score(run),
      score({ ...run, decidedAt: NOW + 3000, risk: 0.5 }),
      score({ ...run, dagId: 'other' }),
    );
    const dagRun = (number: number, begin: number, state: 'success' | 'failed') =>
      runObservation({
        runId: `scheduled__${number}`,
        state,
        queuedAt: NOW + begin,
        startedAt: NOW + begin + 1,
        endedAt: NOW + begin + 60,
      });
    await writeHistory(
      store.database,
      { dagRuns: [dagRun(0, -500, 'failed'), dagRun(2, 3600, 'failed'), dagRun(1, 600, 'success')] },
      NOW + 5000,
    );
    await join();
    expect(await counted('dag_run')).toEqual([
      ['planned', 0.25, 0, 'scheduled__1'],
      ['planned', 0.5, 1, 'scheduled__2'],
    ]);
  });
});

describe('reading', () => {
  it('gives back vectors bit for bit, of one version and the newest where asked', async () => {
    await put(score(), score({ taskId: 'other', modelVersion: 'm2', vector: Float32Array.of(4, 3, 2, 1) }));
    await writeHistory(
      store.database,
      { tries: [ended('load', 'success'), ended('other', 'failed')] },
      NOW + 70,
    );
    await join();
    const wanted = { ...all, kind: 'try' } as const;
    const first = await readVectors(store.database, { ...wanted, modelVersion: 'm1' }, 4);
    expect(new Uint32Array(first.values.buffer)).toEqual(new Uint32Array(score().vector.buffer));
    expect((await readVectors(store.database, wanted, 4)).rows).toBe(2);
    expect((await readVectors(store.database, wanted, 5)).rows).toBe(0);
    expect((await readOutcomes(store.database, { ...wanted, limit: 1 })).rows).toBe(1);
    expect((await readOutcomes(store.database, { ...wanted, until: NOW + 69 })).rows).toBe(0);
  });

  it('samples what began evenly over the time, always the same', async () => {
    const stages = ['planned', 'queued', 'running'] as const;
    const scores = Array.from({ length: 6000 }, (_, row) =>
      score({
        ...{
          runId: `r${row}`,
          decidedAt: NOW + row,
          vector: Float32Array.of(row),
          kind: row % 2 === 0 ? 'try' : 'dag_run',
        },
        stage: stages[row % 3]!,
      }),
    );
    await put(...scores);
    const wanted = { since: NOW, until: NOW + 4799, limit: 200 } as const;
    for (const { kind, odd, seen } of [
      { kind: 'try', odd: 0, seen: [1] },
      { kind: 'dag_run', odd: 1, seen: [1, 2] },
    ] as const) {
      const { values, rows, spanSeconds } = await sampleBeginnings(store.database, { ...wanted, kind }, 1);
      expect(rows).toBe(200);
      const sampled = Array.from(values);
      expect(sampled.every((row) => row % 2 === odd && row <= 4799)).toBe(true);
      expect([...new Set(sampled.map((row) => row % 3))].sort()).toEqual(seen);
      for (let quarter = 0; quarter < 4; quarter++) {
        const within = sampled.filter((row) => Math.floor(row / 1200) === quarter);
        expect(within.length).toBeGreaterThan(30);
        expect(within.length).toBeLessThan(70);
      }
      expect(spanSeconds).toBe(Math.max(...sampled) - Math.min(...sampled));
      expect(await sampleBeginnings(store.database, { ...wanted, kind }, 1)).toEqual({
        values,
        rows,
        spanSeconds,
      });
    }
    const earlier = { since: NOW - 100, until: NOW - 1, limit: 200, kind: 'try' } as const;
    expect(await sampleBeginnings(store.database, earlier, 1)).toMatchObject({ rows: 0, spanSeconds: 0 });
  });
});

describe('writing', () => {
  let now = NOW;
  const writer = (options: Partial<ConstructorParameters<typeof ScoreWriter>[0]> = {}) =>
    new ScoreWriter({
      database: store.database,
      clock: () => now,
      logger: silentLogger(),
      retentionDays: 2,
      wait: () => Promise.resolve(),
      ...options,
    });
  const days = async () =>
    (
      await store.database.query<{ day: string }>(
        'SELECT DISTINCT decided_at::date::text AS day FROM score ORDER BY 1',
      )
    ).map(({ day }) => day);
  afterEach(() => {
    now = NOW;
  });

  it('deletes whole days beyond the retention when a new one begins', async () => {
    const it = writer();
    for (let day = 0; day < 4; day++) {
      now = NOW + day * DAY + 600;
      it.offer(score({ decidedAt: now }));
      await it.idle();
    }
    expect(await days()).toEqual(['2026-11-21', '2026-11-22', '2026-11-23']);
    expect(it.status).toEqual({ written: 4, dropped: 0, waiting: 0 });
  });

  it('never waits: without room it says so, and while the database is away it drops and counts', async () => {
    let isAway = true;
    let asked = 0;
    const database = {
      ...store.database,
      transaction: ((work) => {
        if (!isAway) return store.database.transaction(work);
        return Promise.reject(new Error('the database is away'));
      }) as typeof store.database.transaction,
      execute: store.database.execute.bind(store.database),
    };
    const it = writer({
      database,
      maxWaiting: 2,
      wait: () => {
        asked++;
        if (asked === 1) {
          expect(it.offer(score({ taskId: 'c' }))).toBe(true);
          expect(it.status).toMatchObject({ dropped: 1, waiting: 2 });
        }
        isAway = asked < 3;
        return Promise.resolve();
      },
    });
    expect([it.offer(score({ taskId: 'a' })), it.offer(score({ taskId: 'b' }))]).toEqual([true, true]);
    expect(it.offer(score({ taskId: 'c' }))).toBe(false);
    await it.idle();
    expect(asked).toBe(3);
    expect(it.status).toEqual({ written: 2, dropped: 1, waiting: 0 });
  });

  it('gives up what waits when it is closed without a database', async () => {
    const database = {
      ...store.database,
      transaction: (() => Promise.reject(new Error('away'))) as typeof store.database.transaction,
    };
    const it = writer({ database });
    it.offer(score());
    await it.close();
    expect(it.status).toEqual({ written: 0, dropped: 1, waiting: 0 });
  });
});

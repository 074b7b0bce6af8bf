import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../core/database/port.js';
import { AppError } from '../../../core/errors.js';
import { silentLogger } from '../../../core/logger.js';
import { activeRuns, riskiestTask } from '../../../serving/live/board.js';
import {
  createScorer,
  type ModelSource,
  type Scorer,
  type ScorerOptions,
} from '../../../serving/live/scorer.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import {
  hourlyHistory,
  HOUR,
  ModelShelf,
  RateModel,
  runObservation,
  START,
  tryObservation,
  writeHistory,
} from './fixtures.js';

let store: TemporaryDatabase;
let shelf: ModelShelf;
let now: number;
let scorers: Scorer[];

beforeEach(async () => {
  store = await temporaryDatabase();
  shelf = new ModelShelf();
  now = START + 100 * HOUR + 600;
  scorers = [];
});
afterEach(async () => {
  await Promise.all(scorers.map((scorer) => scorer.stop()));
  await store.drop();
});

/** Rounds happen only when the test asks for them. */
function scorer(options: Partial<ScorerOptions> = {}): Scorer {
  const made = createScorer({
    database: store.database,
    models: shelf,
    clock: () => now,
    wallClock: () => now,
    intervalSeconds: 3600,
    followSeconds: 3600,
    logger: silentLogger(),
    ...options,
  });
  scorers.push(made);
  return made;
}

async function writeUsual(): Promise<void> {
  const steady = hourlyHistory('steady', 100, () => false);
  const shaky = hourlyHistory('shaky', 100, (run) => run % 3 === 0);
  await writeHistory(store.database, {
    dagIds: ['steady', 'shaky'],
    dagRuns: [...steady.dagRuns, ...shaky.dagRuns],
    tries: [...steady.tries, ...shaky.tries],
  });
}

const risksOf = (of: Scorer) => of.board()!.dags.map(({ dag, risk }) => [dag.dagId, risk]);

describe('the first scoring', () => {
  it('replays the history and scores every active DAG and its tasks', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    expect(live.status()).toEqual({ state: 'scored', detail: '2 active DAGs scored.', lastError: null });
    const board = live.board()!;
    expect(board).toMatchObject({ refreshedAt: now, asOf: now, model: { version: 'm1' }, subjects: 4 });
    const [shaky, steady] = board.dags;
    expect(shaky!.dag.dagId).toBe('shaky');
    expect(shaky!.risk).toBeGreaterThan(0.25);
    expect(steady!.risk).toBeLessThan(0.05);
    expect(shaky!.run).toMatchObject({ stage: 'planned', runAfter: START + 100 * HOUR });
    expect(shaky!.tasks).toMatchObject([{ taskId: 'load', stage: 'planned', instances: 1, triesLeft: null }]);
    // How many retries there are is not known, but every failure of the task was final.
    const { risk, finalRisk } = shaky!.tasks[0]!;
    expect(finalRisk / risk).toBeGreaterThan(0.8);
    expect(finalRisk).toBeLessThan(risk);
    expect(shaky!.dag.outcomes).toHaveLength(30);
  });

  it('tells of which the history is too short to say much', async () => {
    const known = hourlyHistory('known', 100, () => false);
    const young = hourlyHistory('young', 100, () => false);
    await writeHistory(store.database, {
      dagIds: ['known', 'young'],
      dagRuns: [...known.dagRuns, ...young.dagRuns.slice(-4)],
      tries: [...known.tries, ...young.tries.slice(-4)],
    });
    shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    const thin = live.board()!.dags.map(({ dag, isThin, tasks }) => [dag.dagId, isThin, tasks[0]!.isThin]);
    expect(Object.fromEntries(thin.map(([id, ...of]) => [id, of]))).toEqual({
      known: [false, false],
      young: [true, true],
    });
  });

  it('tells how far the reading has come', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    const done: number[] = [];
    const live = scorer({ onProgress: (progress) => done.push(progress.done) });
    expect(live.status().state).toBe('starting');
    await live.start();
    expect(done.at(-1)).toBe(404);
  });

  it('says that there is no history, no model, or an outdated model, and picks each up when it comes', async () => {
    const live = scorer();
    await live.start();
    expect(live.status().state).toBe('no_history');

    await writeUsual();
    await live.refresh();
    expect(live.status().state).toBe('no_model');
    expect(live.board()).toBeNull();

    const outdated = shelf.put(new RateModel('m0', 'another feature set'));
    await live.refresh();
    expect(live.status()).toMatchObject({
      state: 'model_outdated',
      detail: expect.stringContaining('Model m0 was trained on the features of another version') as string,
    });
    expect(outdated.isDisposed).toBe(true);

    shelf.put(new RateModel('m1'));
    await live.refresh();
    expect(live.board()!.model.version).toBe('m1');
  });
});

describe('a model that cannot be used', () => {
  const damaged = {
    champion: () => Promise.resolve({ version: 'm2', learntUntil: START }),
    load: () =>
      Promise.reject(
        new AppError('input_invalid', 'The weights of model m2 are damaged.', { fix: 'Train a new one.' }),
      ),
  };

  it('is told with what can be done about it', async () => {
    await writeUsual();
    const live = scorer({ models: damaged });
    await live.start();
    expect(live.board()).toBeNull();
    expect(live.status()).toMatchObject({
      state: 'model_outdated',
      detail: 'The weights of model m2 are damaged. Train a new one.',
    });
  });

  it('never takes the place of the one in use', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    let models: ModelSource = shelf;
    const live = scorer({
      models: { champion: () => models.champion(), load: (version) => models.load(version) },
    });
    await live.start();
    models = damaged;
    now += 600;
    await live.refresh();
    expect(live.board()).toMatchObject({ refreshedAt: now, model: { version: 'm1' } });
    expect(live.status().state).toBe('scored');
  });
});

describe('following', () => {
  it('takes in facts collected live, in the stages of their tries', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    const due = START + 100 * HOUR;
    const run = { dagId: 'shaky', runId: 'scheduled__100', runAfter: due, queuedAt: due + 5 };
    const load = { dagId: 'shaky', runId: 'scheduled__100', taskId: 'load', queuedAt: due + 8 };

    await writeHistory(
      store.database,
      {
        dagRuns: [runObservation({ ...run, state: 'running', startedAt: due + 6 })],
        tries: [tryObservation({ ...load, state: 'running', startedAt: due + 9 })],
      },
      now,
    );
    await live.refresh();
    const before = live.board()!.dags.find(({ dag }) => dag.dagId === 'shaky')!;
    expect(activeRuns(before)).toBe(0);

    now += 10;
    await live.refresh();
    const running = live.board()!.dags.find(({ dag }) => dag.dagId === 'shaky')!;
    expect(running.run).toMatchObject({ stage: 'running', runId: 'scheduled__100' });
    expect(running.tasks).toMatchObject([{ stage: 'running', runId: 'scheduled__100', tryNumber: 1 }]);

    await writeHistory(
      store.database,
      { tries: [tryObservation({ ...load, state: 'up_for_retry', startedAt: due + 9, endedAt: now })] },
      now,
    );
    now += 10;
    await live.refresh();
    const retrying = live.board()!.dags.find(({ dag }) => dag.dagId === 'shaky')!;
    expect(retrying.tasks).toMatchObject([{ stage: 'retrying', tryNumber: 2 }]);
  });

  it('puts facts that come too late for their place where they belong, by reading all again', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    const late = hourlyHistory('late', 80, (run) => run > 60);
    await writeHistory(store.database, { dagIds: ['late'], ...late });
    await expect
      .poll(async () => {
        await live.refresh();
        return risksOf(live);
      })
      .toEqual(await freshRisks());
  });

  async function freshRisks() {
    const fresh = scorer();
    await fresh.start();
    return risksOf(fresh);
  }

  it('scores the same live as after a restart', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    const { dagRuns, tries } = hourlyHistory('shaky', 104, (run) => run > 100);
    for (let run = 100; run < 104; run++) {
      now = START + run * HOUR + 300;
      await writeHistory(store.database, { dagRuns: [dagRuns[run]!], tries: [tries[run]!] }, now - 1);
      await live.refresh();
    }
    expect(risksOf(live)).toEqual(await freshRisks());
  });

  it('takes a new model into use, tells it what ended since it was trained, and lets the old one go', async () => {
    await writeUsual();
    shelf.learntUntil = START + 90 * HOUR;
    const first = shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    expect(first.observed.map(({ kind, outcomes }) => [kind, outcomes.rows])).toEqual([
      ['try', 20],
      ['dag_run', 20],
    ]);
    const { outcomes } = first.observed[0]!;
    expect(Array.from(outcomes.labels).reduce((a, b) => a + b)).toBe(4);
    expect(Math.min(...outcomes.decidedAt)).toBeGreaterThanOrEqual(START + 90 * HOUR);
    expect([...outcomes.labelKnownAt]).toEqual([...outcomes.labelKnownAt].sort((a, b) => a - b));

    await live.refresh();
    expect(first.observed).toHaveLength(2);
    const second = shelf.put(new RateModel('m2'));
    await live.refresh();
    expect(live.board()!.model.version).toBe('m2');
    expect(first.isDisposed).toBe(true);
    expect(second.observed).toHaveLength(2);
  });
});

describe('explanations', () => {
  it('are worked out when asked for, once per board', async () => {
    await writeUsual();
    const model = shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    const board = live.board()!;
    expect(model.explanations).toBe(0);
    const explained = await live.explain(board, board.dags);
    await live.explain(board, board.dags.slice(0, 1));
    const tasks = board.dags.flatMap((dag) => dag.tasks);
    expect(tasks).not.toHaveLength(0);
    expect(model.explanations).toBe(board.dags.length + tasks.length);
    for (const dag of board.dags) expect(explained.get(dag)!.explanation.risk).toBe(dag.risk);
  });

  it('are of the riskiest tasks too, each by the vector that it was scored by', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    const live = scorer();
    await live.start();
    const board = live.board()!;
    const explained = await live.explain(board, board.dags);
    for (const dag of board.dags) {
      const task = riskiestTask(dag)!;
      expect(explained.get(dag)!.tasks.get(task)!.explanation.risk).toBe(task.risk);
    }
  });
});

describe('when the database goes away', () => {
  it('keeps the last scores with their age, and catches up when it is back', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    const real = store.database;
    let isAway = false;
    const away = <T>(work: () => Promise<T>): Promise<T> =>
      isAway ? Promise.reject(new Error('the database does not answer')) : work();
    const database: Database = {
      query: (sql, parameters) => away(() => real.query(sql, parameters)),
      execute: (sql, parameters) => away(() => real.execute(sql, parameters)),
      transaction: (work) => away(() => real.transaction(work)),
      session: (work) => away(() => real.session(work)),
      close: () => real.close(),
    };
    const live = scorer({ database });
    await live.start();
    const before = live.board();

    isAway = true;
    now += 600;
    await expect(live.refresh()).rejects.toThrow('the database does not answer');
    expect(live.board()).toBe(before);
    expect(live.status()).toMatchObject({ state: 'scored', lastError: 'the database does not answer' });

    isAway = false;
    await live.refresh();
    expect(live.status().lastError).toBeNull();
    expect(live.board()!.refreshedAt).toBe(now);
  });

  it('starts all the same, and scores once it is there', async () => {
    await writeUsual();
    shelf.put(new RateModel('m1'));
    let isAway = true;
    const models = {
      champion: () => (isAway ? Promise.reject(new Error('connection refused')) : shelf.champion()),
      load: (version: string) => shelf.load(version),
    };
    const live = scorer({ models });
    await live.start();
    expect(live.status()).toMatchObject({ state: 'starting', lastError: 'connection refused' });
    isAway = false;
    await live.refresh();
    expect(live.status().state).toBe('scored');
  });
});

it('goes on by itself, and at once when notified', async () => {
  await writeUsual();
  shelf.put(new RateModel('m1'));
  const live = scorer({ intervalSeconds: 0 });
  await live.start();
  const first = live.board();
  now += 5;
  live.notify();
  await expect.poll(() => live.board()).not.toBe(first);
});

/** A run that ORC retried teaches nothing more than that it had failed; one that a person cleared does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latestFactId, readFacts, type AnyFact } from '../../../core/fact-log/read.js';
import { markTouched, touchedRuns } from '../../../core/fact-log/touched-runs.js';
import { FinalFailures } from '../../../features/final-failures.js';
import { EventQueue } from '../../../features/expand.js';
import { replayTries } from '../../../features/replay.js';
import type { ReplayedVectors } from '../../../features/vector-store.js';
import {
  insertScores,
  joinOutcomes,
  prepareScoreDays,
  scoreDays,
} from '../../../model/quality/score-store.js';
import { readOutcomes } from '../../../model/quality/score-store.js';
import { LiveState } from '../../../serving/live/live-state.js';
import {
  HOUR,
  hourlyHistory,
  runObservation,
  START,
  tryObservation,
  writeHistory,
} from '../../serving/live/fixtures.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';
import { tryFact } from '../../features/support.js';
import { score } from '../quality/outcomes.js';

const FAILED_RUN = 50;
const RUN_ID = `scheduled__${FAILED_RUN}`;
/** The run failed 200 s after it was due. */
const CALLED_AT = START + FAILED_RUN * HOUR + 400;
const AFTER = START + 100 * HOUR;

let store: TemporaryDatabase;

/** What is learnt from the store as it is now. */
interface Learnt {
  readonly tries: readonly string[];
  readonly runs: readonly string[];
  readonly live: readonly unknown[];
  readonly historicalRate: number;
  readonly finalFailures: readonly string[];
  readonly finalRate: number;
  readonly quality: readonly unknown[];
}
const learnt: Record<'alone' | 'cleared' | 'held_out' | 'refused' | 'calling' | 'done', Learnt> = {} as never;

/** Ids, label and outcome statistics of each row. */
function rowsOf(vectors: ReplayedVectors): string[] {
  const width = vectors.features.length;
  const columns = vectors.features.flatMap((name, column) =>
    /rate|outcome|failures|streak|hazard|persistence/.test(name) ? [column] : [],
  );
  return Array.from({ length: vectors.rows }, (_, row) => {
    const values = columns.map((column) => vectors.values[row * width + column]);
    const { runId, taskId, tryNumber } = vectors.subject(row);
    return `${runId} ${taskId} ${tryNumber} ${vectors.labels[row]} ${values.join(' ')}`;
  });
}

async function learn(): Promise<Learnt> {
  const { database } = store;
  const facts: AnyFact[] = [];
  for await (const batch of readFacts(database)) facts.push(...batch);
  const { tries, dagRuns } = await replayTries(
    (async function* () {
      yield await Promise.resolve(facts);
    })(),
  );
  const live = new LiveState(0, -Infinity);
  const queue = new EventQueue();
  for (const fact of facts) {
    live.push(fact);
    queue.push(fact);
  }
  live.advance(AFTER);
  const finalFailures: string[] = [];
  const finals = new FinalFailures(({ runId, tryNumber }, failed) => {
    finalFailures.push(`${runId} ${tryNumber} ${failed}`);
  });
  for (let event = queue.popBefore(AFTER); event !== undefined; event = queue.popBefore(AFTER))
    finals.observe(event);
  await database.execute('UPDATE score SET is_settled = false, is_counted = false, outcome = NULL');
  await joinOutcomes(database, 0, await latestFactId(database));
  const wanted = { since: START, until: START + 500 * 24 * HOUR, limit: 100 };
  const quality = [];
  for (const kind of ['try', 'dag_run'] as const) {
    const { labels, risks } = await readOutcomes(database, { ...wanted, kind });
    quality.push([kind, [...labels], [...risks]]);
  }
  const start = { try: 0, dag_run: 0 };
  const described = tries.features.indexOf('task__historical_rate__30d');
  const width = tries.features.length;
  return {
    tries: rowsOf(tries),
    runs: rowsOf(dagRuns),
    live: (['try', 'dag_run'] as const).map((kind) => [...live.outcomes.since(kind, start).labels]),
    historicalRate: tries.values[(tries.rows - 1) * width + described]!,
    finalFailures,
    finalRate: finals.outlook(
      {
        ...tryObservation({ runId: 'next', taskId: 'load' }),
        ...{ kind: 'try', stage: 'queued', queuedAt: AFTER },
      },
      AFTER,
    ).rate,
    quality,
  };
}

async function setAction(state: string, arm: 'treated' | 'held_out', calledAt: number | null): Promise<void> {
  await store.database.execute('DELETE FROM action');
  await store.database.execute(
    `INSERT INTO action (deployment, dag_id, run_id, incident, kind, cause, mode, arm, drawn_at, state, reason, request, due_at, decided_by,
       changed_at, called_at)
     VALUES ('d', 'etl', $1, $1, 'retry', 'transient_infrastructure', 'automatic', $2, to_timestamp($3), $4, '', '{}', to_timestamp($3),
       'orc', to_timestamp($3), to_timestamp($5))`,
    [RUN_ID, arm, CALLED_AT - 100, state, calledAt],
  );
}

beforeAll(async () => {
  store = await temporaryDatabase();
  const { database } = store;
  const { dagRuns, tries } = hourlyHistory('etl', 100, (run) => run === FAILED_RUN || run % 9 === 4);
  await writeHistory(database, { dagIds: ['etl'], dagRuns, tries });
  const run = { kind: 'dag_run', taskId: '', tryNumber: 0 } as const;
  const queuedAt = START + FAILED_RUN * HOUR;
  const scores = [
    score({ runId: RUN_ID, decidedAt: queuedAt + 6, risk: 0.1 }),
    score({ runId: RUN_ID, decidedAt: CALLED_AT + 20, tryNumber: 2, risk: 0.4 }),
    score({ ...run, runId: RUN_ID, decidedAt: queuedAt + 3, risk: 0.2 }),
  ];
  await prepareScoreDays(database, scoreDays(scores), START);
  await insertScores(database, scores);
  learnt.alone = await learn();
  await writeHistory(database, {
    dagRuns: [
      runObservation({
        ...{ runId: RUN_ID, state: 'success', queuedAt: queuedAt + 1, startedAt: queuedAt + 2 },
        endedAt: CALLED_AT + 300,
      }),
    ],
    tries: [
      tryObservation({
        ...{ runId: RUN_ID, taskId: 'load', tryNumber: 2, state: 'success' },
        ...{ queuedAt: CALLED_AT + 10, startedAt: CALLED_AT + 30, endedAt: CALLED_AT + 290 },
      }),
    ],
  });
  learnt.cleared = await learn();
  await setAction('held_out', 'held_out', null);
  learnt.held_out = await learn();
  await setAction('refused', 'treated', CALLED_AT);
  learnt.refused = await learn();
  await setAction('calling', 'treated', CALLED_AT);
  learnt.calling = await learn();
  await setAction('done', 'treated', CALLED_AT);
  learnt.done = await learn();
});
afterAll(() => store.drop());

describe('a run that failed, was retried and succeeded', () => {
  it('leaves what is learnt as it was without the retry, when ORC retried it', () => {
    expect(learnt.alone.tries).toHaveLength(100);
    expect(learnt.alone.quality).toEqual([
      ['try', [1], [0.1]],
      ['dag_run', [1], [0.2]],
    ]);
    expect(learnt.done).toEqual(learnt.alone);
  });

  it('does so from the moment of the call on, not only once it is known to be done', () => {
    expect(learnt.calling).toEqual(learnt.done);
  });

  it('counts when a person cleared it, also where ORC held back or did nothing', () => {
    expect(learnt.cleared.tries).toHaveLength(101);
    expect(learnt.cleared.tries.filter((row) => row.startsWith(`${RUN_ID} load 2 0`))).toHaveLength(1);
    expect(learnt.cleared.live).not.toEqual(learnt.alone.live);
    expect(learnt.cleared.historicalRate).not.toBe(learnt.alone.historicalRate);
    expect(learnt.cleared.finalRate).not.toBe(learnt.alone.finalRate);
    expect(learnt.cleared.quality).toEqual([
      ['try', [1, 0], [0.1, 0.4]],
      ['dag_run', [1], [0.2]],
    ]);
    expect(learnt.held_out).toEqual(learnt.cleared);
    expect(learnt.refused).toEqual(learnt.cleared);
  });
});

it('reads appended facts with the runs that they name', async () => {
  const { database } = store;
  const last = await latestFactId(database);
  await setAction('done', 'treated', CALLED_AT);
  await writeHistory(database, {
    tries: [
      tryObservation({
        ...{ runId: RUN_ID, taskId: 'load', tryNumber: 3, state: 'failed' },
        ...{ queuedAt: CALLED_AT + 400, startedAt: CALLED_AT + 401, endedAt: CALLED_AT + 500 },
      }),
      tryObservation({
        ...{ runId: RUN_ID, taskId: 'other', state: 'failed' },
        ...{ queuedAt: CALLED_AT - 60, startedAt: CALLED_AT - 50, endedAt: CALLED_AT - 1 },
      }),
    ],
  });
  const marks: unknown[] = [];
  for await (const rows of readFacts(database, { afterFactId: last }))
    for (const { kind, fact } of rows) if (kind === 'try') marks.push([fact.taskId, fact.isTouched ?? false]);
  expect(marks).toHaveLength(2);
  expect(marks).toEqual(
    expect.arrayContaining([
      ['load', true],
      ['other', false],
    ]),
  );
});

it('counts from the first of several calls on a run of this DAG', () => {
  const run = { deployment: 'default', dagId: 'dag', runId: 'run' };
  const touched = touchedRuns([
    { ...run, calledAt: START + 100 },
    { ...run, calledAt: START + 50 },
    { ...run, dagId: 'other', calledAt: START },
  ]);
  const marks = markTouched(
    [START + 50, START + 51].map((endedAt) => tryFact({ queuedAt: START, startedAt: START, endedAt })),
    touched,
  );
  expect(marks.map(({ fact }) => 'isTouched' in fact)).toEqual([false, true]);
});

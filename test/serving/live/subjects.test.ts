import { describe, expect, it } from 'vitest';
import type { FactEvent } from '../../../features/types.js';
import { createSubjectFold } from '../../../serving/live/subjects.js';
import { dagEvent, runEvent, taskEvent, tryEvent } from '../facts.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

function current(events: readonly FactEvent[], now: number) {
  const fold = createSubjectFold();
  for (const event of events) fold.observe(event);
  return fold.current(now);
}

function onlyDag(events: readonly FactEvent[], now: number) {
  const [dag, ...others] = current(events, now);
  expect(others).toEqual([]);
  return dag!;
}

/** Hourly runs that end, with one task, from `from` on. */
function hourlyRuns(count: number, fields: { described: boolean; failedLast?: boolean }): FactEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const at = index * HOUR;
    const runId = `r${index}`;
    const failed = fields.failedLast === true && index === count - 1;
    const tries: FactEvent[] = [
      tryEvent('queued', at + 1, runId, 'load'),
      tryEvent('started', at + 2, runId, 'load'),
      tryEvent('ended', at + 60, runId, 'load', { state: failed ? 'failed' : 'success' }),
    ];
    if (!fields.described) return tries;
    return [
      runEvent('queued', at, runId),
      runEvent('started', at + 1, runId),
      ...tries,
      runEvent('ended', at + 61, runId, { state: failed ? 'failed' : 'success' }),
    ];
  }).flat();
}

it('a DAG that was forgotten is active by its runs until it is described anew', () => {
  const fold = createSubjectFold();
  const observe = (events: readonly FactEvent[]): void => {
    for (const event of events) fold.observe(event);
  };
  observe([dagEvent(0, { isPaused: false, isActive: true }), ...hourlyRuns(3, { described: true })]);
  const { deployment, dagId } = fold.current(4 * HOUR)[0]!;
  fold.forgetDag(deployment, dagId);
  expect(fold.current(4 * HOUR)).toEqual([]);
  expect([...fold.knownDags().values()]).toEqual([0]);
  observe([runEvent('queued', 5 * HOUR, 'again')]);
  const [back] = fold.current(5 * HOUR);
  expect(back).toMatchObject({ dagId, schedule: null, outcomes: [] });
  observe([dagEvent(5 * HOUR, { isPaused: true, isActive: true })]);
  expect(fold.current(5 * HOUR)).toEqual([]);
});

it('knows when the code of a DAG changed: at its newest version but for the first one known', () => {
  const version = (versionNumber: number, at: number): FactEvent => ({
    kind: 'dag_version',
    at,
    fact: {
      ...{ factId: at, eventTime: at, knownAt: at, visibilityAssumed: false },
      ...{ deployment: 'd', dagId: 'etl', versionNumber },
    },
  });
  const codeChangedAt = (...versions: FactEvent[]): number | null =>
    onlyDag([dagEvent(0), ...versions], 100).codeChangedAt;
  expect(codeChangedAt(version(3, 10))).toBeNull();
  expect(codeChangedAt(version(3, 10), version(4, 20), version(4, 30), version(2, 40))).toBe(20);
});

describe('with DAG facts', () => {
  it('gives the planned run, due when Airflow says, and each task that the DAG has', () => {
    const dag = onlyDag(
      [
        dagEvent(0, { nextRunAfter: 7200 }),
        taskEvent(0, 'extract'),
        taskEvent(0, 'load', { pool: 'warehouse' }),
      ],
      100,
    );
    expect(dag.runs).toMatchObject([{ stage: 'planned', runId: null, runAfter: 7200 }]);
    expect(dag.tries).toMatchObject([
      { taskId: 'extract', stage: 'planned', runId: null, tryNumber: 1, scheduledAt: 7200 },
      { taskId: 'load', stage: 'planned', pool: 'warehouse', operator: 'PythonOperator' },
    ]);
  });

  it('expects the next slot when the run that Airflow spoke of exists already', () => {
    const runs = [0, HOUR, 2 * HOUR].flatMap((at) => [
      runEvent('queued', at, `r${at}`),
      runEvent('ended', at + 60, `r${at}`),
    ]);
    const told = dagEvent(0, { nextRunAfter: 2 * HOUR });
    expect(onlyDag([told, ...runs.slice(0, 4)], 2 * HOUR - 5).nextDueAt).toBe(2 * HOUR);
    expect(onlyDag([told, ...runs], 2 * HOUR + 100).nextDueAt).toBe(3 * HOUR);
  });

  it('leaves out paused and removed DAGs, DAGs without a fact, and tasks that left their DAG', () => {
    const events = [
      dagEvent(0, { dagId: 'paused', isPaused: true }),
      dagEvent(0, { dagId: 'gone', isActive: false }),
      dagEvent(0),
      taskEvent(0, 'old'),
      taskEvent(1, 'old', { isActive: false }),
      taskEvent(0, 'new'),
      tryEvent('queued', 5, 'r', 'load', { dagId: 'only_tries' }),
    ];
    expect(current(events, 10).map((dag) => dag.dagId)).toEqual(['etl']);
    expect(onlyDag(events, 10).tries.map((subject) => subject.taskId)).toEqual(['new']);
  });

  it('brings a DAG back when it is unpaused', () => {
    const events = [dagEvent(0, { isPaused: true }), dagEvent(5)];
    expect(current(events.slice(0, 1), 10)).toEqual([]);
    expect(current(events, 10)).toHaveLength(1);
  });
});

describe('an active run', () => {
  const begun = [
    dagEvent(0),
    taskEvent(0, 'extract'),
    taskEvent(0, 'load'),
    runEvent('queued', 100, 'r'),
    runEvent('started', 101, 'r'),
    tryEvent('queued', 102, 'r', 'extract'),
  ];

  it('takes the place of the planned one, with the current tries of its tasks', () => {
    const dag = onlyDag(begun, 110);
    expect(dag.runs).toMatchObject([{ stage: 'running', runId: 'r', queuedAt: 100, startedAt: 101 }]);
    expect(dag.tries).toMatchObject([
      { taskId: 'extract', stage: 'queued', runId: 'r', queuedAt: 102, startedAt: null },
      { taskId: 'load', stage: 'planned', runId: 'r' },
    ]);
  });

  it('follows a try through running, retry and its next try', () => {
    const running = [...begun, tryEvent('started', 103, 'r', 'extract', { queuedAt: 102 })];
    expect(onlyDag(running, 110).tries[0]).toMatchObject({ stage: 'running', startedAt: 103, tryNumber: 1 });

    const failed = [...running, tryEvent('ended', 120, 'r', 'extract', { state: 'up_for_retry' })];
    expect(onlyDag(failed, 130).tries[0]).toMatchObject({
      stage: 'retrying',
      tryNumber: 2,
      scheduledAt: 420,
      queuedAt: null,
      startedAt: null,
    });

    const again = [...failed, tryEvent('queued', 430, 'r', 'extract', { tryNumber: 2 })];
    expect(onlyDag(again, 440).tries[0]).toMatchObject({
      stage: 'queued',
      tryNumber: 2,
      queuedAt: 430,
      startedAt: null,
    });
  });

  it('turns to the next run for a task that is done in this one', () => {
    const done = [...begun, tryEvent('ended', 120, 'r', 'extract')];
    expect(onlyDag(done, 130).tries[0]).toMatchObject({ taskId: 'extract', stage: 'planned', runId: null });
  });

  it('tells how far it has come', () => {
    const failed = tryEvent('ended', 120, 'r', 'extract', { state: 'failed' });
    expect(onlyDag(begun, 110)).toMatchObject({
      taskCount: 2,
      progress: [{ doneTasks: 0, failedTasks: [] }],
    });
    expect(onlyDag([...begun, failed], 130).progress).toEqual([{ doneTasks: 1, failedTasks: ['extract'] }]);
  });

  it('gives every mapped instance that is not done', () => {
    const mapped = [0, 1, 2].map((mapIndex) => tryEvent('queued', 103, 'r', 'load', { mapIndex }));
    const dag = onlyDag([...begun, ...mapped, tryEvent('ended', 110, 'r', 'load', { mapIndex: 1 })], 120);
    expect(dag.tries.filter(({ taskId }) => taskId === 'load').map(({ mapIndex }) => mapIndex)).toEqual([
      0, 2,
    ]);
  });

  it('ends with its outcome', () => {
    const dag = onlyDag([...begun, runEvent('ended', 200, 'r', { state: 'failed', runAfter: 90 })], 210);
    expect(dag.runs).toMatchObject([{ stage: 'planned' }]);
    expect(dag.outcomes).toEqual([
      {
        ...{ runId: 'r', runType: 'scheduled', failed: true, dueAt: 90, startedAt: 101, endedAt: 200 },
        ...{ retries: 0, isFromHistory: false },
      },
    ]);
    const again = tryEvent('ended', 150, 'r', 'extract', { state: 'success', tryNumber: 3 });
    const ended = runEvent('ended', 200, 'r', { state: 'success' });
    expect(onlyDag([...begun, again, ended], 210).outcomes[0]).toMatchObject({ retries: 2 });
    const imported = runEvent('ended', 200, 'r', { state: 'failed', visibilityAssumed: true });
    expect(onlyDag([...begun, imported], 210).outcomes[0]).toMatchObject({ isFromHistory: true });
  });

  it('stands beside other active runs, oldest first', () => {
    const dag = onlyDag([...begun, runEvent('queued', 105, 's')], 110);
    expect(dag.runs.map(({ runId, stage }) => [runId, stage])).toEqual([
      ['r', 'running'],
      ['s', 'queued'],
    ]);
    expect(dag.tries.filter(({ taskId }) => taskId === 'load').map(({ runId }) => runId)).toEqual(['r', 's']);
  });

  it('goes on when a task of an ended run is cleared, and not when old news of it come late', () => {
    const ended = [
      ...begun,
      tryEvent('ended', 150, 'r', 'extract'),
      runEvent('ended', 200, 'r', { state: 'failed' }),
    ];
    const late = [
      ...ended,
      tryEvent('ended', 210, 'r', 'load', { queuedAt: 110, startedAt: 111, endedAt: 199 }),
    ];
    expect(onlyDag(late, 220).runs).toMatchObject([{ stage: 'planned' }]);

    const cleared = [...ended, tryEvent('queued', 300, 'r', 'load', { tryNumber: 2 })];
    expect(onlyDag(cleared, 310).runs).toMatchObject([{ runId: 'r' }]);
    const repaired = [...cleared, tryEvent('ended', 320, 'r', 'load', { tryNumber: 2 })];
    expect(onlyDag(repaired, 330).outcomes).toMatchObject([{ runId: 'r', failed: false }]);
  });

  it('is given up after 30 days without news', () => {
    expect(onlyDag(begun, 29 * DAY).runs).toMatchObject([{ runId: 'r' }]);
    expect(onlyDag(begun, 31 * DAY).runs).toMatchObject([{ stage: 'planned' }]);
  });
});

describe('a history without DAG facts', () => {
  it.each([{ described: true }, { described: false }])('knows runs, interval and outcomes (%o)', (fields) => {
    const dag = onlyDag(hourlyRuns(8, { ...fields, failedLast: true }), 7 * HOUR + 600);
    expect(dag.outcomes.map(({ failed }) => failed)).toEqual([...Array<boolean>(7).fill(false), true]);
    expect(dag.usualIntervalSeconds).toBe(HOUR);
    expect(dag.runs).toMatchObject([{ stage: 'planned' }]);
    expect(Math.abs(dag.nextDueAt! - 8 * HOUR)).toBeLessThan(2);
    expect(dag.tries).toMatchObject([{ taskId: 'load', stage: 'planned', operator: 'PythonOperator' }]);
  });

  it('holds a run for failed only while the last try of a task failed', () => {
    const failed = [
      tryEvent('queued', 0, 'r', 'load'),
      tryEvent('ended', 5, 'r', 'load', { state: 'up_for_retry' }),
    ];
    expect(onlyDag(failed, 6)).toMatchObject({ outcomes: [], runs: [{ runId: 'r' }] });
    const repaired = [
      ...failed,
      tryEvent('queued', 10, 'r', 'load', { tryNumber: 2 }),
      tryEvent('ended', 15, 'r', 'load', { tryNumber: 2 }),
    ];
    expect(onlyDag(repaired, 16).outcomes).toMatchObject([{ failed: false }]);
  });

  it('forgets a DAG after 30 days, or ten of its usual intervals where that is longer', () => {
    expect(current(hourlyRuns(4, { described: false }), 29 * DAY)).toHaveLength(1);
    expect(current(hourlyRuns(4, { described: false }), 31 * DAY)).toHaveLength(0);
    const monthly = [0, 30, 60].map((day) => tryEvent('ended', day * DAY, `r${day}`, 'load'));
    expect(current(monthly, 300 * DAY)).toHaveLength(1);
    expect(current(monthly, 361 * DAY)).toHaveLength(0);
  });

  it('expects the next slot once a run is overdue by more than half an interval', () => {
    const events = hourlyRuns(8, { described: true });
    expect(onlyDag(events, 8 * HOUR + 1200).nextDueAt).toBe(8 * HOUR);
    expect(onlyDag(events, 8 * HOUR + 2400).nextDueAt).toBe(9 * HOUR);
  });

  it('keeps to the tasks of the last runs', () => {
    const events = hourlyRuns(10, { described: false });
    const early = tryEvent('ended', 10, 'r0', 'dropped');
    expect(onlyDag([early, ...events], 10 * HOUR).tries.map(({ taskId }) => taskId)).toEqual(['load']);
  });

  it('ignores manual runs when it learns the interval', () => {
    const manual = runEvent('ended', 7 * HOUR + 90, 'm', { runType: 'manual' });
    const dag = onlyDag([...hourlyRuns(8, { described: true }), manual], 7 * HOUR + 100);
    expect(dag.usualIntervalSeconds).toBe(HOUR);
    expect(dag.nextDueAt).toBe(8 * HOUR);
    expect(dag.outcomes.at(-1)).toMatchObject({ runType: 'manual' });
  });
});

describe('bounds', () => {
  it('keeps 30 outcomes and a few runs however long the history', () => {
    const dag = onlyDag(hourlyRuns(500, { described: false }), 500 * HOUR);
    expect(dag.outcomes).toHaveLength(30);
    expect(dag.outcomes.at(-1)!.runId).toBe('r499');
  });

  it('scores at most 16 runs and 64 instances of a task', () => {
    const runs = Array.from({ length: 20 }, (_, index) => runEvent('queued', index, `r${index}`));
    const instances = Array.from({ length: 100 }, (_, mapIndex) =>
      tryEvent('queued', 50, 'r19', 'load', { mapIndex }),
    );
    const dag = onlyDag([...runs, ...instances], 60);
    expect(dag.runs).toHaveLength(16);
    expect(dag.tries.filter(({ mapIndex, stage }) => mapIndex >= 0 && stage === 'queued')).toHaveLength(64);
  });

  it('does not change what it told before', () => {
    const fold = createSubjectFold();
    for (const event of hourlyRuns(3, { described: true })) fold.observe(event);
    const before = fold.current(3 * HOUR);
    const copy = structuredClone(before);
    for (const event of hourlyRuns(9, { described: true })) fold.observe(event);
    expect(before).toEqual(copy);
  });
});

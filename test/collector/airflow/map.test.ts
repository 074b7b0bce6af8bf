import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  dagRunEventTime,
  mapDag,
  mapDagRun,
  mapPool,
  mapTask,
  mapTry,
  runTypeOfRunId,
  tryEventTime,
} from '../../../collector/airflow/map.js';
import { poolPage, taskPage, versionAnswer } from '../../../collector/airflow/fields.js';
import type { ApiTaskInstance } from '../../../collector/airflow/rows.js';
import {
  apiTaskInstance,
  dagPage,
  dagRunPage,
  dagVersionPage,
  taskInstancePage,
} from '../../../collector/airflow/v2/schemas.js';

/** Answers recorded from real servers, which ran the same DAGs and the same clearings. */
function sample(version: string): Record<string, unknown> {
  return JSON.parse(
    readFileSync(new URL(`samples/airflow-${version}.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>;
}

const CONTEXT = { deployment: 'd', runType: 'manual', owner: 'ops' };

function row(more: Partial<Record<keyof ApiTaskInstance, unknown>> = {}): ApiTaskInstance {
  return apiTaskInstance.parse({
    id: 'x',
    dag_id: 'dag',
    dag_run_id: 'run',
    task_id: 'task',
    map_index: -1,
    try_number: 1,
    max_tries: 2,
    state: 'success',
    scheduled_when: '2026-01-01T00:00:01Z',
    queued_when: '2026-01-01T00:00:02Z',
    start_date: '2026-01-01T00:00:03Z',
    end_date: '2026-01-01T00:00:04.000001Z',
    operator: 'PythonOperator',
    pool: 'default_pool',
    queue: 'default',
    hostname: 'worker',
    dag_version: { version_number: 7 },
    ...more,
  });
}

function observe(more: Partial<Record<keyof ApiTaskInstance, unknown>> = {}) {
  const mapped = mapTry(row(more), CONTEXT);
  if (!('observation' in mapped)) throw new Error(mapped.skipped);
  return mapped.observation;
}

const AT = Date.parse('2026-01-01T00:00:00Z') / 1000;

describe.each(['3.0.2', '3.2.1', '3.3.2'])('answers of Airflow %s', (version) => {
  const answers = sample(version);

  it('are all understood', () => {
    expect(versionAnswer.parse(answers['version']).version).toBe(version);
    const dags = dagPage.parse(answers['dags']).rows.map((dag) => mapDag(dag, 'd'));
    expect(dags.map((dag) => dag.dagId)).toEqual(['branch_skip', 'long', 'manual_clear', 'retry.dots']);
    expect(dags[3]).toMatchObject({ tags: ['b', 'team:data'], owners: ['airflow'], isActive: true });
    expect(poolPage.parse(answers['pools']).rows.map((pool) => mapPool(pool, 'd'))[0]).toMatchObject({
      pool: 'default_pool',
      slots: 128,
    });
    expect(dagVersionPage.parse(answers['dagVersions']).rows.length).toBeGreaterThan(0);
    for (const run of dagRunPage.parse(answers['dagRuns']).rows) {
      expect(dagRunEventTime(mapDagRun(run, 'd')!)).toBeGreaterThan(1_795_000_000);
    }
  });

  it('give tasks with their retries, delays and edges', () => {
    const tasks = taskPage.parse(answers['tasks']).rows.map((task) => mapTask(task, 'retry.dots', 'd'));
    const flaky = tasks.find((task) => task.taskId === 'flaky');
    expect(flaky).toMatchObject({
      retries: 2,
      retryDelaySeconds: 2,
      executionTimeoutSeconds: 300,
      operator: '_PythonDecoratedOperator',
      downstreamTaskIds: ['after'],
      isMapped: false,
      triggerRule: 'all_success',
    });
    expect(tasks.find((task) => task.taskId === 'mapped')?.isMapped).toBe(true);
  });

  it('give tries whose times are in order', () => {
    const rows = taskInstancePage.parse(answers['taskInstances']).rows;
    expect(rows.length).toBeGreaterThan(10);
    for (const instance of rows) {
      const mapped = mapTry(instance, CONTEXT);
      if (!('observation' in mapped)) continue;
      const { scheduledAt, queuedAt, startedAt } = mapped.observation;
      const times = [scheduledAt, queuedAt, startedAt].filter((time) => time !== null);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(tryEventTime(mapped.observation)).not.toBeNull();
    }
  });

  it('give both tries of a cleared task, and none for a task that never ran', () => {
    const tries = taskInstancePage.parse(answers['tries']).rows.map((instance) => mapTry(instance, CONTEXT));
    expect(
      tries.map((mapped) => ('observation' in mapped ? mapped.observation.tryNumber : mapped.skipped)),
    ).toEqual([1, 2]);
    const never = taskInstancePage.parse(answers['triesOfNeverRun']).rows;
    expect(never.map((instance) => [instance.try_number, instance.state])).toContainEqual([0, 'failed']);
    for (const instance of never) {
      const mapped = mapTry(instance, CONTEXT);
      expect('observation' in mapped ? mapped.observation.state : 'none').not.toBe('failed');
    }
  });
});

describe('mapTry', () => {
  it('maps a finished try', () => {
    expect(observe()).toEqual({
      deployment: 'd',
      dagId: 'dag',
      runId: 'run',
      taskId: 'task',
      mapIndex: -1,
      tryNumber: 1,
      state: 'success',
      runType: 'manual',
      scheduledAt: AT + 1,
      queuedAt: AT + 2,
      startedAt: AT + 3,
      endedAt: AT + 4.000001,
      operator: 'PythonOperator',
      pool: 'default_pool',
      queue: 'default',
      owner: 'ops',
      hostname: 'worker',
      extra: { max_tries: 2, dag_version: 7 },
    });
  });

  it('takes no date of the try before from a waiting row', () => {
    const old = {
      queued_when: '2025-01-01T00:00:00Z',
      start_date: '2025-01-01T00:00:01Z',
      end_date: '2025-01-01T00:00:02Z',
    };
    expect(observe({ ...old, state: 'scheduled', try_number: 2 })).toMatchObject({
      scheduledAt: AT + 1,
      queuedAt: null,
      startedAt: null,
      endedAt: null,
      hostname: null,
    });
    expect(
      observe({ ...old, queued_when: '2026-01-01T00:00:02Z', state: 'queued', try_number: 2 }),
    ).toMatchObject({
      scheduledAt: AT + 1,
      queuedAt: AT + 2,
      startedAt: null,
      endedAt: null,
    });
    expect(observe({ ...old, start_date: '2026-01-01T00:00:03Z', state: 'running' })).toMatchObject({
      startedAt: AT + 3,
      endedAt: null,
    });
  });

  it('leaves out the queueing that resumed a deferred task', () => {
    const resumed = {
      scheduled_when: '2026-01-01T00:00:10Z',
      queued_when: '2026-01-01T00:00:11Z',
      end_date: '2026-01-01T00:00:20Z',
    };
    expect(observe(resumed)).toMatchObject({
      scheduledAt: null,
      queuedAt: null,
      startedAt: AT + 3,
      endedAt: AT + 20,
    });
  });

  it.each([
    [{ state: null }, 'not_scheduled'],
    [{ state: 'hovering' }, 'unknown_state'],
    [{ state: 'failed', try_number: 0 }, 'no_attempt'],
    [{ state: 'success', try_number: 0 }, 'no_attempt'],
  ])('makes no fact of %j', (more, reason) => {
    expect(mapTry(row(more), CONTEXT)).toEqual({ skipped: reason });
  });

  it.each(['skipped', 'upstream_failed', 'removed'])('keeps %s of a task that never ran', (state) => {
    const dates = { scheduled_when: null, queued_when: null, hostname: '' };
    expect(observe({ ...dates, state, try_number: 0 })).toMatchObject({
      state,
      tryNumber: 0,
      endedAt: AT + 4.000001,
    });
    const none = observe({ ...dates, state, try_number: 0, start_date: null, end_date: null });
    expect(tryEventTime(none)).toBeNull();
  });

  it.each(['up_for_retry', 'failed'])('ends a try that is %s', (state) => {
    expect(observe({ state }).endedAt).toBe(AT + 4.000001);
  });

  it.each(['deferred', 'up_for_reschedule', 'restarting', 'awaiting_input'])(
    'does not end a try that is %s',
    (state) => {
      expect(observe({ state })).toMatchObject({ startedAt: AT + 3, endedAt: null });
    },
  );
});

describe('mapDagRun', () => {
  const base = {
    dag_id: 'dag',
    dag_run_id: 'run',
    run_type: 'manual',
    run_after: AT,
    logical_date: null,
    queued_at: AT + 1,
    start_date: AT + 2,
    end_date: AT + 3,
  };

  it('takes no date of its former life from a cleared run', () => {
    expect(mapDagRun({ ...base, state: 'queued' }, 'd')).toMatchObject({ startedAt: null, endedAt: null });
    expect(mapDagRun({ ...base, state: 'running' }, 'd')).toMatchObject({ startedAt: AT + 2, endedAt: null });
    expect(mapDagRun({ ...base, state: 'failed' }, 'd')).toMatchObject({
      startedAt: AT + 2,
      endedAt: AT + 3,
    });
  });

  it('leaves out states of a future version', () => {
    expect(mapDagRun({ ...base, state: 'levitating' }, 'd')).toBeNull();
  });

  it('knows the run type from a run id of Airflow', () => {
    expect(runTypeOfRunId('scheduled__2026-11-23T16:30:00+00:00')).toBe('scheduled');
    expect(runTypeOfRunId('asset_triggered__2026_X')).toBe('asset_triggered');
    expect(runTypeOfRunId('my own id')).toBeNull();
  });
});

it('sorts owners and tags, so that their order is no change', () => {
  const dag = {
    dag_id: 'dag',
    is_paused: true,
    is_stale: true,
    timetable_summary: null,
    owners: ['b', 'a'],
    tags: [{ name: 'z' }, { name: 'y' }],
    next_dagrun_run_after: null,
    fileloc: null,
  };
  expect(mapDag(dag, 'd')).toMatchObject({
    owners: ['a', 'b'],
    tags: ['y', 'z'],
    isActive: false,
    isPaused: true,
  });
});

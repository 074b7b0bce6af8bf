import { describe, expect, it } from 'vitest';
import { scheduleInterval } from '../../../../collector/airflow/v1/schedule-interval.js';
import { dagPage, dagRunPage, taskInstancePageOf } from '../../../../collector/airflow/v1/schemas.js';
import { attemptNumber } from '../../../../collector/airflow/v1/try-number.js';
import { formatInstant } from '../../../../collector/airflow/instant.js';
import { T0 } from '../fake-world.js';

describe('the schedule of a DAG of Airflow 2', () => {
  const delta = { __type: 'TimeDelta', days: 0, seconds: 0, microseconds: 0 };
  it.each([
    [{ __type: 'CronExpression', value: '0 6 * * *' }, '0 6 * * *'],
    [{ __type: 'CronExpression', value: 'Dataset' }, 'Dataset'],
    [{ ...delta, seconds: 20 }, '0:00:20'],
    [{ ...delta, days: 1, seconds: 7384, microseconds: 5 }, '1 day, 2:03:04.000005'],
    [{ ...delta, days: 14 }, '14 days, 0:00:00'],
    [{ __type: 'RelativeDelta', months: 1, days: 0, day: 3, year: null }, 'months=1 day=3'],
    [null, null],
    [undefined, null],
    [{ __type: 'Unheard' }, null],
  ])('%j is %j', (told, text) => {
    expect(scheduleInterval.parse(told)).toBe(text);
  });
});

describe('the number of a try', () => {
  it.each([
    // Airflow 2.9 counts a try when it starts, and takes it back while it waits.
    [9, 'scheduled', 0, 1],
    [9, 'queued', 1, 2],
    [9, 'running', 1, 1],
    [9, 'deferred', 0, 1],
    [9, 'up_for_reschedule', 0, 1],
    [9, 'up_for_retry', 1, 1],
    [9, 'success', 0, 1],
    [9, 'success', 3, 3],
    [9, 'skipped', 0, 0],
    [10, 'queued', 1, 1],
    [11, 'deferred', 1, 1],
    [11, 'success', 1, 1],
  ])('Airflow 2.%i, %s, told %i: %i', (minor, state, told, number) => {
    expect(attemptNumber(told, state, minor)).toBe(number);
  });
});

describe('rows of Airflow 2 in the words of Airflow 3', () => {
  it('say when a run was due: at the end of its interval, or when it was made', () => {
    const run = {
      dag_id: 'd',
      dag_run_id: 'r',
      state: 'success',
      logical_date: formatInstant(T0),
      data_interval_end: formatInstant(T0 + 3600),
      conf: {},
    };
    const due = (run_type: string, more = {}): number | null =>
      dagRunPage.parse({ dag_runs: [{ ...run, run_type, ...more }] }).rows[0]!.run_after;
    expect(due('scheduled')).toBe(T0 + 3600);
    expect(due('backfill')).toBe(T0 + 3600);
    expect(due('scheduled', { data_interval_end: null })).toBe(T0);
    expect(due('manual')).toBe(T0);
    expect(due('dataset_triggered')).toBe(T0);
  });

  it('know a DAG that has left, and its owners', () => {
    const dag = { dag_id: 'd', is_paused: null, is_active: null, owners: ['a', ' b'], tags: null };
    expect(dagPage.parse({ dags: [dag] }).rows).toMatchObject([
      { is_paused: false, is_stale: true, owners: ['a', 'b'], tags: [] },
    ]);
  });

  it('have another id for each try and clearing', () => {
    const row = { dag_id: 'd', dag_run_id: 'r', task_id: 't', map_index: -1, try_number: 1, max_tries: 0 };
    const idOf = (more = {}) =>
      taskInstancePageOf(11).parse({ task_instances: [{ ...row, ...more }] }).rows[0]!.id;
    expect(idOf({ state: 'success' })).toBe(idOf({ state: 'running' }));
    expect(
      new Set([idOf(), idOf({ try_number: 2 }), idOf({ max_tries: 1 }), idOf({ map_index: 0 })]).size,
    ).toBe(4);
  });
});

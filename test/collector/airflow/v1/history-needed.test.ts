import { describe, expect, it } from 'vitest';
import type { ApiDagRun, ApiTaskInstance } from '../../../../collector/airflow/rows.js';
import { selectForHistory } from '../../../../collector/airflow/v1/history-needed.js';
import { T0 } from '../fake-world.js';

const RUN: ApiDagRun = {
  dag_id: 'dag',
  dag_run_id: 'run',
  state: 'success',
  run_type: 'manual',
  run_after: T0,
  logical_date: T0,
  queued_at: null,
  start_date: T0 + 1,
  end_date: T0 + 60,
};

function row(taskId: string, more: Partial<ApiTaskInstance> = {}): ApiTaskInstance {
  return {
    id: taskId,
    dag_id: 'dag',
    dag_run_id: 'run',
    task_id: taskId,
    map_index: -1,
    try_number: 1,
    max_tries: 0,
    state: 'success',
    scheduled_when: null,
    queued_when: T0 + 2,
    start_date: T0 + 3,
    end_date: T0 + 4,
    operator: null,
    pool: null,
    queue: null,
    hostname: null,
    ...more,
  };
}

const decided = { try_number: 0, state: 'skipped', queued_when: null };
const select = (taskInstances: ApiTaskInstance[], run: Partial<ApiDagRun> = {}): string[] =>
  selectForHistory({ dagRuns: [{ ...RUN, ...run }], taskInstances }, () => 0).map((found) => found.task_id);

describe('the task instances of Airflow 2 whose earlier tries are asked for', () => {
  it('are none in a run that nobody touched', () => {
    expect(select([row('a'), row('b', { state: 'failed' }), row('c', decided)])).toEqual([]);
  });

  it('are those with more tries, or given up after one', () => {
    const rows = [
      row('a'),
      row('b', { try_number: 2 }),
      row('c', { state: 'skipped' }),
      row('d', { state: null }),
    ];
    expect(select(rows.slice(0, 3))).toEqual(['b', 'c']);
  });

  it('are all of a run of which something was cleared', () => {
    const rows = [row('a'), row('b', { try_number: 2, max_tries: 1 }), row('c', decided)];
    expect(select(rows)).toEqual(['a', 'b', 'c']);
    expect(select([row('a'), row('b', { state: null }), row('c', decided)])).toEqual(['a', 'b', 'c']);
  });

  it('are all of a run that began again after something in it had ended', () => {
    expect(
      select([row('a'), row('b', { start_date: T0 + 503 }), row('c', decided)], { start_date: T0 + 500 }),
    ).toEqual(['a', 'b', 'c']);
  });

  it('are not those of another run, nor of one whose clocks differ a little', () => {
    expect(select([row('a', { dag_run_id: 'other' })], { start_date: T0 + 500 })).toEqual([]);
    expect(select([row('a')], { start_date: T0 + 3.5 })).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { selectForHistory } from '../../../../collector/airflow/v2/history-needed.js';
import type { ApiTaskInstance } from '../../../../collector/airflow/rows.js';
import { apiTaskInstance } from '../../../../collector/airflow/v2/schemas.js';
import { formatInstant } from '../../../../collector/airflow/instant.js';
import { T0, uuid7 } from '../fake-world.js';

function row(taskId: string, bornAt: number, more: Record<string, unknown> = {}): ApiTaskInstance {
  return apiTaskInstance.parse({
    id: uuid7(bornAt),
    dag_id: 'dag',
    dag_run_id: 'run',
    task_id: taskId,
    map_index: -1,
    try_number: 1,
    max_tries: 0,
    state: 'success',
    scheduled_when: formatInstant(bornAt + 1),
    queued_when: formatInstant(bornAt + 2),
    start_date: formatInstant(bornAt + 3),
    end_date: formatInstant(bornAt + 4),
    ...more,
  });
}

const decided = { scheduled_when: null, queued_when: null, try_number: 0, state: 'upstream_failed' };
const select = (rows: ApiTaskInstance[]): string[] =>
  selectForHistory(rows, () => 0).map(
    (found) => `${found.task_id}${found.map_index < 0 ? '' : `[${found.map_index}]`}`,
  );

describe('selectForHistory', () => {
  it('asks for nothing where every task ran once', () => {
    const mapped = [0, 1, 2].map((index) => row('m', T0 + 600, { map_index: index }));
    expect(select([row('a', T0), row('b', T0 + 0.2), row('s', T0, decided), ...mapped])).toEqual([]);
  });

  it('asks for retried, cleared and waiting tasks', () => {
    const rows = [
      row('first', T0),
      row('retried', T0 + 60, { try_number: 2 }),
      row('cleared', T0 + 3600, {
        state: null,
        scheduled_when: formatInstant(T0),
        queued_when: formatInstant(T0),
      }),
      row('waiting', T0 + 70, { state: 'up_for_retry', queued_when: formatInstant(T0 + 9) }),
      row('not yet', T0, { state: null, try_number: 0, scheduled_when: null, queued_when: null }),
    ];
    expect(select(rows)).toEqual(['retried', 'cleared', 'waiting']);
  });

  it('asks for tasks that were decided again after a clearing, though they show no number above 1', () => {
    const rows = [
      row('ok', T0),
      row('bad', T0 + 3600, { try_number: 2, max_tries: 1 }),
      row('down', T0 + 3600.1, decided),
    ];
    expect(select(rows)).toEqual(['bad', 'down']);
  });

  it('asks for all of a run that was cleared whole, mapped tasks too', () => {
    const rows = [
      row('a', T0 + 3600, { try_number: 2, max_tries: 1 }),
      row('b', T0 + 3600.5),
      row('m', T0 + 3601, { map_index: 0, ...decided }),
      row('m', T0 + 3601, { map_index: 1, ...decided }),
      row('late', T0 + 4000, { map_index: 1 }),
    ];
    expect(select(rows)).toEqual(['a', 'b', 'm[0]', 'm[1]']);
  });

  it('sees a task that was cleared while it ran, and whose dates are older than its row', () => {
    const dates = { scheduled_when: formatInstant(T0), queued_when: formatInstant(T0 + 1) };
    expect(select([row('killed', T0 + 60, { ...dates, state: 'skipped' })])).toEqual(['killed']);
  });

  it('sees a task that failed within a second, waited for its retry, and was skipped when its run was marked failed', () => {
    const bornAgainAt = T0 + 0.7;
    const skipped = row('flaky', bornAgainAt, {
      state: 'skipped',
      max_tries: 2,
      scheduled_when: formatInstant(T0 + 0.1),
      queued_when: formatInstant(T0 + 0.15),
      start_date: formatInstant(T0 + 0.5),
      end_date: formatInstant(T0 + 60),
    });
    expect(select([row('extract', T0 - 30), skipped])).toContain('flaky');
  });

  it('does not take the retry of a mapped task for a clearing of its neighbours', () => {
    const rows = [
      row('a', T0),
      row('m', T0 + 600, { map_index: 0, try_number: 2 }),
      row('m', T0 + 600, { map_index: 1 }),
      row('m', T0 + 600, { map_index: 2 }),
    ];
    expect(select(rows)).toEqual(['m[0]']);
  });

  const migrated = (taskId: string, queuedAt: number, more: Record<string, unknown> = {}): ApiTaskInstance =>
    row(taskId, queuedAt, {
      scheduled_when: null,
      queued_when: formatInstant(queuedAt),
      start_date: formatInstant(queuedAt + 1),
      ...more,
    });

  it('is not misled by rows that were migrated from Airflow 2', () => {
    expect(select([migrated('a', T0), migrated('b', T0 + 500), migrated('c', T0 + 1000)])).toEqual([]);
  });

  it('asks for what waited for its retry in Airflow 2 until its run was marked', () => {
    const rows = [
      migrated('given_up', T0, { state: 'skipped', map_index: 0 }),
      migrated('ok', T0 + 20),
      migrated('branch', T0 + 10, { state: 'skipped', try_number: 0 }),
      row('skips itself', T0, { state: 'skipped' }),
    ];
    expect(select(rows)).toEqual(['given_up[0]']);
  });

  it('asks for all that Airflow 2 wrote of a run in which a task was cleared, whenever it was queued', () => {
    const rows = [
      migrated('good', T0),
      migrated('bad', T0 + 3600, { state: 'failed', try_number: 2, max_tries: 1 }),
      migrated('after', T0 + 3700),
      migrated('elsewhere', T0 + 3700, { dag_run_id: 'other' }),
    ];
    expect(select(rows)).toEqual(['good', 'bad', 'after']);
  });

  it('keeps runs apart and works without ids', () => {
    const rows = [
      row('a', T0),
      row('a', T0 + 9999, { dag_run_id: 'other' }),
      row('b', T0, { id: null, try_number: 3 }),
    ];
    expect(select(rows)).toEqual(['b']);
  });
});

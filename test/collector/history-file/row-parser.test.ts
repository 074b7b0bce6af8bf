import { describe, expect, test } from 'vitest';
import { HISTORY_COLUMNS } from '../../../collector/history-file/columns.js';
import { checkHeader, RowParser } from '../../../collector/history-file/row-parser.js';
import { fields, type RowChange } from './history.js';

const parser = new RowParser(HISTORY_COLUMNS);
const T = Date.parse('2026-01-31T08:00:00Z') / 1000;

describe('good rows', () => {
  test('all fields', () => {
    const row = fields({
      deployment: 'prod',
      map_index: '4',
      try_number: '2',
      run_type: 'manual',
      scheduled_at: '2026-01-31T07:59:59.5Z',
      operator: 'PythonOperator',
      pool: 'p',
      queue: 'q',
      owner: 'o',
      hostname: 'h',
      extra: '{"a": 1, "post_b": [true]}',
    });
    expect(parser.parse(row)).toEqual({
      deployment: 'prod',
      dagId: 'dag',
      runId: 'run',
      taskId: 'task',
      mapIndex: 4,
      tryNumber: 2,
      state: 'success',
      runType: 'manual',
      scheduledAt: T - 0.5,
      queuedAt: T,
      startedAt: T + 5,
      endedAt: T + 600,
      operator: 'PythonOperator',
      pool: 'p',
      queue: 'q',
      owner: 'o',
      hostname: 'h',
      extraJson: '{"a": 1, "post_b": [true]}',
    });
  });

  test('what is left out has its default', () => {
    const narrow = new RowParser(['state', 'started_at', 'task_id', 'run_id', 'dag_id']);
    expect(narrow.parse(['running', '2026-01-31T08:00:00Z', 't', 'r', 'd'])).toEqual({
      deployment: 'default',
      dagId: 'd',
      runId: 'r',
      taskId: 't',
      mapIndex: -1,
      tryNumber: 1,
      state: 'running',
      runType: null,
      scheduledAt: null,
      queuedAt: null,
      startedAt: T,
      endedAt: null,
      operator: null,
      pool: null,
      queue: null,
      owner: null,
      hostname: null,
      extraJson: null,
    });
  });

  test.each([
    ['an end of a try that goes on is dropped', { state: 'deferred' }, { state: 'deferred', endedAt: null }],
    [
      'a start before the queueing (a deferred task is queued again)',
      { started_at: '2026-01-31T07:00:00Z' },
      { startedAt: T - 3600 },
    ],
    ['an end at the start', { ended_at: '2026-01-31T08:00:05Z' }, { endedAt: T + 5 }],
    ['a number beyond the precision of numeric', { extra: '{"a": 1e-300}' }, { extraJson: '{"a":1e-300}' }],
    [
      'ids with anything in them',
      { dag_id: ' a.b/c d 😀', task_id: 'g.t[1]' },
      { dagId: ' a.b/c d 😀', taskId: 'g.t[1]' },
    ],
  ] as [string, RowChange, object][])('%s', (_name, change, expected) => {
    expect(parser.parse(fields(change))).toMatchObject(expected);
  });
});

const TIME = 'accepted: ISO 8601 with a zone, such as 2026-01-31T08:30:00Z or 2026-01-31T08:30:00.5+01:00';

describe('bad rows', () => {
  test.each([
    [{ dag_id: '' }, 'dag_id is empty; it is required'],
    [{ run_id: '' }, 'run_id is empty; it is required'],
    [{ task_id: '' }, 'task_id is empty; it is required'],
    [{ state: '' }, 'state is empty; it is required'],
    [
      { state: 'SUCCESS' },
      'state "SUCCESS" is not known; accepted: scheduled, queued, running, restarting, deferred, up_for_reschedule, ' +
        'awaiting_input, success, failed, up_for_retry, skipped, upstream_failed, removed, killed',
    ],
    [{ queued_at: '', started_at: '' }, 'queued_at and started_at are both empty; one of them is required'],
    [{ ended_at: '' }, 'ended_at is empty; it is required when the state is success'],
    [{ ended_at: '2026-01-31T08:00:04Z' }, 'ended_at is before started_at'],
    [{ started_at: '', ended_at: '2026-01-31T07:59:59Z' }, 'ended_at is before queued_at'],
    [{ queued_at: '2026-01-31T08:00:00' }, `queued_at "2026-01-31T08:00:00" has no time zone; ${TIME}`],
    [
      { started_at: '2026-01-31T08:00:00 Mars/Base' },
      `started_at "2026-01-31T08:00:00 Mars/Base" is not a time of 1970 to 2199; ${TIME}`,
    ],
    [{ ended_at: '1769846400' }, `ended_at "1769846400" is not a time of 1970 to 2199; ${TIME}`],
    [{ scheduled_at: 'None' }, `scheduled_at "None" is not a time of 1970 to 2199; ${TIME}`],
    [{ map_index: '-2' }, 'map_index "-2" is not an integer from -1 to 2147483647'],
    [{ map_index: '1.5' }, 'map_index "1.5" is not an integer from -1 to 2147483647'],
    [{ try_number: '0' }, 'try_number "0" is not an integer from 1 to 2147483647'],
    [{ try_number: '3000000000' }, 'try_number "3000000000" is not an integer from 1 to 2147483647'],
    [{ extra: '{"a":' }, 'extra "{\\"a\\":": it is not valid JSON; a JSON object is accepted'],
    [{ extra: '[1]' }, 'extra "[1]": it is not a JSON object'],
    [{ extra: 'null' }, 'extra "null": it is not a JSON object'],
    [{ extra: '{"a":1e999}' }, 'extra "{\\"a\\":1e999}": it holds a number that is too large'],
    [
      { extra: '{"a":"\\u0000"}' },
      'extra "{\\"a\\":\\"\\\\u0000\\"}": it holds a NUL character (U+0000), which PostgreSQL cannot store',
    ],
  ] as [RowChange, string][])('%j', (change, reason) => {
    expect(parser.parse(fields(change))).toBe(reason);
  });

  test('another number of fields than the header', () => {
    expect(parser.parse(['a', 'b'])).toBe('has 2 fields, the header has 18');
    expect(parser.parse([...fields(), 'more'])).toBe('has 19 fields, the header has 18');
  });

  test('a long value is shown in part', () => {
    expect(parser.parse(fields({ state: 'x'.repeat(5000) }))).toContain(
      `"${'x'.repeat(100)}..." is not known`,
    );
  });
});

describe('headers', () => {
  test('columns in any order, and what is not known', () => {
    expect(checkHeader(['note', 'state', 'queued_at', 'task_id', 'run_id', 'dag_id', 'x'], 1)).toEqual([
      'note',
      'x',
    ]);
  });

  test.each([
    [
      ['dag_id', 'task_id', 'queued_at'],
      'line 1: the header row has no column run_id, state; it has "dag_id,task_id,queued_at"',
    ],
    [
      ['dag_id', 'run_id', 'task_id', 'state', 'ended_at'],
      'line 1: the header row has no column queued_at (or started_at)',
    ],
    [
      ['dag_id', 'run_id', 'task_id', 'state', 'queued_at', 'state'],
      'line 1: the header row names the column "state" twice',
    ],
  ])('%j', (header, message) => {
    expect(() => checkHeader(header, 1)).toThrow(message);
  });
});

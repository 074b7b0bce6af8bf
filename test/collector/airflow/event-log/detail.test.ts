import { describe, expect, it } from 'vitest';
import { readDetail } from '../../../../collector/airflow/event-log/detail.js';

describe('what is kept of an event', () => {
  it('is never a value of a variable or connection, a conf, a note or a command', () => {
    const secrets = {
      key: 'region',
      value: 'SECRET',
      val: 'SECRET',
      connection_id: 'wh',
      password: 'SECRET',
      extra: { a: 'SECRET' },
      conf: { token: 'SECRET' },
      note: 'SECRET',
      full_command: "['airflow', '--conf', 'SECRET']",
      name: { nested: 'SECRET' },
    };
    expect(readDetail(JSON.stringify(secrets))).toEqual({ key: 'region', connection_id: 'wh' });
  });

  it('is what a clearing asked for', () => {
    const asked = { dry_run: false, task_ids: ['a', ['b', 2]], dag_run_id: 'r', only_failed: true };
    expect(readDetail(JSON.stringify(asked))).toEqual(asked);
  });

  it('is bounded, and can be stored', () => {
    const asked = { name: `${'x'.repeat(249)}😀`, task_ids: Array.from({ length: 500 }, (_, i) => `t${i}`) };
    const detail = readDetail(JSON.stringify(asked))!;
    expect(detail['name']).toBe('x'.repeat(249));
    expect(detail['task_ids']).toHaveLength(100);
  });

  it.each([null, '', 'no JSON', '{broken', '[1]', '"text"', '{}', '{"other": 1}'])(
    'is null for %j',
    (extra) => {
      expect(readDetail(extra)).toBeNull();
    },
  );
});

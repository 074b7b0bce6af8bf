import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseSerializedDag } from '../../../../collector/airflow/metadata/serialized-dag.js';

const sample = (release: string): string =>
  readFileSync(join(import.meta.dirname, `schemas/serialized-${release}.json`), 'utf8');

describe.each(['2.11.0', '3.2.1', '3.3.2'])('a DAG as Airflow %s serialises it', (release) => {
  const tasks = parseSerializedDag({ data: sample(release), compressed: null });

  it('tells its tasks and what follows them', () => {
    const shape = tasks.map(({ task_id, downstream_task_ids, is_mapped }) => ({
      task_id,
      downstream_task_ids,
      is_mapped,
    }));
    expect(shape).toEqual([
      { task_id: 'extract', downstream_task_ids: ['mapped'], is_mapped: false },
      { task_id: 'mapped', downstream_task_ids: ['report'], is_mapped: true },
      { task_id: 'flaky', downstream_task_ids: ['report'], is_mapped: false },
      { task_id: 'report', downstream_task_ids: [], is_mapped: false },
    ]);
  });

  it('has the defaults where it says nothing, and what a mapped task was given', () => {
    expect(tasks[1]).toMatchObject({
      owner: 'airflow',
      pool: 'default_pool',
      queue: 'default',
      pool_slots: 1,
      retries: 1,
      retry_delay: 2,
      execution_timeout: null,
      trigger_rule: 'all_success',
      class_ref: { class_name: '_PythonDecoratedOperator' },
    });
    expect(tasks[3]).toMatchObject({ retries: 2, trigger_rule: 'all_done' });
  });

  it('is the same compressed, beside the null of Airflow 2', () => {
    expect(parseSerializedDag({ data: 'null', compressed: deflateSync(sample(release)) })).toEqual(tasks);
  });
});

describe('a serialised DAG', () => {
  it('takes what the SDK of its author has as default before what the server has', () => {
    const dag = {
      dag: { tasks: [{ __var: { task_id: 'a' } }] },
      client_defaults: { tasks: { retries: 3, pool: 'slow' } },
    };
    expect(parseSerializedDag({ data: JSON.stringify(dag), compressed: null })[0]).toMatchObject({
      retries: 3,
      pool: 'slow',
    });
  });

  it.each([
    ['nothing', null],
    ['another form', '{"dag": {"tasks": 1}}'],
    ['no JSON', 'x'],
  ])('that is %s is refused', (_, data) => {
    expect(() => parseSerializedDag({ data, compressed: null })).toThrow();
  });
});

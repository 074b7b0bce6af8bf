import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainLogEnd } from '../../../collector/failure-reason/index.js';
import { FAILURE_CLASSES } from '../../../core/facts.js';
import { RULES } from '../../../collector/failure-reason/rules.js';

const HEAD = '[2026-11-24T01:17:11.678+0000] {taskinstance.py:3313}';

/** As Airflow 2 writes: a message, then the traceback that belongs to it. */
const textLog = (line: string): string =>
  [
    `${HEAD} INFO - Executing <Task(PythonOperator): load>`,
    `${HEAD} ERROR - Task failed with exception`,
    'Traceback (most recent call last):',
    '  File "/dags/load.py", line 3, in load',
    '    run()',
    line,
    `${HEAD} INFO - Marking task as UP_FOR_RETRY. dag_id=sales, task_id=load`,
  ].join('\n');

/** As Airflow 3.2.1 writes (recorded). */
const jsonLog = (line: string): string => {
  const [, type, value] = /^([\w.]+)(?:: (.*))?$/.exec(line) ?? [];
  const detail =
    type === undefined
      ? { event: line }
      : {
          event: 'Task failed with exception',
          error_detail: [
            { exc_type: type, exc_value: value ?? '', exc_notes: [], is_cause: false, frames: [] },
          ],
        };
  return [
    { timestamp: '2026-11-24T01:17:10Z', level: 'info', event: 'Task started', logger: 'task' },
    {
      timestamp: '2026-11-24T01:17:11Z',
      level: 'error',
      logger: 'task',
      filename: 'task_runner.py',
      ...detail,
    },
  ]
    .map((entry) => JSON.stringify(entry))
    .join('\n');
};

describe('rules', () => {
  it.each(RULES.map((rule) => [rule.id, rule] as const))('%s decides its example', (id, rule) => {
    const expected = { class: rule.class, rule: id };
    expect(explainLogEnd(`${HEAD} ERROR - ${rule.example}`)).toMatchObject(expected);
    expect(explainLogEnd(jsonLog(rule.example))).toMatchObject(expected);
  });

  it('have names of their own and cover every class', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    expect(new Set(['unknown', ...RULES.map((rule) => rule.class)])).toEqual(new Set(FAILURE_CLASSES));
  });
});

describe('explainLogEnd', () => {
  it('reads the exception of a traceback in a text log', () => {
    expect(explainLogEnd(textLog("KeyError: 'customer_id'"))).toEqual({
      class: 'code',
      rule: 'programming_error',
      evidence: "KeyError: 'customer_id'",
    });
  });

  it('takes the newest line that it knows, and the raised exception before its cause', () => {
    const retried = `${HEAD} WARNING - Connection refused, trying again\n${textLog("KeyError: 'id'")}`;
    expect(explainLogEnd(retried).rule).toBe('programming_error');
    const chained = JSON.stringify({
      level: 'error',
      event: 'Task failed with exception',
      error_detail: [
        { exc_type: 'PermissionError', exc_value: 'Permission denied' },
        { exc_type: 'KeyError', exc_value: "'x'", is_cause: true },
      ],
    });
    expect(explainLogEnd(chained).rule).toBe('access_denied');
  });

  it('knows a stop by a person from the signal that follows it', () => {
    const log = [
      `${HEAD} WARNING - State of this instance has been externally set to failed. Terminating instance.`,
      `${HEAD} ERROR - Received SIGTERM. Terminating subprocesses.`,
      `${HEAD} INFO - Task exited with return code -15`,
    ].join('\n');
    expect(explainLogEnd(log).class).toBe('stopped_by_person');
  });

  it('takes a log that ends without any error for that of a lost process', () => {
    expect(explainLogEnd('')).toMatchObject({ class: 'unknown', rule: null });
    expect(explainLogEnd('something that Airflow did not write')).toMatchObject({ class: 'unknown' });
    expect(explainLogEnd(`${HEAD} INFO - KeyError: handled`)).toEqual({
      class: 'transient_infrastructure',
      rule: 'log_breaks_off',
      evidence: null,
    });
  });

  it('says unknown with the last line that tells something', () => {
    expect(explainLogEnd(jsonLog('RuntimeError: flaky'))).toEqual({
      class: 'unknown',
      rule: null,
      evidence: 'RuntimeError: flaky',
    });
    const ends = `${textLog('RuntimeError: flaky')}\n${HEAD} INFO - Task exited with return code 1`;
    expect(explainLogEnd(ends)).toMatchObject({ class: 'unknown', evidence: 'RuntimeError: flaky' });
  });

  it.each([
    'OperationalError: could not connect to postgresql://etl:hunter2@db/x',
    'ConnectionError: Connection refused, password=hunter2',
    'ConnectionError: Connection refused {"api_key": "hunter2"}',
    'ConnectionError: Connection refused, Authorization: Bearer hunter2hunter2',
  ])('masks the secret in %s', (line) => {
    const { evidence } = explainLogEnd(textLog(line));
    expect(evidence).toContain('***');
    expect(evidence).not.toContain('hunter2');
  });

  it('tells an unknown failure by its exception, not by what the task runner of Airflow 2.9 says of it', () => {
    const said = '{standard_task_runner.py:110} ERROR - Failed to execute job 82 for task load (1; 15936)';
    const log = `${textLog('ValueError: 1')}\n[2026-11-24T01:17:11.901+0000] ${said}`;
    expect(explainLogEnd(log)).toEqual({ class: 'unknown', rule: null, evidence: 'ValueError: 1' });
  });

  it('reads only the end of a huge log, and keeps little of a huge line', () => {
    const huge = `${`${HEAD} ERROR - KeyError: 'old'\n`.repeat(20_000)}${textLog(`ValueError: ${'x'.repeat(300_000)}`)}`;
    expect(explainLogEnd(huge)).toMatchObject({ evidence: null });
    const long = explainLogEnd(textLog(`ValueError: ${'x'.repeat(100_000)}`));
    expect(long.evidence).toHaveLength(500);
  });

  it('takes any text', () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom(...RULES.map((rule) => jsonLog(rule.example))),
      fc.record({ level: fc.anything(), event: fc.anything(), error_detail: fc.anything() }).map((entry) => {
        try {
          return JSON.stringify(entry);
        } catch {
          return '{';
        }
      }),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const reason = explainLogEnd(lines.join('\n'));
        expect(FAILURE_CLASSES).toContain(reason.class);
        expect(reason.evidence?.length ?? 0).toBeLessThanOrEqual(500);
        expect(explainLogEnd(lines.join('\n'))).toEqual(reason);
      }),
    );
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLogEnd } from '../../collector/airflow/log-end.js';
import { explainLogEnd } from '../../collector/failure-reason/index.js';
import { FAILURE_CLASSES } from '../../core/facts.js';

const FOLDER = join(import.meta.dirname, 'failure-reasons');
const LOGS = readdirSync(FOLDER).filter((name) => name.endsWith('.log'));

/** What decides in each, or, of the class unknown, what it is told by. */
const DECIDES: Readonly<Record<string, string>> = {
  'code.key_error': 'programming_error',
  'code.missing_column': 'sql_error',
  'code.missing_module': 'import_error',
  'code.pack_bad_deploy': 'programming_error',
  'code.segmentation_fault': 'segmentation_fault',
  'code.template': 'programming_error',
  'data.bad_json': 'bad_encoding_or_format',
  'data.duplicate_key': 'broken_constraint',
  'data.mapped_missing_file': 'missing_input',
  'permission_or_configuration.bash_denied': 'access_denied',
  'permission_or_configuration.no_connection': 'missing_setting',
  'permission_or_configuration.pack_expired_token': 'login_failed',
  'permission_or_configuration.wrong_password': 'login_failed',
  'resource.bash_disk_full': 'disk_full',
  'resource.memory_error': 'out_of_memory',
  'resource.pack_disk_full': 'disk_full',
  'timeout.execution': 'task_timeout',
  'timeout.sensor': 'task_timeout',
  'timeout.statement': 'statement_timeout',
  'transient_infrastructure.connection_refused': 'connection_lost',
  'transient_infrastructure.deadlock': 'deadlock',
  'transient_infrastructure.pack_outage': 'connection_lost',
  'transient_infrastructure.worker_lost': 'log_breaks_off',
  'transient_infrastructure.worker_terminated': 'worker_lost',
  'upstream.external_dag': 'external_task_failed',
  'upstream.triggered_dag': 'triggered_dag_failed',
};

describe('ends of real logs', () => {
  it.each(LOGS)('%s', (name) => {
    const [failureClass, cause] = name.split('.');
    const contentType = name.includes('airflow-2') ? 'text/plain' : 'application/x-ndjson';
    const end = readLogEnd({ text: readFileSync(join(FOLDER, name), 'utf8'), isCut: false, contentType });
    if ('unread' in end) throw new Error(end.unread);
    const reason = explainLogEnd(end.text);
    expect(reason.class).toBe(failureClass);
    const rule = DECIDES[`${failureClass!}.${cause!}`];
    if (rule !== undefined) expect(reason.rule).toBe(rule);
    if (failureClass === 'unknown') expect(reason.evidence).toBe('ValueError: always');
  });

  it('there is at least one of every class', () => {
    const classes = new Set(LOGS.map((name) => name.split('.')[0]));
    expect(classes).toEqual(new Set(FAILURE_CLASSES));
  });
});

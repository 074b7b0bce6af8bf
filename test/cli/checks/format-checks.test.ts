import { expect, it } from 'vitest';
import { createRecorder } from '../../../cli/checks/check.js';
import { formatChecks } from '../../../cli/checks/format-checks.js';

it('shows a line per check, each fix below its check, and what was skipped for one reason together', () => {
  const own = createRecorder(null, () => undefined);
  own.record('configuration', 'ok', 'valid');
  const airflow = createRecorder('prod', () => undefined);
  airflow.record('address', 'ok', 'answers');
  airflow.record('login', 'failed', 'refused', 'do this\nthen that');
  for (const name of ['read_dags', 'read_tasks', 'read_pools'])
    airflow.record(name, 'skipped', 'needs login');
  expect(formatChecks([...own.checks, ...airflow.checks])).toBe(
    [
      'ORC AI',
      '  ok       configuration         valid',
      '',
      'Airflow "prod"',
      '  ok       address               answers',
      '  failed   login                 refused',
      '                                 fix: do this',
      '                                      then that',
      '  skipped  read dags and 2 more  needs login',
      '',
      '2 ok, 0 warnings, 1 failed, 3 skipped',
    ].join('\n'),
  );
});

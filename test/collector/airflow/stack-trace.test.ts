import { expect, it } from 'vitest';
import { summariseStackTrace } from '../../../collector/airflow/stack-trace.js';

/** As Airflow 3.2.1 tells it. */
const TRACE = `Traceback (most recent call last):
  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed
  File "/dags/broken.py", line 5, in <module>
    raise ImportError("no module that would make this dag work")
ImportError: no module that would make this dag work
`;

it('tells the error and where it is', () => {
  expect(summariseStackTrace(TRACE)).toBe(
    '/dags/broken.py, line 5: ImportError: no module that would make this dag work',
  );
});

it.each([
  ['SyntaxError: invalid syntax', 'SyntaxError: invalid syntax'],
  ['', null],
  ['REDACTED - you do not have read permission on all DAGs in the file', null],
  ['ValueError: postgresql://user:hunter2@db/x', 'ValueError: postgresql://user:***@db/x'],
])('of %j: %j', (text, summary) => {
  expect(summariseStackTrace(text)).toBe(summary);
});

it('is bounded', () => {
  expect(summariseStackTrace(`ValueError: ${'x'.repeat(100_000)}`)!.length).toBeLessThanOrEqual(500);
});

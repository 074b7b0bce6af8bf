import { tryLabel, type TryObservation } from '../../core/facts.js';

/**
 * How the log of a recorded failed try ended: the line that Airflow 3 writes of the exception, which the recording keeps in
 * `extra.post_error`. Null for a try that did not fail, or whose exception is not known.
 */
export function recordedLogEnd({ state, extra }: TryObservation): string | null {
  const error = extra?.['post_error'];
  if (typeof error !== 'string' || tryLabel(state) !== 1) return null;
  const [type] = error.split(':', 1);
  const detail = { exc_type: type, exc_value: error.slice(type!.length + 1).trim() };
  return JSON.stringify({ level: 'error', event: 'Task failed with exception', error_detail: [detail] });
}

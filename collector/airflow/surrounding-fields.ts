/** Fields of answers about what surrounds the runs, as both REST APIs give them. */
import { z } from 'zod';
import { readDetail } from './event-log/detail.js';
import { TRANSITION_EVENTS } from './event-log/action.js';
import { instant, maybeInstant, maybeText, pageOf } from './fields.js';
import { summariseStackTrace } from './stack-trace.js';
import type { ApiEventLog, ApiHealth, ApiImportError } from './rows.js';

const maybeInteger = z
  .int()
  .nullish()
  .transform((value) => value ?? null);

export const importErrorPage = pageOf(
  'import_errors',
  z
    .object({
      import_error_id: z.int(),
      filename: z.string(),
      bundle_name: maybeText,
      timestamp: instant,
      stack_trace: maybeText,
    })
    .transform(({ import_error_id, stack_trace, ...rest }): ApiImportError => ({
      ...rest,
      id: import_error_id,
      message: stack_trace === null ? null : summariseStackTrace(stack_trace),
    })),
);

const TRANSITIONS: ReadonlySet<string> = new Set(TRANSITION_EVENTS);

export const eventLogPage = pageOf(
  'event_logs',
  z
    .object({
      event_log_id: z.int(),
      when: instant,
      event: z.string(),
      dag_id: maybeText,
      task_id: maybeText,
      run_id: maybeText,
      map_index: maybeInteger,
      try_number: maybeInteger,
      owner: maybeText,
      extra: maybeText,
    })
    .transform(({ extra, ...row }): ApiEventLog => ({
      ...row,
      detail: readDetail(extra),
      // Rows of requests never tell a map index; Airflow 2.9 has no number of the try here.
      is_transition: TRANSITIONS.has(row.event) && row.map_index !== null,
    })),
);

/** Of a component that never ran, Airflow tells null. */
function heartbeat(key: string) {
  return z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((component) => component?.[key])
    .pipe(maybeInstant);
}

export const healthAnswer = z
  .object({
    scheduler: heartbeat('latest_scheduler_heartbeat'),
    triggerer: heartbeat('latest_triggerer_heartbeat'),
    dag_processor: heartbeat('latest_dag_processor_heartbeat'),
  })
  .transform((health): ApiHealth => health);

export const sourceOfEvent = {
  timestamp: instant,
  source_dag_id: maybeText,
  source_task_id: maybeText,
  source_run_id: maybeText,
  source_map_index: maybeInteger,
};

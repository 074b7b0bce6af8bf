/** What the recorder writes: `<name>.card.json`, `<name>.dags.json`, `<name>.ndjson.gz` (datasets/recorder/). */
import { z } from 'zod';
import { FINAL_TRY_STATES, RUN_STATES, type TryState } from '../../core/facts.js';

const time = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text) / 1000 + subMillisecond(text));
const optionalTime = time.nullish().transform((value) => value ?? null);
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** Of the stretched calendar, to the minute. */
const calendarTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|\+00:00)$/)
  .transform((text) => Date.parse(text) / 1000);

/** The microseconds that `Date.parse` leaves out, in seconds. */
function subMillisecond(text: string): number {
  const digits = /\.\d{3}(\d{1,3})/.exec(text)?.[1];
  return digits === undefined ? 0 : Number(digits.padEnd(3, '0')) / 1e6;
}

export const cardSchema = z.object({
  deployment: z.string(),
  airflow_version: z.string(),
  factor: z.number().positive(),
  file: z.string(),
  sha256: z.string(),
  recorded: z.object({ start: time, end: time }),
  virtual: z.object({ start: calendarTime, end: calendarTime }),
});

export const structureSchema = z.object({
  deployment: z.string(),
  dags: z.array(
    z.object({
      dag_id: z.string(),
      schedule: optionalText,
      tags: z.array(z.string()),
      owners: z.array(z.string()),
      tasks: z.array(
        z.object({
          task_id: z.string(),
          operator_name: optionalText,
          owner: optionalText,
          pool: optionalText,
          pool_slots: z.number(),
          retries: z.number(),
          trigger_rule: optionalText,
          is_mapped: z.boolean(),
          downstream_task_ids: z.array(z.string()),
          execution_timeout_seconds: z.number().nullable(),
          retry_delay_seconds: z.number().nullable(),
        }),
      ),
    }),
  ),
  pools: z.array(z.object({ name: z.string(), slots: z.number() })),
  assets: z.array(
    z.object({
      uri: z.string(),
      producing_tasks: z.array(z.object({ dag_id: z.string() })),
      scheduled_dags: z.array(z.string()),
    }),
  ),
  dag_runs: z.array(
    z.object({
      dag_id: z.string(),
      run_id: z.string(),
      run_type: optionalText,
      state: z.enum(RUN_STATES),
      run_after: optionalTime,
      queued_at: optionalTime,
      started_at: optionalTime,
      ended_at: optionalTime,
    }),
  ),
});

export const trySchema = z.object({
  deployment: z.string(),
  dag_id: z.string(),
  run_id: z.string(),
  task_id: z.string(),
  map_index: z.number(),
  try_number: z.number(),
  state: z.string().refine((state): state is TryState => FINAL_TRY_STATES.has(state)),
  run_type: optionalText,
  scheduled_at: optionalTime,
  queued_at: optionalTime,
  started_at: optionalTime,
  ended_at: optionalTime,
  operator: optionalText,
  pool: optionalText,
  queue: optionalText,
  owner: optionalText,
  hostname: optionalText,
  extra: z.record(z.string(), z.unknown()).nullish(),
});

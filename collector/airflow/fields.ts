/** Fields that the answers of both REST APIs are made of. */
import { z } from 'zod';
import type { UnixSeconds } from '../../core/facts.js';
import { parseInstant } from './instant.js';
import type { Page } from './pages.js';

export const instant = z.string().transform((text, context): UnixSeconds => {
  const seconds = parseInstant(text);
  if (seconds !== null) return seconds;
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text.slice(0, 40))} is not a time with a zone`,
  });
  return z.NEVER;
});
/** Null, absent or a time. */
export const maybeInstant = instant.nullish().transform((value) => value ?? null);
export const maybeText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** Airflow's serialised time delta in seconds; other forms count as unknown. */
export const duration = z
  .union([
    z
      .object({ days: z.number(), seconds: z.number(), microseconds: z.number() })
      .transform(({ days, seconds, microseconds }) => days * 86_400 + seconds + microseconds / 1e6),
    z.unknown().transform(() => null),
  ])
  .optional()
  .transform((value) => value ?? null);

/** Told without login by every Airflow. */
export const versionAnswer = z.object({ version: z.string() });
/** Only counts; the rows are dropped. */
export const countAnswer = z.object({ total_entries: z.int().nullish() });

/** A task as both APIs describe it. */
export const apiTask = z.object({
  task_id: z.string(),
  owner: maybeText,
  trigger_rule: maybeText,
  retries: z.number().nullish(),
  queue: maybeText,
  pool: maybeText,
  pool_slots: z.number().nullish(),
  execution_timeout: duration,
  retry_delay: duration,
  downstream_task_ids: z.array(z.string()).nullish(),
  operator_name: maybeText,
  class_ref: z.object({ class_name: maybeText }).nullish(),
  is_mapped: z.boolean().nullish(),
});

/** A pool as both APIs describe it. */
export const apiPool = z.object({
  name: z.string(),
  slots: z.int(),
  occupied_slots: z.int(),
  running_slots: z.int(),
  queued_slots: z.int(),
  scheduled_slots: z.int(),
  deferred_slots: z.int().nullish(),
});

/** Where a page stands among its rows: `next_cursor` is there only on servers with cursor paging (3.2.2 and later). */
const paging = z.object({ total_entries: z.int().nullish(), next_cursor: z.string().nullish() });

/** A page whose rows are under `key`. */
export function pageOf<T extends z.ZodType>(key: string, row: T) {
  return paging.extend({ [key]: z.array(row) }).transform((answer): Page<z.output<T>> => {
    const { total_entries, next_cursor } = answer as z.output<typeof paging>;
    const rows = (answer as Record<string, unknown>)[key] as z.output<T>[];
    return { rows, total: total_entries ?? null, nextCursor: next_cursor };
  });
}

export const taskPage = pageOf('tasks', apiTask);
export const poolPage = pageOf('pools', apiPool);

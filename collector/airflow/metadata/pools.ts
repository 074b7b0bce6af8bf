import type { Queryable } from '../../../core/database/port.js';
import type { ApiPool } from '../rows.js';

/** Pools with the slots that task instances take, as `airflow/models/pool.py` counts them. */
export async function readPools(connection: Queryable): Promise<ApiPool[]> {
  return connection.query<ApiPool & Record<string, unknown>>(
    `WITH taken AS (
       SELECT pool, state, sum(pool_slots)::integer AS slots
       FROM task_instance
       WHERE state IN ('running', 'queued', 'scheduled', 'deferred')
       GROUP BY pool, state
     ), counted AS (
       SELECT p.id, p.pool AS name, p.slots, p.include_deferred,
         coalesce(sum(t.slots) FILTER (WHERE t.state = 'running'), 0)::integer AS running_slots,
         coalesce(sum(t.slots) FILTER (WHERE t.state = 'queued'), 0)::integer AS queued_slots,
         coalesce(sum(t.slots) FILTER (WHERE t.state = 'scheduled'), 0)::integer AS scheduled_slots,
         coalesce(sum(t.slots) FILTER (WHERE t.state = 'deferred'), 0)::integer AS deferred_slots
       FROM slot_pool p LEFT JOIN taken t ON t.pool = p.pool
       GROUP BY p.id, p.pool, p.slots, p.include_deferred
     )
     SELECT name, slots, running_slots, queued_slots, scheduled_slots, deferred_slots,
       running_slots + queued_slots + CASE WHEN include_deferred THEN deferred_slots ELSE 0 END AS occupied_slots
     FROM counted ORDER BY id`,
  );
}

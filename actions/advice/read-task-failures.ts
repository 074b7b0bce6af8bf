import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { TaskFailures } from './advice.js';

/** Tasks that are no longer in their DAG are left out. */
const READ = `
  WITH failed AS (
    SELECT deployment, dag_id, task_id, count(*) AS failures,
      count(*) FILTER (WHERE class = 'transient_infrastructure') AS transient,
      count(*) FILTER (WHERE class = 'resource') AS resource
    FROM failure_reason_fact
    WHERE event_time > to_timestamp($1::float8) AND event_time <= to_timestamp($2::float8)
    GROUP BY deployment, dag_id, task_id
  )
  SELECT f.deployment, f.dag_id AS "dagId", f.task_id AS "taskId", t.retries, t.queue, f.failures, f.transient, f.resource
  FROM failed f
  CROSS JOIN LATERAL (
    SELECT retries, queue, is_active FROM task_fact t
    WHERE t.deployment = f.deployment AND t.dag_id = f.dag_id AND t.task_id = f.task_id
    ORDER BY fact_id DESC
    LIMIT 1
  ) AS t
  WHERE t.is_active
  ORDER BY f.deployment, f.dag_id, f.task_id`;

/** Tasks with explained failures that ended after one time and up to another. */
export function readTaskFailures(
  database: Pick<Database, 'query'>,
  after: UnixSeconds,
  until: UnixSeconds,
): Promise<TaskFailures[]> {
  return database.query<TaskFailures & Record<string, unknown>>(READ, [after, until]);
}

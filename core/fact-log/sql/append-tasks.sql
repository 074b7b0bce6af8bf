-- Appends the descriptions that differ from the one before them: the latest in the log, or an earlier one of this batch.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT o.*, ROW(o.is_active, o.operator, o.pool, o.pool_slots, o.queue, o.owner, o.retries, o.retry_delay_seconds, o.execution_timeout_seconds, o.trigger_rule, o.is_mapped, o.downstream_task_ids) AS description
  FROM json_to_recordset($4::json) AS o (
    ordinal integer,
    deployment text COLLATE "C", dag_id text COLLATE "C", task_id text COLLATE "C", is_active boolean, operator text,
    pool text, pool_slots integer, queue text, owner text, retries integer, retry_delay_seconds double precision,
    execution_timeout_seconds double precision, trigger_rule text, is_mapped boolean, downstream_task_ids text[]
  )
),
compared AS (
  SELECT o.*,
    lag(o.ordinal) OVER same_key AS previous_ordinal,
    lag(o.description) OVER same_key AS previous
  FROM observed o
  WINDOW same_key AS (PARTITION BY o.deployment, o.dag_id, o.task_id ORDER BY o.ordinal)
),
changed AS (
  SELECT c.*
  FROM compared c
  LEFT JOIN LATERAL (
    SELECT ROW(f.is_active, f.operator, f.pool, f.pool_slots, f.queue, f.owner, f.retries, f.retry_delay_seconds, f.execution_timeout_seconds, f.trigger_rule, f.is_mapped, f.downstream_task_ids) AS description
    FROM task_fact f
    WHERE f.deployment = c.deployment AND f.dag_id = c.dag_id AND f.task_id = c.task_id
    ORDER BY f.fact_id DESC
    LIMIT 1
  ) AS latest ON c.previous_ordinal IS NULL
  WHERE c.description IS DISTINCT FROM CASE WHEN c.previous_ordinal IS NULL THEN latest.description ELSE c.previous END
)
INSERT INTO task_fact (
  deployment, dag_id, task_id, is_active, operator, pool, pool_slots, queue, owner, retries, retry_delay_seconds, execution_timeout_seconds,
  trigger_rule, is_mapped, downstream_task_ids,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, dag_id, task_id, is_active, operator, pool, pool_slots, queue, owner, retries, retry_delay_seconds, execution_timeout_seconds,
  trigger_rule, is_mapped, downstream_task_ids,
  to_timestamp($2::double precision), to_timestamp($2::double precision), $3::boolean, $1::text
FROM changed
ORDER BY ordinal

-- The outcome of every labelled try, in the shape of read-facts.sql and the order of a backtest's decisions.
SELECT
  0::smallint AS kind, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, task_id,
  map_index, try_number, state, new_phases, run_type, scheduled_at, NULL::timestamptz AS logical_date,
  queued_at, started_at, ended_at, operator, pool, queue, owner, hostname, extra::text AS extra
FROM try_fact
WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
  AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
  AND (NOT (SELECT current_setting('orc.has_deployment')::boolean)
    OR deployment = (SELECT current_setting('orc.deployment')))
  AND new_phases & 4 > 0
  AND state IN ('success', 'failed', 'up_for_retry')
  AND coalesce(queued_at, started_at) IS NOT NULL
ORDER BY coalesce(queued_at, started_at), deployment, dag_id, run_id, task_id, map_index, try_number

-- One row per DAG run in the shape of read-facts.sql: the fact of its first final state, else its latest fact, with all
-- phases that were told; derived from the tries where there are no run facts.
WITH
-- include derived-runs
, real_run AS (
  SELECT DISTINCT ON (deployment, dag_id, run_id)
    *, bit_or(new_phases) OVER (PARTITION BY deployment, dag_id, run_id) AS all_phases
  FROM dag_run_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean)
      OR deployment = (SELECT current_setting('orc.deployment')))
  ORDER BY deployment, dag_id, run_id, new_phases & 4 DESC, fact_id DESC
),
run AS (
  SELECT
    fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, state, all_phases AS new_phases,
    run_type, run_after, logical_date, queued_at, started_at, ended_at
  FROM real_run
  UNION ALL
  SELECT
    fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, state, new_phases::smallint,
    run_type, NULL, NULL, queued_at, started_at, ended_at
  FROM derived_run
)
SELECT
  1::smallint AS kind, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, NULL::text AS task_id,
  NULL::integer AS map_index, NULL::integer AS try_number, state, new_phases, run_type, run_after, logical_date,
  queued_at, started_at, ended_at, NULL::text AS operator, NULL::text AS pool, NULL::text AS queue, NULL::text AS owner,
  NULL::text AS hostname, NULL::text AS extra
FROM run
ORDER BY coalesce(queued_at, started_at, event_time), deployment, dag_id, run_id

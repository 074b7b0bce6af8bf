-- DAG runs of a history without run facts, from their tries: queued with the first try, ended with the last, failed when
-- the last try of any task failed. A run has no end while the latest try of any task is unfinished.
-- Columns come in the shape of dag_run_fact; new_phases counts only what was not known up to orc.after_fact_id.
changed_run AS (
  SELECT DISTINCT deployment, dag_id, run_id
  FROM try_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean)
      OR deployment = (SELECT current_setting('orc.deployment')))
    AND (SELECT current_setting('orc.derive_runs')::boolean)
),
summarised_run AS (
  SELECT run.deployment, run.dag_id, run.run_id, tries.*
  FROM changed_run AS run
  CROSS JOIN LATERAL (
    SELECT
      max(fact_id) AS fact_id, max(known_at) AS known_at, bool_and(visibility_assumed) AS visibility_assumed,
      min(run_type) AS run_type, min(queued_at) AS queued_at, min(started_at) AS started_at, max(ended_at) AS ended_at,
      max(event_time) AS event_time,
      bool_and(last_try & 2 > 0) AS has_ended, bool_or(last_try & 3 = 3) AS has_failed,
      coalesce(bool_or(queued_before), false) AS queued_before,
      coalesce(bool_or(started_before), false) AS started_before,
      coalesce(bool_and(last_try_before & 2 > 0), false) AS ended_before
    FROM (
      -- One number holds what matters of a try: its number, bit 2 when it has ended, bit 1 when it failed.
      SELECT
        max(try_code) AS last_try,
        max(try_code) FILTER (WHERE is_before) AS last_try_before,
        bool_or(is_before AND coalesce(queued_at, started_at) IS NOT NULL) AS queued_before,
        bool_or(is_before AND started_at IS NOT NULL) AS started_before,
        max(fact_id) AS fact_id, max(known_at) AS known_at, bool_and(visibility_assumed) AS visibility_assumed,
        min(run_type) AS run_type, min(least(queued_at, started_at)) AS queued_at, min(started_at) AS started_at,
        max(ended_at) FILTER (WHERE new_phases & 4 > 0) AS ended_at,
        max(event_time) FILTER (WHERE new_phases > 0) AS event_time
      FROM (
        SELECT
          f.*,
          f.try_number::bigint * 4 + CASE
            WHEN f.new_phases & 4 = 0 THEN 0
            WHEN f.state IN ('failed', 'up_for_retry') THEN 3
            ELSE 2
          END AS try_code,
          f.fact_id <= (SELECT current_setting('orc.after_fact_id')::bigint) AS is_before
        FROM try_fact f
        WHERE f.dag_id = run.dag_id AND f.run_id = run.run_id AND f.deployment = run.deployment
          -- The sum keeps the planner from the index of fact_id. It would scan the whole log for each run when statistics
          -- were taken in the middle of an import, which sees no committed row.
          AND f.fact_id + 0 <= (SELECT current_setting('orc.until_fact_id')::bigint)
      ) AS fact
      GROUP BY task_id, map_index
    ) AS task
  ) AS tries
  WHERE NOT EXISTS (
    SELECT FROM dag_run_fact r
    WHERE r.dag_id = run.dag_id AND r.run_id = run.run_id AND r.deployment = run.deployment
  )
),
derived_run AS (
  SELECT
    fact_id, deployment, dag_id, run_id,
    CASE
      WHEN NOT has_ended THEN CASE WHEN started_at IS NULL THEN 'queued' ELSE 'running' END
      WHEN has_failed THEN 'failed'
      ELSE 'success'
    END AS state,
    CASE WHEN queued_at IS NOT NULL AND NOT queued_before THEN 1 ELSE 0 END
      + CASE WHEN started_at IS NOT NULL AND NOT started_before THEN 2 ELSE 0 END
      + CASE WHEN has_ended AND NOT ended_before THEN 4 ELSE 0 END AS new_phases,
    run_type, queued_at, started_at, CASE WHEN has_ended THEN coalesce(ended_at, event_time) END AS ended_at,
    event_time, known_at, visibility_assumed
  FROM summarised_run
)

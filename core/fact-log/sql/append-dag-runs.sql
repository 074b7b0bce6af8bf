-- Appends the observations that tell a state of their DAG run for the first time, in their order.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT
    o.*,
    (o.queued_at IS NOT NULL)::integer + 2 * (o.started_at IS NOT NULL)::integer
      + 4 * (o.state IN ('success', 'failed'))::integer AS phases
  FROM json_to_recordset($4::json) AS o (
    ordinal integer, deployment text COLLATE "C", dag_id text COLLATE "C", run_id text COLLATE "C",
    state text COLLATE "C", run_type text, run_after double precision, logical_date double precision,
    queued_at double precision, started_at double precision, ended_at double precision
  )
),
candidate AS (
  SELECT o.*, coalesce(earlier.told, 0) AS told,
    row_number() OVER (PARTITION BY o.dag_id, o.run_id, o.deployment, o.state ORDER BY o.ordinal) AS time_seen
  FROM observed o
  LEFT JOIN LATERAL (
    SELECT bit_or(f.new_phases) AS told, bool_or(f.state = o.state) AS same_state
    FROM dag_run_fact f
    WHERE f.dag_id = o.dag_id AND f.run_id = o.run_id AND f.deployment = o.deployment
  ) AS earlier ON true
  WHERE earlier.same_state IS NOT TRUE
),
fresh AS (
  SELECT *, told | coalesce(bit_or(phases) OVER (
    PARTITION BY dag_id, run_id, deployment ORDER BY ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ), 0) AS told_before
  FROM candidate
  WHERE time_seen = 1
)
INSERT INTO dag_run_fact (
  deployment, dag_id, run_id, state, new_phases, run_type, run_after, logical_date, queued_at, started_at, ended_at,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, dag_id, run_id, state, phases & ~told_before, run_type,
  to_timestamp(run_after), to_timestamp(logical_date),
  to_timestamp(queued_at), to_timestamp(started_at), to_timestamp(ended_at),
  to_timestamp(coalesce(greatest(queued_at, started_at, ended_at), run_after, $2::double precision)),
  to_timestamp($2::double precision), $3::boolean, $1::text
FROM fresh
ORDER BY ordinal

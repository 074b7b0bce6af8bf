-- Appends deadlines of DAG runs; those that are in the log already change nothing.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
INSERT INTO deadline_fact (
  deployment, dag_id, run_id, deadline_id, name, deadline_at, is_missed,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, dag_id, run_id, deadline_id, name, to_timestamp(deadline_at), is_missed,
  to_timestamp(event_time), to_timestamp($2::double precision), $3::boolean, $1::text
FROM json_to_recordset($4::json) AS o (
  ordinal integer,
  deployment text, dag_id text, run_id text, deadline_id text, name text, deadline_at double precision, is_missed boolean,
  event_time double precision
)
ORDER BY ordinal
ON CONFLICT DO NOTHING

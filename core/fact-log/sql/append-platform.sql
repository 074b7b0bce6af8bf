-- Appends measurements of the platform; those of a series and window that are in the log already change nothing.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
INSERT INTO platform_fact (
  deployment, event_time, known_at, visibility_assumed, source, name,
  dag_id, task_id, pool, state, queue, executor, host, dag_file, value, maximum, sample_count
)
SELECT
  deployment, to_timestamp(event_time), to_timestamp($2::double precision), $3::boolean, $1::text, name,
  dag_id, task_id, pool, state, queue, executor, host, dag_file, value, maximum, sample_count
FROM json_to_recordset($4::json) AS o (
  ordinal integer, deployment text, event_time double precision, name text,
  dag_id text, task_id text, pool text, state text, queue text, executor text, host text, dag_file text,
  value double precision, maximum double precision, sample_count double precision
)
ORDER BY ordinal
ON CONFLICT DO NOTHING

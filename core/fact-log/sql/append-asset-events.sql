-- Appends events of assets; those that are in the log already change nothing.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
INSERT INTO asset_event_fact (
  deployment, event_id, uri, name, dag_id, task_id, run_id, map_index,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, event_id, uri, name, dag_id, task_id, run_id, map_index,
  to_timestamp(event_time), to_timestamp($2::double precision), $3::boolean, $1::text
FROM json_to_recordset($4::json) AS o (
  ordinal integer,
  deployment text, event_id bigint, event_time double precision, uri text, name text, dag_id text, task_id text, run_id text, map_index integer
)
ORDER BY ordinal
ON CONFLICT DO NOTHING

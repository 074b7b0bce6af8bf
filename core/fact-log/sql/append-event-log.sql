-- Appends rows of the event log; those that are in the log already change nothing.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
INSERT INTO event_log_fact (
  deployment, event_id, event, action, dag_id, task_id, run_id, map_index, try_number, owner, detail,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, event_id, event, action, dag_id, task_id, run_id, map_index, try_number, owner, detail,
  to_timestamp(event_time), to_timestamp($2::double precision), $3::boolean, $1::text
FROM json_to_recordset($4::json) AS o (
  ordinal integer,
  deployment text, event_id bigint, event_time double precision, event text, action text, dag_id text, task_id text, run_id text, map_index integer, try_number integer, owner text, detail jsonb
)
ORDER BY ordinal
ON CONFLICT DO NOTHING

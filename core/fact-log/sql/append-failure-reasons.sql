-- Appends reasons of tries that have none yet. $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of
-- observations. The lock is held.
INSERT INTO failure_reason_fact (
  deployment, dag_id, run_id, task_id, map_index, try_number, pool, class, rule, template_id, template, evidence, unread,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, dag_id, run_id, task_id, map_index, try_number, pool, class, rule, template_id, template, evidence, unread,
  to_timestamp(ended_at), to_timestamp($2::double precision), $3::boolean, $1::text
FROM json_to_recordset($4::json) AS o (
  ordinal integer, deployment text, dag_id text, run_id text, task_id text, map_index integer, try_number integer,
  pool text, class text, rule text, template_id text, template text, evidence text, unread text, ended_at double precision
)
ORDER BY ordinal
ON CONFLICT DO NOTHING

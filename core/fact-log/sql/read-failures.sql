-- The latest explained failures of a DAG up to a time. $1 deployment, $2 dag_id, $3 Unix seconds, $4 at most so many.
SELECT
  run_id AS "runId", task_id AS "taskId", map_index AS "mapIndex", try_number AS "tryNumber",
  class AS "failureClass", rule, evidence, unread, extract(epoch FROM event_time)::double precision AS "endedAt"
FROM failure_reason_fact
WHERE deployment = $1 AND dag_id = $2 AND event_time <= to_timestamp($3::double precision)
ORDER BY event_time DESC, fact_id DESC
LIMIT $4

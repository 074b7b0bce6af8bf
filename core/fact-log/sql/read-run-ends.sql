-- The last DAG runs of a DAG that ended, newest first. $1 deployment, $2 dag_id, $3 at most so many.
SELECT
  run_id AS "runId", state = 'failed' AS failed, extract(epoch FROM coalesce(ended_at, event_time))::double precision AS "endedAt"
FROM dag_run_fact
WHERE deployment = $1 AND dag_id = $2 AND state IN ('success', 'failed')
ORDER BY event_time DESC, fact_id DESC
LIMIT $3

INSERT INTO try_fact (
  deployment, dag_id, run_id, task_id, map_index, try_number, state, new_phases, run_type,
  scheduled_at, queued_at, started_at, ended_at, operator, pool, queue, owner, hostname, extra,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, dag_id, run_id, task_id, map_index, try_number, state, phases & ~told_before, run_type,
  scheduled_at, queued_at, started_at, ended_at, operator, pool, queue, owner, hostname, extra,
  coalesce(greatest(queued_at, started_at, ended_at), scheduled_at, to_timestamp($2::double precision)),
  to_timestamp($2::double precision), $3::boolean, $1::text
FROM fresh
ORDER BY ordinal

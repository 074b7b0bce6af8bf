SELECT greatest(
  (SELECT max(fact_id) FROM try_fact),
  (SELECT max(fact_id) FROM dag_run_fact),
  (SELECT max(fact_id) FROM dag_fact),
  (SELECT max(fact_id) FROM task_fact),
  (SELECT max(fact_id) FROM pool_fact),
  (SELECT max(fact_id) FROM failure_reason_fact),
  (SELECT max(fact_id) FROM dag_version_fact),
  (SELECT max(fact_id) FROM dag_dependency_fact),
  (SELECT max(fact_id) FROM deadline_fact WHERE NOT is_missed AND known_at < deadline_at),
  (
    SELECT max(fact_id) FROM platform_fact
    WHERE name = 'scheduler_heartbeat_age_seconds'
    AND (source = 'airflow_rest' OR extract(second FROM event_time AT TIME ZONE 'UTC') < 10)
  ),
  0
)::double precision AS fact_id

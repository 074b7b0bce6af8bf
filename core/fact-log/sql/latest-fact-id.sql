SELECT greatest(
  (SELECT max(fact_id) FROM try_fact),
  (SELECT max(fact_id) FROM dag_run_fact),
  (SELECT max(fact_id) FROM dag_fact),
  (SELECT max(fact_id) FROM task_fact),
  (SELECT max(fact_id) FROM pool_fact),
  (SELECT max(fact_id) FROM failure_reason_fact),
  0
)::double precision AS fact_id

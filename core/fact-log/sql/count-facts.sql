SELECT
  (SELECT count(*) FROM try_fact)::double precision AS tries,
  (SELECT count(*) FROM dag_run_fact)::double precision AS dag_runs,
  (SELECT count(*) FROM dag_fact)::double precision AS dags,
  (SELECT count(*) FROM task_fact)::double precision AS tasks,
  (SELECT count(*) FROM pool_fact)::double precision AS pools

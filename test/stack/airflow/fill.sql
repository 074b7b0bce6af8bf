-- Fills a throwaway Airflow 3 for measurements (bench/rest.ts): 10,000 DAGs with two DAG runs of one task each, copies of what the
-- DAG `to_clear` has. Stop the scheduler and the DAG processor first: they would end what has no file.
--   psql "$AIRFLOW_DATABASE" -v ON_ERROR_STOP=1 -f test/stack/airflow/fill.sql
BEGIN;

INSERT INTO dag
SELECT (jsonb_populate_record(dag, jsonb_build_object('dag_id', 'bulk_' || lpad(n::text, 5, '0'), 'is_paused', true))).*
FROM dag, generate_series(1, 10000) AS n
WHERE dag_id = 'to_clear';

INSERT INTO dag_run
SELECT (jsonb_populate_record(run, jsonb_build_object(
  'id', nextval('dag_run_id_seq'),
  'dag_id', 'bulk_' || lpad(n::text, 5, '0'),
  'run_id', 'bulk_run_' || r,
  'logical_date', NULL,
  'run_after', run.run_after - make_interval(secs => 60 * n + r)
))).*
FROM dag_run AS run, generate_series(1, 10000) AS n, generate_series(1, 2) AS r
WHERE run.id = (SELECT min(id) FROM dag_run WHERE dag_id = 'to_clear');

INSERT INTO task_instance
SELECT (jsonb_populate_record(task, jsonb_build_object(
  'id', gen_random_uuid(),
  'dag_id', 'bulk_' || lpad(n::text, 5, '0'),
  'run_id', 'bulk_run_' || r
))).*
FROM task_instance AS task, generate_series(1, 10000) AS n, generate_series(1, 2) AS r
WHERE task.id = (SELECT id FROM task_instance WHERE dag_id = 'to_clear' AND task_id = 'good' ORDER BY start_date LIMIT 1);

COMMIT;
ANALYZE;

-- One million task instances as 200 DAGs of ten tasks make them in 500 runs each; one in twenty had a first try that failed.
INSERT INTO dag_version (id, version_number, dag_id, bundle_name, created_at, last_updated)
SELECT gen_random_uuid(), 1, 'dag_' || d, 'dags-folder', now(), now() FROM generate_series(1, 200) AS d;

INSERT INTO dag (dag_id, is_paused, is_stale, bundle_name, owners, timetable_type, timetable_summary, max_active_tasks,
  max_consecutive_failed_dag_runs, has_task_concurrency_limits, fileloc)
SELECT 'dag_' || d, false, false, 'dags-folder', 'airflow', 'cron', '0 * * * *', 16, 0, false, '/dags/' || d || '.py'
FROM generate_series(1, 200) AS d;

INSERT INTO dag_run (id, dag_id, run_id, logical_date, run_after, queued_at, start_date, end_date, state, run_type,
  conf, data_interval_start, data_interval_end, created_at, updated_at, clear_number, context_carrier, created_dag_version_id)
SELECT (r - 1) * 200 + d, 'dag_' || d, 'scheduled__' || to_char(due, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'),
  due, due, due + interval '1 s', due + interval '2 s', due + interval '90 s', 'success', 'scheduled',
  '{}', due, due, due, due + interval '90 s', 0, '{}', v.id
FROM generate_series(1, 500) AS r
CROSS JOIN generate_series(1, 200) AS d
JOIN dag_version v ON v.dag_id = 'dag_' || d
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01Z' + r * interval '1 h' + d * interval '7 s' AS due) AS time;

INSERT INTO task_instance (id, task_id, dag_id, run_id, map_index, start_date, end_date, duration, state, try_number, max_tries,
  hostname, unixname, pool, pool_slots, queue, priority_weight, operator, custom_operator_name, scheduled_dttm, queued_dttm,
  updated_at, dag_version_id, context_carrier, executor_config)
SELECT gen_random_uuid(), 'task_' || t, r.dag_id, r.run_id, -1,
  r.start_date + t * interval '8 s', r.start_date + t * interval '8 s' + interval '7.123456 s', 7.123456,
  CASE WHEN r.id % 37 = t THEN 'failed' ELSE 'success' END, CASE WHEN (r.id + t) % 20 = 0 THEN 2 ELSE 1 END, 1,
  'worker-' || r.id % 16 || '.example.com', 'airflow', 'default_pool', 1, 'default', 10 - t, 'PythonOperator', '@task',
  r.start_date + t * interval '8 s' - interval '0.4 s', r.start_date + t * interval '8 s' - interval '0.2 s',
  r.start_date + t * interval '8 s' + interval '7.2 s', r.created_dag_version_id, '{}', '\x80057d942e'
FROM (SELECT * FROM dag_run ORDER BY run_after) AS r CROSS JOIN generate_series(0, 9) AS t;

INSERT INTO task_instance_history (task_instance_id, task_id, dag_id, run_id, map_index, try_number, start_date, end_date,
  duration, state, max_tries, hostname, unixname, pool, pool_slots, queue, priority_weight, operator, custom_operator_name,
  scheduled_dttm, queued_dttm, updated_at, dag_version_id)
SELECT gen_random_uuid(), task_id, dag_id, run_id, map_index, 1, start_date - interval '3 s', end_date - interval '8 s', 2,
  'failed', max_tries, hostname, unixname, pool, pool_slots, queue, priority_weight, operator, custom_operator_name,
  scheduled_dttm - interval '3 s', queued_dttm - interval '3 s', updated_at - interval '8 s', dag_version_id
FROM task_instance WHERE try_number = 2;

INSERT INTO log (id, dttm, dag_id, task_id, run_id, map_index, event, try_number, owner)
SELECT row_number() OVER (ORDER BY end_date), end_date, dag_id, task_id, run_id, map_index, state, try_number, 'airflow'
FROM task_instance;

INSERT INTO slot_pool (id, pool, slots, include_deferred) VALUES (1, 'default_pool', 128, false);
VACUUM ANALYZE

-- The feature engine reads a small part of the measurements; without this, asking for the latest of them would scan them all.
-- The condition is that of core/fact-log/sql/read-surroundings.sql, word for word.
CREATE INDEX platform_fact_read ON platform_fact (fact_id)
WHERE name IN (
    'scheduler_heartbeat_age_seconds', 'executor_open_slots', 'executor_queued_tasks', 'scheduler_tasks_starving',
    'dag_processing_total_parse_time_seconds'
  )
  AND (source = 'airflow_rest' OR extract(second FROM event_time AT TIME ZONE 'UTC') < 10);

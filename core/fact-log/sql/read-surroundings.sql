-- Branches of read-facts.sql: what surrounds the runs. Columns as there; the description travels as JSON in extra.
  UNION ALL
  SELECT
    8::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    json_build_object('versionNumber', version_number)::text,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM dag_version_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
  UNION ALL
  SELECT
    9::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    json_build_object('fromDagId', from_dag_id, 'toDagId', to_dag_id, 'kind', kind, 'via', via, 'isActive', is_active)::text,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM dag_dependency_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
-- Of the platform only what is read (ENGINE_MEASUREMENT), and of StatsD's windows of 10 seconds one a minute; migration 0008 has
-- an index whose condition follows from this one.
  UNION ALL
  SELECT
    12::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    json_build_object('name', name, 'value', value)::text,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM platform_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
    AND name = 'scheduler_heartbeat_age_seconds'
    AND (source = 'airflow_rest' OR extract(second FROM event_time AT TIME ZONE 'UTC') < 10)
-- Of Airflow's own deadlines those that were seen before they passed (DeadlineFact).
  UNION ALL
  SELECT
    13::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    json_build_object('deadlineId', deadline_id, 'deadlineAt', extract(epoch FROM deadline_at)::double precision)::text,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM deadline_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
    AND NOT is_missed AND known_at < deadline_at

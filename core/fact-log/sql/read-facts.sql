-- Every kind of fact in one shape. The scope is set by set-read-scope.sql; scheduled_at of a DAG run is its run_after, and
-- the description of a DAG, task or pool travels as JSON in extra. Of a failure's reason, state is the class and extra the template.
WITH
-- include derived-runs
, fact AS (
  SELECT
    0::smallint AS kind, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, task_id,
    map_index, try_number, state, new_phases, run_type, scheduled_at, NULL::timestamptz AS logical_date,
    queued_at, started_at, ended_at, operator, pool, queue, owner, hostname, extra::text AS extra,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE coalesce(
        least(
          CASE WHEN new_phases & 1 > 0 THEN queued_at END,
          CASE WHEN new_phases & 2 > 0 THEN started_at END,
          CASE WHEN new_phases & 4 > 0 THEN coalesce(ended_at, event_time) END
        ),
        event_time
      ) + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END AS visible_at
  FROM try_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
  UNION ALL
  SELECT
    1::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, NULL,
    NULL, NULL, state, new_phases, run_type, run_after, logical_date,
    queued_at, started_at, ended_at, NULL, NULL, NULL, NULL, NULL, NULL,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE coalesce(
        least(
          CASE WHEN new_phases & 1 > 0 THEN queued_at END,
          CASE WHEN new_phases & 2 > 0 THEN started_at END,
          CASE WHEN new_phases & 4 > 0 THEN coalesce(ended_at, event_time) END
        ),
        event_time
      ) + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM dag_run_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
  UNION ALL
  SELECT
    1::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, NULL,
    NULL, NULL, state, new_phases::smallint, run_type, NULL, NULL,
    queued_at, started_at, ended_at, NULL, NULL, NULL, NULL, NULL, NULL,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE coalesce(
        least(
          CASE WHEN new_phases & 1 > 0 THEN queued_at END,
          CASE WHEN new_phases & 2 > 0 THEN started_at END,
          CASE WHEN new_phases & 4 > 0 THEN coalesce(ended_at, event_time) END
        ),
        event_time
      ) + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM derived_run
  WHERE new_phases > 0
  UNION ALL
  SELECT
    2::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    json_build_object(
      'isActive', is_active, 'isPaused', is_paused, 'schedule', schedule, 'owners', owners, 'tags', tags,
      'nextRunAfter', extract(epoch FROM next_run_after)::double precision, 'fileLocation', file_location
    )::text,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM dag_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
  UNION ALL
  SELECT
    3::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, NULL, task_id,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, operator, pool, queue, owner, NULL,
    json_build_object(
      'poolSlots', pool_slots, 'retries', retries, 'retryDelaySeconds', retry_delay_seconds,
      'executionTimeoutSeconds', execution_timeout_seconds, 'triggerRule', trigger_rule, 'isMapped', is_mapped,
      'downstreamTaskIds', downstream_task_ids, 'isActive', is_active
    )::text,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM task_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
  UNION ALL
  SELECT
    4::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, pool, NULL, NULL, NULL,
    json_build_object(
      'slots', slots, 'occupiedSlots', occupied_slots, 'runningSlots', running_slots, 'queuedSlots', queued_slots,
      'scheduledSlots', scheduled_slots, 'deferredSlots', deferred_slots
    )::text,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM pool_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
  UNION ALL
  SELECT
    7::smallint, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, task_id,
    map_index, try_number, class, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, pool, NULL, NULL, NULL,
    template_id,
    CASE
      WHEN NOT visibility_assumed THEN known_at
      ELSE event_time + (SELECT make_interval(secs => current_setting('orc.lag_seconds')::double precision))
    END
  FROM failure_reason_fact
  WHERE fact_id > (SELECT current_setting('orc.after_fact_id')::bigint)
    AND fact_id <= (SELECT current_setting('orc.until_fact_id')::bigint)
    AND (NOT (SELECT current_setting('orc.has_deployment')::boolean) OR deployment = (SELECT current_setting('orc.deployment')))
-- include read-surroundings
)
SELECT
  kind, fact_id, event_time, known_at, visibility_assumed, deployment, dag_id, run_id, task_id, map_index, try_number,
  state, new_phases, run_type, scheduled_at, logical_date, queued_at, started_at, ended_at, operator, pool, queue, owner,
  hostname, extra
FROM fact
ORDER BY visible_at, fact_id, kind

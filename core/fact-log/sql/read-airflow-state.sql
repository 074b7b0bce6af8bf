-- What was last measured of Airflow itself since $1: heartbeats, import errors.
-- $1: time as Unix seconds; $2: names of measurements.
SELECT DISTINCT ON (deployment, name) deployment, name, value
FROM platform_fact
WHERE event_time >= to_timestamp($1) AND name = ANY ($2)
  AND dag_id = '' AND task_id = '' AND pool = '' AND state = '' AND queue = '' AND executor = '' AND host = '' AND dag_file = ''
ORDER BY deployment, name, event_time DESC

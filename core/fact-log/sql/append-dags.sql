-- Appends the descriptions that differ from the one before them: the latest in the log, or an earlier one of this batch.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT o.*, ROW(o.is_active, o.is_paused, o.schedule, o.owners, o.tags, to_timestamp(o.next_run_after), o.file_location) AS description
  FROM json_to_recordset($4::json) AS o (
    ordinal integer,
    deployment text COLLATE "C", dag_id text COLLATE "C", is_active boolean, is_paused boolean, schedule text,
    owners text[], tags text[], next_run_after double precision, file_location text
  )
),
compared AS (
  SELECT o.*,
    lag(o.ordinal) OVER same_key AS previous_ordinal,
    lag(o.description) OVER same_key AS previous
  FROM observed o
  WINDOW same_key AS (PARTITION BY o.deployment, o.dag_id ORDER BY o.ordinal)
),
changed AS (
  SELECT c.*
  FROM compared c
  LEFT JOIN LATERAL (
    SELECT ROW(f.is_active, f.is_paused, f.schedule, f.owners, f.tags, f.next_run_after, f.file_location) AS description
    FROM dag_fact f
    WHERE f.deployment = c.deployment AND f.dag_id = c.dag_id
    ORDER BY f.fact_id DESC
    LIMIT 1
  ) AS latest ON c.previous_ordinal IS NULL
  WHERE c.description IS DISTINCT FROM CASE WHEN c.previous_ordinal IS NULL THEN latest.description ELSE c.previous END
)
INSERT INTO dag_fact (
  deployment, dag_id, is_active, is_paused, schedule, owners, tags, next_run_after, file_location,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, dag_id, is_active, is_paused, schedule, owners, tags, to_timestamp(next_run_after), file_location,
  to_timestamp($2::double precision), to_timestamp($2::double precision), $3::boolean, $1::text
FROM changed
ORDER BY ordinal

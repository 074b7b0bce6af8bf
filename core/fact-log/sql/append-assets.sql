-- Appends the descriptions that differ from the one before them: the latest in the log, or an earlier one of this batch.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT o.*, ROW(o.is_active, o.producing_tasks, o.consuming_dags) AS description
  FROM json_to_recordset($4::json) AS o (
    ordinal integer,
    deployment text COLLATE "C", uri text COLLATE "C", name text COLLATE "C", is_active boolean, producing_tasks jsonb, consuming_dags text[]
  )
),
compared AS (
  SELECT o.*,
    lag(o.ordinal) OVER same_key AS previous_ordinal,
    lag(o.description) OVER same_key AS previous
  FROM observed o
  WINDOW same_key AS (PARTITION BY o.deployment, o.uri, o.name ORDER BY o.ordinal)
),
changed AS (
  SELECT c.*
  FROM compared c
  LEFT JOIN LATERAL (
    SELECT ROW(f.is_active, f.producing_tasks, f.consuming_dags) AS description
    FROM asset_fact f
    WHERE f.deployment = c.deployment AND md5(f.uri) = md5(c.uri) AND f.uri = c.uri AND f.name = c.name
    ORDER BY f.fact_id DESC
    LIMIT 1
  ) AS latest ON c.previous_ordinal IS NULL
  WHERE c.description IS DISTINCT FROM CASE WHEN c.previous_ordinal IS NULL THEN latest.description ELSE c.previous END
)
INSERT INTO asset_fact (
  deployment, uri, name, is_active, producing_tasks, consuming_dags,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, uri, name, is_active, producing_tasks, consuming_dags,
  to_timestamp($2::double precision), to_timestamp($2::double precision), $3::boolean, $1::text
FROM changed
ORDER BY ordinal

-- Appends the import errors that differ from the one before them: the latest in the log, or an earlier one of this batch.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT o.*, ROW(o.message, o.is_resolved) AS description
  FROM json_to_recordset($4::json) AS o (
    ordinal integer,
    deployment text COLLATE "C", file text COLLATE "C", bundle_name text COLLATE "C", message text, is_resolved boolean, event_time double precision
  )
),
compared AS (
  SELECT o.*,
    lag(o.ordinal) OVER same_key AS previous_ordinal,
    lag(o.description) OVER same_key AS previous
  FROM observed o
  WINDOW same_key AS (PARTITION BY o.deployment, o.file, o.bundle_name ORDER BY o.ordinal)
),
changed AS (
  SELECT c.*
  FROM compared c
  LEFT JOIN LATERAL (
    SELECT ROW(f.message, f.is_resolved) AS description
    FROM import_error_fact f
    WHERE f.deployment = c.deployment AND md5(f.file) = md5(c.file) AND f.file = c.file AND f.bundle_name IS NOT DISTINCT FROM c.bundle_name
    ORDER BY f.fact_id DESC
    LIMIT 1
  ) AS latest ON c.previous_ordinal IS NULL
  WHERE c.description IS DISTINCT FROM CASE WHEN c.previous_ordinal IS NULL THEN latest.description ELSE c.previous END
)
INSERT INTO import_error_fact (
  deployment, file, bundle_name, message, is_resolved,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, file, bundle_name, message, is_resolved,
  to_timestamp(event_time), to_timestamp($2::double precision), $3::boolean, $1::text
FROM changed
ORDER BY ordinal

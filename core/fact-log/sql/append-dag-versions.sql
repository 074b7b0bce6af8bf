-- Appends the DAG versions that differ from the one before them: the latest in the log, or an earlier one of this batch.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT o.*, ROW(o.bundle_name, o.bundle_version, to_timestamp(o.created_at)) AS description
  FROM json_to_recordset($4::json) AS o (
    ordinal integer,
    deployment text COLLATE "C", dag_id text COLLATE "C", version_number integer, bundle_name text, bundle_version text, created_at double precision
  )
),
compared AS (
  SELECT o.*,
    lag(o.ordinal) OVER same_key AS previous_ordinal,
    lag(o.description) OVER same_key AS previous
  FROM observed o
  WINDOW same_key AS (PARTITION BY o.deployment, o.dag_id, o.version_number ORDER BY o.ordinal)
),
changed AS (
  SELECT c.*
  FROM compared c
  LEFT JOIN LATERAL (
    SELECT ROW(f.bundle_name, f.bundle_version, f.created_at) AS description
    FROM dag_version_fact f
    WHERE f.deployment = c.deployment AND f.dag_id = c.dag_id AND f.version_number = c.version_number
    ORDER BY f.fact_id DESC
    LIMIT 1
  ) AS latest ON c.previous_ordinal IS NULL
  WHERE c.description IS DISTINCT FROM CASE WHEN c.previous_ordinal IS NULL THEN latest.description ELSE c.previous END
)
INSERT INTO dag_version_fact (
  deployment, dag_id, version_number, bundle_name, bundle_version, created_at,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, dag_id, version_number, bundle_name, bundle_version, to_timestamp(created_at),
  to_timestamp(created_at), to_timestamp($2::double precision), $3::boolean, $1::text
FROM changed
ORDER BY ordinal

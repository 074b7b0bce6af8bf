-- Appends the dependencies that differ from the one before them: the latest in the log, or an earlier one of this batch.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT o.*, ROW(o.is_active) AS description
  FROM json_to_recordset($4::json) AS o (
    ordinal integer,
    deployment text COLLATE "C", from_dag_id text COLLATE "C", to_dag_id text COLLATE "C", kind text, via text COLLATE "C", is_active boolean
  )
),
compared AS (
  SELECT o.*,
    lag(o.ordinal) OVER same_key AS previous_ordinal,
    lag(o.description) OVER same_key AS previous
  FROM observed o
  WINDOW same_key AS (PARTITION BY o.deployment, o.from_dag_id, o.to_dag_id, o.kind, o.via ORDER BY o.ordinal)
),
changed AS (
  SELECT c.*
  FROM compared c
  LEFT JOIN LATERAL (
    SELECT ROW(f.is_active) AS description
    FROM dag_dependency_fact f
    WHERE f.deployment = c.deployment AND f.from_dag_id = c.from_dag_id AND f.to_dag_id = c.to_dag_id AND f.kind = c.kind AND f.via = c.via
    ORDER BY f.fact_id DESC
    LIMIT 1
  ) AS latest ON c.previous_ordinal IS NULL
  WHERE c.description IS DISTINCT FROM CASE WHEN c.previous_ordinal IS NULL THEN latest.description ELSE c.previous END
)
INSERT INTO dag_dependency_fact (
  deployment, from_dag_id, to_dag_id, kind, via, is_active,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, from_dag_id, to_dag_id, kind, via, is_active,
  to_timestamp($2::double precision), to_timestamp($2::double precision), $3::boolean, $1::text
FROM changed
ORDER BY ordinal

-- Appends the descriptions that differ from the one before them: the latest in the log, or an earlier one of this batch.
-- $1 source, $2 known at (Unix seconds), $3 visibility assumed, $4 JSON array of observations. The lock is held.
WITH observed AS (
  SELECT o.*, ROW(o.slots, o.occupied_slots, o.running_slots, o.queued_slots, o.scheduled_slots, o.deferred_slots) AS description
  FROM json_to_recordset($4::json) AS o (
    ordinal integer,
    deployment text COLLATE "C", pool text COLLATE "C", slots integer, occupied_slots integer,
    running_slots integer, queued_slots integer, scheduled_slots integer, deferred_slots integer
  )
),
compared AS (
  SELECT o.*,
    lag(o.ordinal) OVER same_key AS previous_ordinal,
    lag(o.description) OVER same_key AS previous
  FROM observed o
  WINDOW same_key AS (PARTITION BY o.deployment, o.pool ORDER BY o.ordinal)
),
changed AS (
  SELECT c.*
  FROM compared c
  LEFT JOIN LATERAL (
    SELECT ROW(f.slots, f.occupied_slots, f.running_slots, f.queued_slots, f.scheduled_slots, f.deferred_slots) AS description
    FROM pool_fact f
    WHERE f.deployment = c.deployment AND f.pool = c.pool
    ORDER BY f.fact_id DESC
    LIMIT 1
  ) AS latest ON c.previous_ordinal IS NULL
  WHERE c.description IS DISTINCT FROM CASE WHEN c.previous_ordinal IS NULL THEN latest.description ELSE c.previous END
)
INSERT INTO pool_fact (
  deployment, pool, slots, occupied_slots, running_slots, queued_slots, scheduled_slots, deferred_slots,
  event_time, known_at, visibility_assumed, source
)
SELECT
  deployment, pool, slots, occupied_slots, running_slots, queued_slots, scheduled_slots, deferred_slots,
  to_timestamp($2::double precision), to_timestamp($2::double precision), $3::boolean, $1::text
FROM changed
ORDER BY ordinal

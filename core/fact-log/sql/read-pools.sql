-- Pools as they were last described: from one pool to the next by the index, since there are many facts of few pools.
WITH RECURSIVE known AS (
  (SELECT deployment, pool FROM pool_fact ORDER BY deployment, pool LIMIT 1)
  UNION ALL
  SELECT following.deployment, following.pool
  FROM known, LATERAL (
    SELECT deployment, pool FROM pool_fact
    WHERE (deployment, pool) > (known.deployment, known.pool) ORDER BY deployment, pool LIMIT 1
  ) AS following
)
SELECT known.deployment, known.pool, slots, occupied_slots AS "occupiedSlots", running_slots AS "runningSlots",
  queued_slots AS "queuedSlots", scheduled_slots AS "scheduledSlots", deferred_slots AS "deferredSlots"
FROM known, LATERAL (
  SELECT * FROM pool_fact
  WHERE pool_fact.deployment = known.deployment AND pool_fact.pool = known.pool ORDER BY fact_id DESC LIMIT 1
) AS latest
ORDER BY known.deployment, known.pool

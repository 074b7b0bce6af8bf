-- The decision time of the labelled try that follows a share of them all, in the order of a backtest; no row where there is none.
SELECT extract(epoch FROM coalesce(queued_at, started_at))::double precision AS at
FROM try_fact
WHERE new_phases & 4 > 0
  AND state IN ('success', 'failed', 'up_for_retry')
  AND coalesce(queued_at, started_at) IS NOT NULL
ORDER BY coalesce(queued_at, started_at)
LIMIT 1
OFFSET (
  SELECT floor($1::double precision * count(*))::bigint
  FROM try_fact
  WHERE new_phases & 4 > 0
    AND state IN ('success', 'failed', 'up_for_retry')
    AND coalesce(queued_at, started_at) IS NOT NULL
)

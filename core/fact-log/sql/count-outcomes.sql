-- Labelled tries that have ended: as many as a reader of decisions streams.
SELECT count(*)::double precision AS outcomes
FROM try_fact
WHERE new_phases & 4 > 0
  AND state IN ('success', 'failed', 'up_for_retry')
  AND coalesce(queued_at, started_at) IS NOT NULL

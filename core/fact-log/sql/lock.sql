-- Held to the end of the transaction: writers of facts take turns, so that ids are committed in their order and
-- new_phases is computed against everything that was told before.
SELECT pg_advisory_xact_lock(hashtextextended('orc.fact_log', 0))

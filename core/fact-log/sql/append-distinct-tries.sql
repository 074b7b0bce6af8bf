-- Appends the staged observations that tell a state of their try for the first time, in the order of their arrival, when no
-- try comes twice among them. $1 source, $2 known at (Unix seconds), $3 visibility assumed.
-- The lock is held, so what is not found here cannot appear meanwhile.
WITH
-- include staged-tries
, fresh AS (
  SELECT *, told AS told_before FROM candidate
)
-- include insert-tries

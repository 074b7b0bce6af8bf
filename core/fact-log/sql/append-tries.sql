-- As append-distinct-tries.sql, when a try may come several times: what an earlier observation of the same batch tells
-- counts as told before, and of the same state twice the first stays.
WITH
-- include staged-tries
, ranked AS (
  SELECT *, coalesce(bit_or(state_bit) OVER before, 0) AS states_before
  FROM candidate
  WINDOW before AS (
    PARTITION BY dag_id, run_id, task_id, map_index, try_number, deployment ORDER BY ordinal
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  )
),
fresh AS (
  SELECT *, told | coalesce(bit_or(phases) OVER before, 0) AS told_before
  FROM ranked
  WHERE states_before & state_bit = 0
  WINDOW before AS (
    PARTITION BY dag_id, run_id, task_id, map_index, try_number, deployment ORDER BY ordinal
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  )
)
-- include insert-tries

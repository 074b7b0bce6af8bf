-- The staged observations of states that are not in the log yet, with the phases that the log tells of their try.
run AS MATERIALIZED (
  SELECT DISTINCT deployment, dag_id, run_id FROM try_staging
),
-- Most batches bring new runs: one look per run spares a look per try (3 s of 11 s on 683,481 tries).
known_run AS MATERIALIZED (
  SELECT run.deployment, run.dag_id, run.run_id
  FROM run
  CROSS JOIN LATERAL (
    SELECT 1 FROM try_fact f
    WHERE f.dag_id = run.dag_id AND f.run_id = run.run_id AND f.deployment = run.deployment
    LIMIT 1
  ) AS found
),
-- IN inside the select list is a hashed look-up; a join would sort the wide rows first (40 of 150 ms a slice).
marked AS (
  SELECT s.*, (s.dag_id, s.run_id, s.deployment) IN (SELECT dag_id, run_id, deployment FROM known_run) AS is_known_run
  FROM try_staging s
),
candidate AS (
  SELECT s.*, coalesce(earlier.told, 0) AS told
  FROM marked s
  LEFT JOIN LATERAL (
    SELECT bit_or(f.new_phases) AS told, bool_or(f.state = s.state) AS same_state
    FROM try_fact f
    WHERE s.is_known_run
      AND f.dag_id = s.dag_id AND f.run_id = s.run_id AND f.task_id = s.task_id
      AND f.map_index = s.map_index AND f.try_number = s.try_number AND f.deployment = s.deployment
  ) AS earlier ON true
  WHERE earlier.same_state IS NOT TRUE
)

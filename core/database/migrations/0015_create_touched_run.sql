-- Runs that an action of ORC made go on, or made, and since when (docs/value.md): one that is still being called counts, as it may have
-- been done already; what was held out, refused or only thought of touched nothing.
CREATE VIEW touched_run AS
SELECT deployment, dag_id, run_id, called_at
FROM action WHERE kind = 'retry' AND state IN ('calling', 'done') AND called_at IS NOT NULL
UNION ALL
SELECT deployment, (request ->> 'dagId') COLLATE "C", (request ->> 'runId') COLLATE "C", called_at
FROM action WHERE kind = 'trigger' AND state IN ('calling', 'done') AND called_at IS NOT NULL;

CREATE INDEX action_triggered ON action (deployment, ((request ->> 'dagId') COLLATE "C"), ((request ->> 'runId') COLLATE "C"))
WHERE kind = 'trigger';

-- How many of those that were done have helped, so that no page has to count the ledger.
ALTER TABLE action_total ADD COLUMN helped bigint NOT NULL DEFAULT 0;
UPDATE action_total AS total SET helped = (
  SELECT count(*) FROM action
  WHERE (deployment, kind, mode, state) = (total.deployment, total.kind, total.mode, total.state) AND helped
) WHERE state = 'done';

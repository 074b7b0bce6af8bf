-- Actions on a pool or a DAG as well as on a run, for a time only, and earned autonomy (docs/actions.md).
ALTER TABLE action
  ALTER COLUMN dag_id DROP NOT NULL,
  ALTER COLUMN run_id DROP NOT NULL,
  ADD COLUMN pool text COLLATE "C",
  -- What it was drawn and is done for: once per kind.
  ADD COLUMN incident text COLLATE "C",
  -- When a change that is for a time only is taken back.
  ADD COLUMN expires_at timestamptz,
  -- The action that this one takes back, or notes.
  ADD COLUMN follows bigint REFERENCES action (action_id),
  -- What the incident cost within the time after which it was judged; null until then, and where that is not known.
  ADD COLUMN delay_minutes double precision CHECK (delay_minutes >= 0);
UPDATE action SET incident = '[' || to_json(dag_id) || ',' || to_json(run_id) || ']';
ALTER TABLE action
  ALTER COLUMN incident SET NOT NULL,
  DROP CONSTRAINT action_deployment_dag_id_run_id_kind_key,
  ADD UNIQUE (deployment, kind, incident),
  ADD CHECK (num_nonnulls(dag_id, pool) = 1),
  ADD CHECK (run_id IS NULL OR dag_id IS NOT NULL);
CREATE INDEX action_run ON action (deployment, dag_id, run_id) WHERE run_id IS NOT NULL;
DROP INDEX action_open;
CREATE INDEX action_open ON action (state, due_at) WHERE state IN ('proposed', 'approved', 'calling');
CREATE INDEX action_follows ON action (follows) WHERE follows IS NOT NULL;

-- How often a state was reached, so that nothing has to count the ledger.
CREATE TABLE action_total (
  deployment text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  mode text NOT NULL,
  state text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (deployment, kind, mode, state)
);
INSERT INTO action_total (deployment, kind, mode, state, count)
SELECT deployment, kind, mode, state, count(*) FROM action GROUP BY deployment, kind, mode, state;

-- Where a kind of action may be automatic: promoted by a person on what was measured, demoted by a bad stretch.
CREATE TABLE action_promotion (
  deployment text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  promoted_at timestamptz NOT NULL,
  promoted_by text NOT NULL,
  reason text NOT NULL,
  -- Null while it may.
  demoted_at timestamptz,
  -- Of harm, gathered outcome by outcome since the promotion (docs/value.md).
  evidence jsonb NOT NULL,
  PRIMARY KEY (deployment, kind)
);

-- What fails of one error in many DAGs is looked for every few seconds.
CREATE INDEX failure_reason_recent ON failure_reason_fact (event_time) WHERE NOT visibility_assumed;

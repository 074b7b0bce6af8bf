-- What was thought of, decided and done about each failed run (docs/actions.md).
CREATE TABLE action (
  action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  -- Class of the failure.
  cause text NOT NULL,
  mode text NOT NULL,
  -- Drawn before anything was decided; null where nothing is held out (a protected DAG, a recommendation).
  arm text CHECK (arm IN ('treated', 'held_out')),
  treated_probability double precision,
  drawn_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN (
    'recommended', 'held_out', 'shadowed', 'suggested', 'proposed', 'approved', 'rejected', 'calling', 'done', 'refused'
  )),
  -- Of the state, in words; and the guardrail or refusal behind it.
  reason text NOT NULL,
  refusal text,
  request jsonb NOT NULL,
  -- What was read before the call, written before it is sent; and what was read after it.
  before jsonb,
  after jsonb,
  due_at timestamptz NOT NULL,
  decided_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  called_at timestamptz,
  -- Whether the run succeeded after the call; null until it has ended.
  helped boolean,
  -- Whether the run was failed some time after the draw; null until then, and where Airflow no longer knows it.
  run_failed boolean,
  judged_at timestamptz,
  -- An action of a kind happens once per run, whoever wants it and however often.
  UNIQUE (deployment, dag_id, run_id, kind)
);
CREATE INDEX action_open ON action (state, due_at) WHERE state IN ('approved', 'calling');
CREATE INDEX action_called ON action (deployment, called_at) WHERE called_at IS NOT NULL;
CREATE INDEX action_unjudged ON action (drawn_at) WHERE judged_at IS NULL;

-- The salt of the hold-out, and the stop switch, which holds across restarts.
CREATE TABLE action_control (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  salt bytea NOT NULL CHECK (octet_length(salt) >= 16),
  stopped_at timestamptz,
  stopped_by text
);

-- Failed runs of the last while are looked for every few seconds.
CREATE INDEX dag_run_fact_failed ON dag_run_fact (event_time) WHERE state = 'failed';

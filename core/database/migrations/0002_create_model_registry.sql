-- Trained models. At most one champion; promoting another makes the former champion 'retired', and rollback brings it back.
CREATE TABLE model_version (
  version text PRIMARY KEY,
  role text NOT NULL CHECK (role IN ('champion', 'candidate', 'retired')),
  created_at timestamptz NOT NULL DEFAULT now(),
  promoted_at timestamptz,
  feature_set_hash text NOT NULL,
  data_from timestamptz,
  data_to timestamptz,
  training_rows bigint NOT NULL,
  metrics jsonb NOT NULL,
  parameters jsonb NOT NULL,
  weights bytea NOT NULL
);
CREATE UNIQUE INDEX model_version_champion ON model_version (role) WHERE role = 'champion';

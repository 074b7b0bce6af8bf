-- What surrounds the runs: versions of DAGs, assets and their events, dependencies between DAGs, import errors, and what people did.
-- Facts as the others (0001). Nothing here is partitioned: these rows are few beside the tries.

-- Code changes. Airflow may still amend the newest version as long as nothing ran with it, so a version can have several rows.
CREATE TABLE dag_version_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C" NOT NULL,
  version_number integer NOT NULL,
  bundle_name text,
  bundle_version text,
  created_at timestamptz NOT NULL,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL
);
CREATE INDEX dag_version_fact_latest ON dag_version_fact (deployment, dag_id, version_number, fact_id DESC);

-- Appended when the description differs from the latest row of the same asset. producing_tasks: [{"dag_id", "task_id"}, ...].
CREATE TABLE asset_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  uri text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  is_active boolean NOT NULL,
  producing_tasks jsonb NOT NULL,
  consuming_dags text[] NOT NULL,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL
);
-- A URI may be longer than an index entry, so only a hash of it is indexed.
CREATE INDEX asset_fact_latest ON asset_fact (deployment, md5(uri), fact_id DESC);

-- Airflow's numbers start over when its database is made anew: the time is part of the key.
CREATE TABLE asset_event_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  event_id bigint NOT NULL,
  uri text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C",
  task_id text COLLATE "C",
  run_id text COLLATE "C",
  map_index integer,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  UNIQUE (deployment, event_id, event_time)
);

CREATE TABLE dag_dependency_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  from_dag_id text COLLATE "C" NOT NULL,
  to_dag_id text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('asset', 'trigger', 'sensor')),
  via text COLLATE "C" NOT NULL,
  is_active boolean NOT NULL,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL
);
CREATE INDEX dag_dependency_fact_latest ON dag_dependency_fact (deployment, from_dag_id, to_dag_id, fact_id DESC);

CREATE TABLE import_error_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  file text COLLATE "C" NOT NULL,
  bundle_name text COLLATE "C",
  message text,
  is_resolved boolean NOT NULL,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL
);
CREATE INDEX import_error_fact_latest ON import_error_fact (deployment, md5(file), fact_id DESC);

CREATE TABLE event_log_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  event_id bigint NOT NULL,
  event text NOT NULL,
  action text NOT NULL,
  dag_id text COLLATE "C",
  task_id text COLLATE "C",
  run_id text COLLATE "C",
  map_index integer,
  try_number integer,
  owner text,
  detail jsonb,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  UNIQUE (deployment, event_id, event_time)
);

-- Deadlines that Airflow itself keeps for DAG runs (deadline alerts, Airflow 3.1 and later). Facts as the others (0001). One row when a
-- deadline is set, another when it is missed. Airflow deletes the deadline of a run that ended in time, which is no fact here.
CREATE TABLE deadline_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  deadline_id text COLLATE "C" NOT NULL,
  name text,
  deadline_at timestamptz NOT NULL,
  is_missed boolean NOT NULL,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  UNIQUE (deployment, deadline_id, deadline_at, is_missed)
);
CREATE INDEX deadline_fact_run ON deadline_fact (deployment, dag_id, run_id);

-- Scores as they were served: one row per subject and stage, with the vector behind it; the outcome joins when the subject ends.
-- Partitioned by day of decided_at (UTC), because they are many and of use only for a while: retention drops whole days.
CREATE TABLE score (
  score_id bigint GENERATED ALWAYS AS IDENTITY,
  decided_at timestamptz NOT NULL,
  deployment text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('try', 'dag_run')),
  dag_id text COLLATE "C" NOT NULL,
  -- Null while the run is not created yet.
  run_id text COLLATE "C",
  -- Of a DAG run: '', -1 and 0.
  task_id text COLLATE "C" NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  stage text NOT NULL CHECK (stage IN ('planned', 'queued', 'running', 'retrying')),
  risk double precision NOT NULL,
  -- Whether the latest outcome known at the decision was a success: a failure is then an onset.
  after_success boolean NOT NULL,
  model_version text NOT NULL,
  -- 32-bit floats, little-endian, in the order of the columns of the model's feature set.
  vector bytea NOT NULL,
  -- True once the subject has ended; the outcome (1 failed, 0 success) stays null where the end carries no label.
  is_settled boolean NOT NULL DEFAULT false,
  outcome smallint,
  outcome_known_at timestamptz,
  -- Of the scores of one subject one speaks in figures of quality: the last before its start, else the first after.
  is_counted boolean NOT NULL DEFAULT false,
  PRIMARY KEY (decided_at, score_id)
) PARTITION BY RANGE (decided_at);
CREATE INDEX score_subject ON score (dag_id, run_id, task_id);
CREATE INDEX score_counted ON score (outcome_known_at) WHERE is_counted;
CREATE INDEX score_without_run ON score (dag_id) WHERE run_id IS NULL;

-- Makes the partition of a day unless it is there. The caller holds the lock orc.score.
CREATE FUNCTION ensure_score_partition(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'score_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass(quote_ident(partition)) IS NULL THEN
    EXECUTE format(
      'CREATE TABLE %I PARTITION OF score FOR VALUES FROM (%L) TO (%L)',
      partition, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC'
    );
  END IF;
END
$$;

-- Drops the partitions of all days before this one and returns how many. The caller holds the lock orc.score.
CREATE FUNCTION drop_score_partitions(first_kept date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  partition text;
  dropped integer := 0;
BEGIN
  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'score'::regclass AND c.relname < 'score_' || to_char(first_kept, 'YYYYMMDD')
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

-- What happened to a version, oldest first: an array of {at, event, by, reason, comparison}.
ALTER TABLE model_version ADD COLUMN history jsonb NOT NULL DEFAULT '[]';
-- Histograms of the training rows, against which the drift of live inputs is measured; null for versions without.
ALTER TABLE model_version ADD COLUMN reference jsonb;

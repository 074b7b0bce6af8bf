-- Kept by the connection and emptied at every commit: a table for each batch would bloat the catalogue.
CREATE TEMPORARY TABLE IF NOT EXISTS try_staging (
  ordinal integer NOT NULL,
  deployment text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  state text COLLATE "C" NOT NULL,
  state_bit integer NOT NULL,
  phases smallint NOT NULL,
  run_type text,
  scheduled_at timestamptz,
  queued_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  operator text,
  pool text,
  queue text,
  owner text,
  hostname text,
  extra jsonb
) ON COMMIT DELETE ROWS

-- Why a try failed, as the end of its log tells. A fact as the others: the same sequence, visible at known_at (live) or at event_time
-- (visibility_assumed), which is the end of the try.
CREATE TABLE failure_reason_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq') PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  pool text,
  class text COLLATE "C" NOT NULL,
  -- Of the rule that decided; null for the class unknown.
  rule text COLLATE "C",
  -- Stays the same while the text of the template becomes more general.
  template_id text COLLATE "C",
  template text,
  -- The line that the class was decided by, or the last error line; secrets masked.
  evidence text,
  -- Why the log tells nothing; null when it was read.
  unread text,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  UNIQUE (dag_id, run_id, task_id, map_index, try_number, deployment)
);
CREATE INDEX failure_reason_latest ON failure_reason_fact (deployment, dag_id, event_time DESC);

-- Failed tries whose logs are still to be read; a row goes when its reason is written.
CREATE TABLE failure_log_queue (
  deployment text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  pool text,
  ended_at timestamptz NOT NULL,
  -- False for failures that happened before ORC watched.
  is_live boolean NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (dag_id, run_id, task_id, map_index, try_number, deployment)
);

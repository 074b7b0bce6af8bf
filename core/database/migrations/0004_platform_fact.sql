-- Measurements of the platform (StatsD), one row per series and window of some seconds. Facts as the others: the same sequence,
-- visible at known_at (live) or at event_time (visibility_assumed). Partitioned by day of event_time (UTC), because they are many
-- and of use only for a while: retention drops whole days. A label that does not apply is '', so that the key holds no null.
CREATE TABLE platform_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'),
  deployment text COLLATE "C" NOT NULL,
  event_time timestamptz NOT NULL,
  known_at timestamptz NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  name text COLLATE "C" NOT NULL,
  dag_id text COLLATE "C" NOT NULL,
  task_id text COLLATE "C" NOT NULL,
  pool text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  queue text COLLATE "C" NOT NULL,
  executor text COLLATE "C" NOT NULL,
  host text COLLATE "C" NOT NULL,
  dag_file text COLLATE "C" NOT NULL,
  -- Counter: sum in the window; gauge: last value; timer: mean in seconds.
  value double precision NOT NULL,
  -- Largest gauge or timer value in the window; null for counters and where only sums were told.
  maximum double precision,
  sample_count double precision NOT NULL,
  PRIMARY KEY (event_time, deployment, name, dag_id, task_id, pool, state, queue, executor, host, dag_file)
) PARTITION BY RANGE (event_time);

-- Facts are read in the order of their ids; BRIN costs next to nothing because they are appended in that order.
CREATE INDEX platform_fact_id ON platform_fact USING brin (fact_id);

-- Makes the partition of a day unless it is there. The caller holds the lock of the fact log.
CREATE FUNCTION ensure_platform_partition(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'platform_fact_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass(quote_ident(partition)) IS NULL THEN
    EXECUTE format(
      'CREATE TABLE %I PARTITION OF platform_fact FOR VALUES FROM (%L) TO (%L)',
      partition, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC'
    );
  END IF;
END
$$;

-- Drops the partitions of all days before this one and returns how many. The caller holds the lock of the fact log.
CREATE FUNCTION drop_platform_partitions(first_kept date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  partition text;
  dropped integer := 0;
BEGIN
  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'platform_fact'::regclass
      AND c.relname < 'platform_fact_' || to_char(first_kept, 'YYYYMMDD')
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

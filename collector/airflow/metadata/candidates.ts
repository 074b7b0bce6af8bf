import type { Queryable } from '../../../core/database/port.js';
import type { UnixSeconds } from '../../../core/facts.js';
import { formatInstant } from '../instant.js';

/** A DAG run (by its id) whose rows may have changed, and since when that counts. */
export interface Candidate {
  readonly id: number;
  readonly since: UnixSeconds;
}

/** What one look at the cheap signs of change has found. */
export interface Signs {
  /** Time on the clock of the database. */
  readonly now: UnixSeconds;
  /** The highest id of any DAG run; 0 when there is none. */
  readonly lastRunId: number;
  readonly active: readonly number[];
  /** Runs that are new, or named in Airflow's event log since the beginning of the span. */
  readonly touched: readonly number[];
}

const NOW = `
  SELECT extract(epoch FROM clock_timestamp())::double precision AS now,
    coalesce((SELECT max(id) FROM dag_run), 0)::integer AS last_run_id`;

/** Two partial indexes: one condition for both states would use neither. */
const ACTIVE = `
  SELECT id FROM dag_run WHERE state = 'running'
  UNION ALL
  SELECT id FROM dag_run WHERE state = 'queued'`;

/** The log names what people do to runs that ended long ago, and what task processes report late. */
const TOUCHED = `
  SELECT id FROM dag_run WHERE id > $1
  UNION
  SELECT r.id
  FROM (
    SELECT DISTINCT dag_id, run_id FROM log
    WHERE dttm >= $2::timestamptz AND dag_id IS NOT NULL AND run_id IS NOT NULL
  ) AS l
  JOIN dag_run r ON r.dag_id = l.dag_id AND r.run_id = l.run_id`;

/** Ids are given out in order but committed in any: this many are looked at twice. */
const LATE_IDS = 100;

/** Active runs, new runs, and runs in the event log: all by index. */
export async function readSigns(
  connection: Queryable,
  since: UnixSeconds,
  lastRunId: number | null,
): Promise<Signs> {
  // Small parts of large tables, which the planner cannot know.
  await connection.execute('SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off');
  const [row] = await connection.query<{ now: number; last_run_id: number }>(NOW);
  const { now, last_run_id } = row!;
  const active = await connection.query<{ id: number }>(ACTIVE);
  const newSince = Math.max(0, (lastRunId ?? last_run_id) - LATE_IDS);
  const touched = await connection.query<{ id: number }>(TOUCHED, [newSince, formatInstant(since)]);
  return {
    now,
    lastRunId: last_run_id,
    active: active.map(({ id }) => id),
    touched: touched.map(({ id }) => id),
  };
}

/** Runs whose own row changed: reads all of dag_run, a hundredth of the metadata database, which has no index for it. */
export async function readChangedRuns(connection: Queryable, since: UnixSeconds): Promise<number[]> {
  const rows = await connection.query<{ id: number }>(
    'SELECT id FROM dag_run WHERE updated_at >= $1::timestamptz',
    [formatInstant(since)],
  );
  return rows.map(({ id }) => id);
}

/** Runs of all task instances that changed: reads all of task_instance, which has no index for it either. */
export async function readEveryChange(connection: Queryable, since: UnixSeconds): Promise<number[]> {
  const rows = await connection.query<{ id: number }>(
    `SELECT r.id
     FROM (SELECT DISTINCT dag_id, run_id FROM task_instance WHERE updated_at >= $1::timestamptz) AS t
     JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id`,
    [formatInstant(since)],
  );
  return rows.map(({ id }) => id);
}

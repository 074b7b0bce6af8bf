/** Failed tries whose logs are still to be read: kept in the database, so that a restart forgets and repeats nothing. */
import type { Database, Queryable } from '../../../core/database/port.js';
import type { UnixSeconds } from '../../../core/facts.js';
import type { LogOf } from '../api.js';

/** Waiting rows of a deployment; beyond, the oldest failures go without a reason. */
const MOST_WAITING = 5000;

export interface WaitingTry extends LogOf {
  readonly pool: string | null;
  readonly endedAt: UnixSeconds;
  /** False for failures that happened before ORC watched. */
  readonly isLive: boolean;
  /** How often its log has been asked for in vain. */
  readonly attempts: number;
}

/** The newest failure of each task comes first, then the second newest of each. */
const ENQUEUE = `
  INSERT INTO failure_log_queue
    (deployment, dag_id, run_id, task_id, map_index, try_number, pool, ended_at, is_live, due_at)
  SELECT deployment, dag_id, run_id, task_id, map_index, try_number, pool, ended_at, $4, to_timestamp($5::double precision)
  FROM (
    SELECT
      deployment, dag_id, run_id, task_id, map_index, try_number, pool, coalesce(ended_at, event_time) AS ended_at,
      row_number() OVER (PARTITION BY dag_id, task_id ORDER BY event_time DESC, fact_id DESC) AS age_rank
    FROM try_fact
    WHERE deployment = $1 AND fact_id > $2 AND fact_id <= $3 AND visibility_assumed <> $4
      AND state IN ('failed', 'up_for_retry') AND new_phases & 4 > 0
  ) AS failure
  WHERE NOT EXISTS (
    SELECT FROM failure_reason_fact r
    WHERE (r.dag_id, r.run_id, r.task_id, r.map_index, r.try_number, r.deployment) =
      (failure.dag_id, failure.run_id, failure.task_id, failure.map_index, failure.try_number, failure.deployment)
  )
  ORDER BY CASE WHEN $4 THEN 0 ELSE age_rank END, ended_at DESC
  LIMIT $6
  ON CONFLICT DO NOTHING`;

const PRUNE = `
  DELETE FROM failure_log_queue
  WHERE ctid IN (
    SELECT ctid FROM failure_log_queue WHERE deployment = $1 ORDER BY is_live DESC, ended_at DESC OFFSET $2
  )`;

export interface EnqueueOptions {
  readonly deployment: string;
  /** Facts up to here have been looked at. */
  readonly afterFactId: number;
  readonly now: UnixSeconds;
  /** Failures of history, at most. */
  readonly history: number;
}

/** Queues the failures that are new in the log; returns up to which fact it has looked. In the caller's transaction. */
export async function enqueueFailures(connection: Queryable, options: EnqueueOptions): Promise<number> {
  const { deployment, afterFactId, now, history } = options;
  const [row] = await connection.query<{ latest: number }>(
    'SELECT coalesce(max(fact_id), 0)::double precision AS latest FROM try_fact',
  );
  const latest = Math.max(afterFactId, row?.latest ?? 0);
  if (latest === afterFactId) return latest;
  for (const [isLive, most] of [
    [true, MOST_WAITING],
    [false, history],
  ] as const)
    await connection.execute(ENQUEUE, [deployment, afterFactId, latest, isLive, now, most]);
  await connection.execute(PRUNE, [deployment, MOST_WAITING]);
  return latest;
}

/** Whose logs to read now, the newest live failures first. */
export async function nextWaiting(
  database: Pick<Database, 'query'>,
  deployment: string,
  now: UnixSeconds,
  limit: number,
): Promise<WaitingTry[]> {
  return database.query<WaitingTry & Record<string, unknown>>(
    `SELECT dag_id, run_id AS dag_run_id, task_id, map_index, try_number, pool,
       extract(epoch FROM ended_at)::double precision AS "endedAt", is_live AS "isLive", attempts
     FROM failure_log_queue
     WHERE deployment = $1 AND due_at <= to_timestamp($2::double precision)
     ORDER BY is_live DESC, ended_at DESC, dag_id, run_id, task_id, map_index, try_number
     LIMIT $3`,
    [deployment, now, limit],
  );
}

const ONE =
  'deployment = $1 AND dag_id = $2 AND run_id = $3 AND task_id = $4 AND map_index = $5 AND try_number = $6';

function keyOf(deployment: string, of: LogOf) {
  return [deployment, of.dag_id, of.dag_run_id, of.task_id, of.map_index, of.try_number] as const;
}

/** Another attempt, not before `dueAt`. */
export async function postpone(
  database: Pick<Database, 'execute'>,
  deployment: string,
  of: LogOf,
  dueAt: UnixSeconds,
): Promise<void> {
  const update = `UPDATE failure_log_queue SET attempts = attempts + 1, due_at = to_timestamp($7::double precision) WHERE ${ONE}`;
  await database.execute(update, [...keyOf(deployment, of), dueAt]);
}

export async function dequeue(connection: Queryable, deployment: string, of: LogOf): Promise<void> {
  await connection.execute(`DELETE FROM failure_log_queue WHERE ${ONE}`, keyOf(deployment, of));
}

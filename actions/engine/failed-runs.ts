import type { Database } from '../../core/database/port.js';
import type { DagTraits } from '../../core/dag-selector.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { FailedRun } from '../policy/cause.js';

/** Of each task, its last try counts, unless that succeeded in the end. */
const FAILED_RUNS = `
  SELECT r.deployment, r.dag_id AS "dagId", r.run_id AS "runId",
    extract(epoch FROM coalesce(r.ended_at, r.event_time))::double precision AS "endedAt",
    ARRAY(
      SELECT DISTINCT latest.class FROM (
        SELECT DISTINCT ON (f.task_id, f.map_index) f.task_id, f.map_index, f.class
        FROM failure_reason_fact f
        WHERE (f.deployment, f.dag_id, f.run_id) = (r.deployment, r.dag_id, r.run_id)
        ORDER BY f.task_id, f.map_index, f.try_number DESC
      ) AS latest
      WHERE NOT EXISTS (
        SELECT FROM try_fact t
        WHERE (t.deployment, t.dag_id, t.run_id, t.task_id, t.map_index)
            = (r.deployment, r.dag_id, r.run_id, latest.task_id, latest.map_index)
          AND t.state = 'success'
      )
    ) AS classes,
    (
      SELECT count(*)::int FROM failure_log_queue q
      WHERE (q.deployment, q.dag_id, q.run_id) = (r.deployment, r.dag_id, r.run_id) AND q.attempts = 0
    ) AS "waitingLogs",
    d.owners, d.tags
  FROM dag_run_fact r
  LEFT JOIN LATERAL (
    SELECT owners, tags FROM dag_fact
    WHERE (deployment, dag_id) = (r.deployment, r.dag_id) ORDER BY fact_id DESC LIMIT 1
  ) AS d ON true
  WHERE r.state = 'failed' AND NOT r.visibility_assumed AND r.event_time > to_timestamp($1)
    AND NOT EXISTS (
      SELECT FROM action a WHERE (a.deployment, a.dag_id, a.run_id) = (r.deployment, r.dag_id, r.run_id)
    )
  ORDER BY r.event_time, r.fact_id
  LIMIT $2`;

/** At most so many in one pass; the others follow in the next. */
const AT_ONCE = 500;

export interface NewFailure {
  readonly run: FailedRun;
  readonly dag: DagTraits;
}

/** Runs that failed since a time while ORC watched, and of which the ledger has nothing yet; the oldest first. */
export async function readFailedRuns(
  database: Pick<Database, 'query'>,
  since: UnixSeconds,
): Promise<NewFailure[]> {
  type FoundRow = FailedRun & Record<string, unknown> & { owners: string[] | null; tags: string[] | null };
  const rows = await database.query<FoundRow>(FAILED_RUNS, [since, AT_ONCE]);
  return rows.map(({ owners, tags, ...run }) => ({
    run,
    dag: { deployment: run.deployment, dagId: run.dagId, owners: owners ?? [], tags: tags ?? [] },
  }));
}

/** Whether a deployment has a DAG, or ever had. */
export async function hasDag(
  database: Pick<Database, 'query'>,
  deployment: string,
  dagId: string,
): Promise<boolean> {
  const rows = await database.query('SELECT FROM dag_fact WHERE deployment = $1 AND dag_id = $2 LIMIT 1', [
    deployment,
    dagId,
  ]);
  return rows.length > 0;
}

/** What the fact log already knows and a collection pass needs. */
import type { Database } from '../../core/database/port.js';
import type { DagObservation, TaskObservation } from '../../core/facts.js';

export interface CatalogTask {
  readonly owner: string | null;
  readonly retries: number;
}

/** Latest description of the tasks of these DAGs, by DAG and task. */
export async function loadTaskCatalog(
  database: Database,
  deployment: string,
  dagIds: readonly string[],
): Promise<Map<string, Map<string, CatalogTask>>> {
  const catalog = new Map<string, Map<string, CatalogTask>>();
  for (const task of await loadTasks(database, deployment, dagIds)) {
    const dag = catalog.get(task.dagId) ?? new Map<string, CatalogTask>();
    catalog.set(task.dagId, dag.set(task.taskId, task));
  }
  return catalog;
}

/** Latest facts of all tasks of these DAGs, also of those that have left. */
export async function loadTasks(
  database: Database,
  deployment: string,
  dagIds: readonly string[],
): Promise<TaskObservation[]> {
  const wanted = dagIds.filter(isStorable);
  if (wanted.length === 0) return [];
  return database.query<TaskObservation & Record<string, unknown>>(
    `SELECT DISTINCT ON (dag_id, task_id)
       deployment, dag_id AS "dagId", task_id AS "taskId", is_active AS "isActive", operator, pool,
       pool_slots AS "poolSlots", queue, owner, retries, retry_delay_seconds AS "retryDelaySeconds",
       execution_timeout_seconds AS "executionTimeoutSeconds", trigger_rule AS "triggerRule",
       is_mapped AS "isMapped", downstream_task_ids AS "downstreamTaskIds"
     FROM task_fact
     WHERE deployment = $1 AND dag_id = ANY($2::text[])
     ORDER BY dag_id, task_id, fact_id DESC`,
    [deployment, wanted],
  );
}

/** Those of these DAGs whose tasks were never read. */
export async function loadDagsWithoutTasks(
  database: Database,
  deployment: string,
  dagIds: readonly string[],
): Promise<Set<string>> {
  const rows = await database.query<{ dag_id: string }>(
    `SELECT dag_id FROM unnest($2::text[]) AS wanted (dag_id)
     WHERE NOT EXISTS (SELECT FROM task_fact f WHERE f.deployment = $1 AND f.dag_id = wanted.dag_id)`,
    [deployment, dagIds.filter(isStorable)],
  );
  return new Set(rows.map((row) => row.dag_id));
}

/** Latest facts of the DAGs that Airflow still had when they were written. */
export async function loadActiveDags(database: Database, deployment: string): Promise<DagObservation[]> {
  return database.query<DagObservation & Record<string, unknown>>(
    `SELECT deployment, dag_id AS "dagId", is_active AS "isActive", is_paused AS "isPaused", schedule, owners, tags,
       extract(epoch FROM next_run_after)::double precision AS "nextRunAfter", file_location AS "fileLocation"
     FROM (
       SELECT DISTINCT ON (dag_id) * FROM dag_fact WHERE deployment = $1 ORDER BY dag_id, fact_id DESC
     ) AS latest
     WHERE is_active`,
    [deployment],
  );
}

export function runKey(dagId: string, runId: string): string {
  return JSON.stringify([dagId, runId]);
}

/** Run types of DAG runs in the log, by {@link runKey}. */
export async function loadRunTypes(
  database: Database,
  deployment: string,
  rows: readonly { readonly dag_id: string; readonly dag_run_id: string }[],
): Promise<Map<string, string | null>> {
  const wanted = rows.filter((row) => isStorable(row.dag_id) && isStorable(row.dag_run_id));
  const found = await database.query<{ dag_id: string; run_id: string; run_type: string | null }>(
    `SELECT DISTINCT ON (f.dag_id, f.run_id) f.dag_id, f.run_id, f.run_type
     FROM unnest($2::text[], $3::text[]) AS wanted (dag_id, run_id)
     JOIN dag_run_fact f ON f.dag_id = wanted.dag_id AND f.run_id = wanted.run_id AND f.deployment = $1
     ORDER BY f.dag_id, f.run_id, f.fact_id DESC`,
    [deployment, wanted.map((row) => row.dag_id), wanted.map((row) => row.dag_run_id)],
  );
  return new Map(found.map((row) => [runKey(row.dag_id, row.run_id), row.run_type]));
}

/** Those of these DAG runs that the log has an end of, by {@link runKey}. */
export async function loadEndedRuns(
  database: Database,
  deployment: string,
  rows: readonly { readonly dag_id: string; readonly dag_run_id: string }[],
): Promise<Set<string>> {
  const wanted = rows.filter((row) => isStorable(row.dag_id) && isStorable(row.dag_run_id));
  const found = await database.query<{ dag_id: string; run_id: string }>(
    `SELECT f.dag_id, f.run_id
     FROM unnest($2::text[], $3::text[]) AS wanted (dag_id, run_id)
     JOIN dag_run_fact f ON f.dag_id = wanted.dag_id AND f.run_id = wanted.run_id AND f.deployment = $1
     WHERE f.state IN ('success', 'failed')`,
    [deployment, wanted.map((row) => row.dag_id), wanted.map((row) => row.dag_run_id)],
  );
  return new Set(found.map((row) => runKey(row.dag_id, row.run_id)));
}

/** PostgreSQL has no NUL character; the writers refuse such ids, so nothing is known of them. */
function isStorable(id: string): boolean {
  return !id.includes('\0');
}

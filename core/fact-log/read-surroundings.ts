/** What is known of the surroundings now: the latest facts. */
import type { Database } from '../database/port.js';
import type { AssetObservation, DagDependencyObservation, ImportErrorObservation } from '../surroundings.js';

type Row<T> = T & Record<string, unknown>;

/** The assets that Airflow has. */
export async function loadAssets(
  database: Pick<Database, 'query'>,
  deployment: string,
): Promise<AssetObservation[]> {
  interface AssetRow extends Omit<AssetObservation, 'producingTasks'> {
    readonly producing: readonly { readonly dag_id: string; readonly task_id: string }[];
  }
  const rows = await database.query<Row<AssetRow>>(
    `SELECT deployment, uri, name, is_active AS "isActive", producing_tasks AS producing, consuming_dags AS "consumingDags"
     FROM (
       SELECT DISTINCT ON (uri, name) * FROM asset_fact WHERE deployment = $1 ORDER BY uri, name, fact_id DESC
     ) AS latest
     WHERE is_active
     ORDER BY uri, name`,
    [deployment],
  );
  return rows.map(({ producing, ...asset }) => ({
    ...asset,
    producingTasks: producing.map((task) => ({ dagId: task.dag_id, taskId: task.task_id })),
  }));
}

/** The dependencies between DAGs that are there now. */
export async function loadDagDependencies(
  database: Pick<Database, 'query'>,
  deployment: string,
): Promise<DagDependencyObservation[]> {
  return database.query<Row<DagDependencyObservation>>(
    `SELECT deployment, from_dag_id AS "fromDagId", to_dag_id AS "toDagId", kind, via, is_active AS "isActive"
     FROM (
       SELECT DISTINCT ON (from_dag_id, to_dag_id, kind, via) * FROM dag_dependency_fact
       WHERE deployment = $1 ORDER BY from_dag_id, to_dag_id, kind, via, fact_id DESC
     ) AS latest
     WHERE is_active
     ORDER BY from_dag_id, to_dag_id, kind, via`,
    [deployment],
  );
}

/** The import errors that nobody has resolved. */
export async function loadImportErrors(
  database: Pick<Database, 'query'>,
  deployment: string,
): Promise<ImportErrorObservation[]> {
  return database.query<Row<ImportErrorObservation>>(
    `SELECT deployment, file, bundle_name AS "bundleName", message, is_resolved AS "isResolved",
       extract(epoch FROM event_time)::double precision AS "eventTime"
     FROM (
       SELECT DISTINCT ON (file, bundle_name) * FROM import_error_fact
       WHERE deployment = $1 ORDER BY file, bundle_name, fact_id DESC
     ) AS latest
     WHERE NOT is_resolved
     ORDER BY file, bundle_name`,
    [deployment],
  );
}

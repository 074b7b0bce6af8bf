import type { Database } from '../../core/database/port.js';
import type { KnownNameList } from './known-names.js';

export interface LoadedNames {
  readonly list: KnownNameList;
  /** The same text as long as the names are the same. */
  readonly mark: string;
}

/** Ids that the fact log holds of a deployment, also of what has left Airflow; null when they are those of `formerMark`. */
export async function loadKnownNames(
  database: Database,
  deployment: string,
  formerMark: string | null,
): Promise<LoadedNames | null> {
  const pools = await database.query<{ pool: string }>(
    'SELECT DISTINCT pool FROM pool_fact WHERE deployment = $1 ORDER BY pool',
    [deployment],
  );
  const [latest] = await database.query<{ fact_id: number }>(
    'SELECT coalesce(max(fact_id), 0)::double precision AS fact_id FROM task_fact WHERE deployment = $1',
    [deployment],
  );
  const mark = JSON.stringify([latest!.fact_id, pools.map(({ pool }) => pool)]);
  if (mark === formerMark) return null;
  const dags = await database.query<{ dagId: string; taskIds: string[] }>(
    `SELECT dag_id AS "dagId", array_agg(DISTINCT task_id) AS "taskIds"
     FROM task_fact WHERE deployment = $1 GROUP BY dag_id ORDER BY dag_id`,
    [deployment],
  );
  return { list: { dags, pools: pools.map(({ pool }) => pool) }, mark };
}

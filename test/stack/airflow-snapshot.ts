/** What actions could have changed, as Airflow's own tables have it. */
import type { Database } from '../../core/database/port.js';

export interface AirflowSnapshot {
  /** Run id, task id, try number and state of each task instance of the DAGs. */
  readonly tries: readonly string[];
  /** DAG, run id, state, how often it was cleared, and note. */
  readonly runs: readonly string[];
  readonly pools: readonly string[];
  readonly paused: readonly string[];
}

const TRIES = `
  SELECT concat_ws(' ', run_id, task_id, map_index, try_number, state) AS line
  FROM task_instance WHERE dag_id = ANY ($1) ORDER BY 1`;
const RUNS = `
  SELECT concat_ws(' ', r.dag_id, r.run_id, r.state, r.clear_number, n.content) AS line
  FROM dag_run r LEFT JOIN dag_run_note n ON n.dag_run_id = r.id WHERE r.dag_id = ANY ($1) ORDER BY 1`;
const POOLS = `SELECT concat_ws(' ', pool, slots) AS line FROM slot_pool ORDER BY 1`;
const PAUSED = `SELECT dag_id AS line FROM dag WHERE is_paused ORDER BY 1`;

/** @param airflow the metadata database of Airflow 3 @param dagIds of which the runs are at rest */
export async function snapshotAirflow(
  airflow: Pick<Database, 'query'>,
  dagIds: readonly string[],
): Promise<AirflowSnapshot> {
  const lines = async (sql: string, ...parameters: (readonly string[])[]): Promise<string[]> =>
    (await airflow.query<{ line: string }>(sql, parameters)).map(({ line }) => line);
  return {
    tries: await lines(TRIES, dagIds),
    runs: await lines(RUNS, dagIds),
    pools: await lines(POOLS),
    paused: await lines(PAUSED),
  };
}

import { mapConcurrent } from './concurrent.js';
import { orNull } from './http/airflow-error.js';
import type { AirflowClient } from './http/client.js';
import type { ApiTask } from './rows.js';

/** Tasks by DAG, one request per DAG; a DAG that is gone meanwhile has none. */
export async function askForTasks(
  client: AirflowClient,
  dagIds: readonly string[],
  tasksOf: (dagId: string) => Promise<readonly ApiTask[]>,
): Promise<Map<string, readonly ApiTask[]>> {
  const answers = await mapConcurrent(dagIds, client.concurrency, (dagId) => orNull(() => tasksOf(dagId)));
  return new Map(dagIds.map((dagId, index) => [dagId, answers[index] ?? []]));
}

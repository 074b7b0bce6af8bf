/** What the tests of actions on one real Airflow share. */
import type { OpenSite } from '../../actions/index.js';
import type { Database } from '../../core/database/port.js';
import type { CollectedStore } from './acting-engine.js';
import type { CollectorAirflow } from './collector-airflow.js';
import { until } from './until.js';

export interface ActionsWorld {
  readonly airflow: CollectorAirflow;
  readonly admin: OpenSite;
  /** The database of Airflow. */
  readonly metadata: Database;
  /** Knows of one failed run of the DAG `outage`, and of the starving pool `crowd` of two slots. */
  readonly store: CollectedStore;
  /** That run. */
  readonly failedRun: string;
}

export async function untilRun(
  { site }: OpenSite,
  dagId: string,
  runId: string,
  state: string,
): Promise<void> {
  const isSo = async (): Promise<boolean> => (await site.run(dagId, runId))?.state === state;
  await until(isSo, 180, `run ${runId} of ${dagId} is ${state}`);
}

/** Tries of the task `ask` in a run of `outage`, while it is failed. */
export async function countTries({ site }: OpenSite, dagId: string, runId: string): Promise<number> {
  const failed = await site.failedInstances(dagId, runId);
  return failed?.find(({ taskId }) => taskId === 'ask')?.tryNumber ?? NaN;
}

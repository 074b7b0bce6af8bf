import type { RequestOf } from '../request.js';
import { refused } from './results.js';
import {
  MOST_FAILED,
  type AirflowSite,
  type Call,
  type ClearedInstance,
  type FailedInstance,
} from './site.js';

export interface BeforeRetry {
  readonly failed: readonly FailedInstance[];
}

/**
 * Clears what failed in one run, with what did not run because of it, so that Airflow tries it again. Bound to the tries that were
 * seen: done once none of them is a failure any more. Nothing undoes it: Airflow keeps no way back from a clearing.
 */
export function retryCall({ dagId, runId }: RequestOf<'retry'>): Call<BeforeRetry> {
  return {
    async prepare(site) {
      const dag = await site.dag(dagId);
      if (dag?.isActive !== true) return refused('not_found', `Airflow has no active DAG ${dagId}`);
      if (dag.isPaused) return refused('paused', `${dagId} is paused: a cleared run would not go on`);
      const run = await site.run(dagId, runId);
      if (run === null) return refused('not_found', `${dagId} has no run ${runId}`);
      if (run.state !== 'failed')
        return refused('changed', `run ${runId} of ${dagId} is ${run.state}, no longer failed`);
      const failed = await site.failedInstances(dagId, runId);
      if (failed === null)
        return refused('too_much', `more than ${MOST_FAILED} task instances failed in run ${runId}`);
      if (!failed.some(({ state }) => state === 'failed'))
        return refused('changed', `run ${runId} of ${dagId} has no failed task instance`);
      const planned = await site.clearFailed(dagId, runId, true);
      return isSame(failed, planned)
        ? { outcome: 'ready', before: { failed } }
        : refused(
            'dry_run_differs',
            `Airflow would clear ${describe(planned)} instead of ${describe(failed)}`,
          );
    },
    async perform(site) {
      await site.clearFailed(dagId, runId, false);
    },
    async effect(site, { failed }) {
      const now = await site.failedInstances(dagId, runId);
      const seen = new Set(failed.filter(({ state }) => state === 'failed').map(tryKey));
      const isLeft = now === null || now.some((row) => row.state === 'failed' && seen.has(tryKey(row)));
      // An empty list is also what a run that is gone answers.
      const run = isLeft ? null : await site.run(dagId, runId);
      return run === null ? null : { state: run.state };
    },
    explainFailure: (site) => explainDeadlines(site, dagId, runId),
  };
}

/** Airflow 3.3 recalculates such deadlines when it clears a run, and fails: TypeError in `_recalculate_dagrun_queued_at_deadlines`. */
async function explainDeadlines(site: AirflowSite, dagId: string, runId: string): Promise<string | null> {
  if ((await site.hasDeadlines(dagId, runId)) !== true) return null;
  return (
    `Airflow ${site.version} keeps a deadline for this run, and cannot clear a run with a deadline that counts from its queueing ` +
    '(DeadlineReference.DAGRUN_QUEUED_AT): neither ORC nor a person can retry it until Airflow is upgraded or the deadline removed'
  );
}

const tryKey = ({ taskId, mapIndex, tryNumber }: FailedInstance): string =>
  JSON.stringify([taskId, mapIndex, tryNumber]);

/** The same task instances; where the map index is not told, the same number of each task. */
function isSame(expected: readonly FailedInstance[], planned: readonly ClearedInstance[]): boolean {
  const hasIndex = planned.every(({ mapIndex }) => mapIndex !== null);
  const keys = (rows: readonly ClearedInstance[]): string =>
    JSON.stringify(rows.map((row) => JSON.stringify([row.taskId, hasIndex ? row.mapIndex : null])).sort());
  return keys(expected) === keys(planned);
}

function describe(rows: readonly ClearedInstance[]): string {
  const shown = rows
    .slice(0, 5)
    .map(({ taskId, mapIndex }) => ((mapIndex ?? -1) < 0 ? taskId : `${taskId}[${mapIndex!}]`));
  const more = rows.length > shown.length ? ` and ${rows.length - shown.length} more` : '';
  return rows.length === 0 ? 'nothing' : `${shown.join(', ')}${more}`;
}

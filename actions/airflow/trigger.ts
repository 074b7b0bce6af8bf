import type { RequestOf } from '../request.js';
import { refused } from './results.js';
import type { Call } from './site.js';

/** Starts a run under an id of ours. Nothing undoes it: a run that was made has perhaps begun. */
export function triggerCall({ dagId, runId, conf }: RequestOf<'trigger'>): Call<object> {
  return {
    async prepare(site) {
      const dag = await site.dag(dagId);
      if (dag?.isActive !== true) return refused('not_found', `Airflow has no active DAG ${dagId}`);
      if (dag.isPaused) return refused('paused', `${dagId} is paused: its run would not start`);
      const run = await site.run(dagId, runId);
      if (run !== null) return refused('already_so', `${dagId} has a run ${runId} already`);
      return { outcome: 'ready', before: {} };
    },
    perform: (site) => site.trigger(dagId, runId, conf, 'Triggered by ORC AI'),
    async effect(site) {
      const run = await site.run(dagId, runId);
      return run === null ? null : { state: run.state };
    },
  };
}

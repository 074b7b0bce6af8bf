import type { RequestOf } from '../request.js';
import { refused } from './results.js';
import type { Call } from './site.js';

export interface BeforePause {
  readonly isPaused: boolean;
}

/** Pauses or unpauses a DAG. */
export function pauseCall({ kind, dagId }: RequestOf<'pause' | 'unpause'>): Call<BeforePause> {
  const wanted = kind === 'pause';
  return {
    async prepare(site) {
      const dag = await site.dag(dagId);
      if (dag?.isActive !== true) return refused('not_found', `Airflow has no active DAG ${dagId}`);
      if (dag.isPaused === wanted)
        return refused('already_so', `${dagId} is ${wanted ? 'paused' : 'not paused'} already`);
      return { outcome: 'ready', before: { isPaused: dag.isPaused } };
    },
    perform: (site) => site.setPaused(dagId, wanted),
    async effect(site) {
      const dag = await site.dag(dagId);
      return dag?.isPaused === wanted ? { isPaused: wanted } : null;
    },
  };
}

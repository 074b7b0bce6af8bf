import type { Pass } from './context.js';
import { loadEndedRuns, runKey } from './known-facts.js';
import type { ApiDagRun } from './rows.js';

const ACTIVE: ReadonlySet<string | null> = new Set(['queued', 'running']);

/** DAG runs looked up at most in the memory of one process; beyond that the oldest are looked up again. */
const MEMORY_LIMIT = 50_000;

/** Says in the log, once for each life of a DAG run, which of these had ended before: somebody cleared them. */
export async function tellClearings(pass: Pass, runs: readonly ApiDagRun[]): Promise<void> {
  const { clearingsLookedUp: lookedUp } = pass.memory;
  const lifeOf = (run: ApiDagRun): string => JSON.stringify([run.dag_id, run.dag_run_id, run.start_date]);
  const active = runs.filter((run) => ACTIVE.has(run.state) && !lookedUp.has(lifeOf(run)));
  if (active.length === 0) return;
  const ended = await loadEndedRuns(pass.database, pass.deployment, active);
  const cleared = active.filter((run) => ended.has(runKey(run.dag_id, run.dag_run_id)));
  if (cleared.length > 0) {
    const { dag_id, dag_run_id } = cleared[0]!;
    pass.logger.info(
      { count: cleared.length, dag_id, run_id: dag_run_id },
      'DAG runs have been cleared and run anew',
    );
  }
  for (const run of active) lookedUp.add(lifeOf(run));
  for (const life of lookedUp) {
    if (lookedUp.size <= MEMORY_LIMIT) break;
    lookedUp.delete(life);
  }
}

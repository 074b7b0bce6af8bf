import type { RetriesOf, SpanRows } from '../api.js';
import { runKey } from '../known-facts.js';
import type { ApiTaskInstance } from '../rows.js';

/** Clocks of two machines may differ by this much. */
const CLOCKS_SECONDS = 1;

/**
 * The task instances whose earlier tries must be asked for one by one (Airflow lists only the last try of each).
 *
 * Certain signs: a try number above 1, and an attempted task that waits without a state (it was cleared) or was given up (its run was
 * marked while it waited for its retry: the failed try stands in the history only). Clearing a task that never
 * ran (skipped, upstream_failed: try 0) leaves no sign on it, but often on its run: another task of it was cleared (`max_tries` above
 * the configured retries), or ended before the run began, since clearing an ended run gives it a new start. Then all tasks of the
 * run count as suspects. A wrong suspicion costs one request.
 */
export function selectForHistory(rows: SpanRows, retriesOf: RetriesOf): ApiTaskInstance[] {
  const starts = new Map(rows.dagRuns.map((run) => [runKey(run.dag_id, run.dag_run_id), run.start_date]));
  const keyOf = (row: ApiTaskInstance): string => runKey(row.dag_id, row.dag_run_id);
  const cleared = new Set(
    rows.taskInstances
      .filter((row) => wasCleared(row, retriesOf) || isOlderThanRun(row, starts.get(keyOf(row)) ?? null))
      .map(keyOf),
  );
  return rows.taskInstances.filter((row) => hasCertainHistory(row) || cleared.has(keyOf(row)));
}

/** States of an attempted task that no attempt ends in, but for a task that skips itself. */
const GIVEN_UP: ReadonlySet<string | null> = new Set([null, 'skipped', 'upstream_failed', 'removed']);

function hasCertainHistory(row: ApiTaskInstance): boolean {
  return row.try_number > 1 || (row.try_number === 1 && GIVEN_UP.has(row.state));
}

function wasCleared(row: ApiTaskInstance, retriesOf: RetriesOf): boolean {
  if (!hasCertainHistory(row)) return false;
  if (row.state === null) return true;
  const retries = retriesOf(row.dag_id, row.task_id);
  return retries !== null && row.max_tries > retries;
}

function isOlderThanRun(row: ApiTaskInstance, runStart: number | null): boolean {
  const time = row.start_date ?? row.end_date;
  return runStart !== null && time !== null && time < runStart - CLOCKS_SECONDS;
}

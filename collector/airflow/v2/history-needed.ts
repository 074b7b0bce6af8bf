import type { RetriesOf } from '../api.js';
import type { ApiTaskInstance } from '../rows.js';

/** Ids of one clearing are made within this time; ids of a run's task instances too. */
const TOGETHER_MS = 5000;

/**
 * A row is born before it is scheduled; clocks of two machines may differ by this much. It takes a task longer to get from its
 * scheduling to its failure, so that no reborn row is missed.
 */
const CLOCKS_MS = 50;

/**
 * The task instances whose earlier tries must be asked for one by one (Airflow lists only the last try of each).
 *
 * Certain signs: a try number above 1; an attempted task that waits without a state (it was cleared); and a row that is younger
 * than its own scheduling (ids are UUIDv7 with their time of birth, and a clearing gives a new one but leaves the dates). Clearing
 * a task that never ran (skipped, upstream_failed: try 0) leaves no such sign. So rows count as suspects that are younger than
 * the oldest row of their run, or born together with one that was certainly cleared (the whole run may have been). Mapped rows
 * are born late anyway, when their task expands: for them only the second sign counts. The birth of a row that Airflow 2 wrote is
 * not known: where one of its run was certainly cleared, each such row is a suspect. A wrong suspicion costs one request.
 * @param rows task instances, any number of runs
 * @param retriesOf configured retries of a task, null when unknown: only a clearing raises `max_tries` above them
 */
export function selectForHistory(rows: readonly ApiTaskInstance[], retriesOf: RetriesOf): ApiTaskInstance[] {
  const selected: ApiTaskInstance[] = [];
  for (const run of byRun(rows).values()) {
    const births = run.map(birthMs);
    const cleared = births.filter((birth, index) => wasCleared(run[index]!, birth, retriesOf));
    const oldest = births.reduce((least, birth) => (birth < least ? birth : least), Infinity);
    for (const [index, row] of run.entries()) {
      const birth = births[index]!;
      if (hasCertainHistory(row, birth) || isSuspect(row, birth, oldest, cleared)) selected.push(row);
    }
  }
  return selected;
}

function isSuspect(row: ApiTaskInstance, birth: number, oldest: number, cleared: readonly number[]): boolean {
  if (cleared.some((other) => Math.abs(other - birth) <= TOGETHER_MS)) return true;
  if (cleared.length > 0 && isMigrated(row, birth)) return true;
  return row.map_index < 0 && birth - oldest > TOGETHER_MS && !isMigrated(row, birth);
}

function hasCertainHistory(row: ApiTaskInstance, birth: number): boolean {
  if (row.try_number > 1 || isBornAgain(row, birth)) return true;
  return row.try_number === 1 && (row.state === null || (GIVEN_UP.has(row.state) && isMigrated(row, birth)));
}

/**
 * States that Airflow 3 gives to a task that waits for its retry when its run is marked. Airflow 2 left such a task its id and number,
 * and the failed try stands in the history only; a wrong suspicion is a task that skipped itself.
 */
const GIVEN_UP: ReadonlySet<string | null> = new Set(['skipped', 'upstream_failed', 'removed']);

function isBornAgain(row: ApiTaskInstance, birth: number): boolean {
  return [row.scheduled_when, row.queued_when].some(
    (time) => time !== null && birth - time * 1000 > CLOCKS_MS,
  );
}

function wasCleared(row: ApiTaskInstance, birth: number, retriesOf: RetriesOf): boolean {
  // A task that waits for its retry is also younger than its last scheduling.
  if (isBornAgain(row, birth) && row.state !== 'up_for_retry') return true;
  if (!hasCertainHistory(row, birth)) return false;
  if (row.state === null) return true;
  const retries = retriesOf(row.dag_id, row.task_id);
  return retries !== null && row.max_tries > retries;
}

/** The migration from Airflow 2 made ids from the time of queueing or start: they say nothing about clearing. */
function isMigrated(row: ApiTaskInstance, birth: number): boolean {
  return [row.queued_when, row.start_date].some((time) => time !== null && Math.abs(time * 1000 - birth) < 2);
}

/** Time of birth in a UUIDv7 (RFC 9562), Unix milliseconds; NaN, which compares as neither near nor late, where there is none. */
function birthMs(row: ApiTaskInstance): number {
  const hex = row.id?.replaceAll('-', '') ?? '';
  return /^[0-9a-f]{12}7/i.test(hex) ? Number.parseInt(hex.slice(0, 12), 16) : NaN;
}

function byRun(rows: readonly ApiTaskInstance[]): Map<string, ApiTaskInstance[]> {
  const runs = new Map<string, ApiTaskInstance[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.dag_id, row.dag_run_id]);
    const run = runs.get(key);
    if (run === undefined) runs.set(key, [row]);
    else run.push(row);
  }
  return runs;
}

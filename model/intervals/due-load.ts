/** What is due to start: the usual demand of the DAGs whose next run begins within a time. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import type { DagTimes } from './dag-times.js';

/** When the next run is due: as Airflow tells, or a usual interval after the last one; NaN when neither is known. */
export function nextDueAt(dag: DagTimes, now: UnixSeconds): UnixSeconds {
  const told = dag.description?.nextRunAfter ?? NaN;
  if (told > dag.lastDueAt || Number.isNaN(dag.lastDueAt)) return Math.max(told, now);
  const due = dag.lastDueAt + dag.intervalSeconds;
  if (!(due < now)) return due;
  return dag.lastDueAt + Math.ceil((now - dag.lastDueAt) / dag.intervalSeconds) * dag.intervalSeconds;
}

/** Slot seconds that the runs due within `seconds` usually take, by pool. */
export function dueSlotSeconds(
  dags: Iterable<DagTimes>,
  now: UnixSeconds,
  seconds: number,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const dag of dags) {
    if (dag.description?.isPaused === true || dag.description?.isActive === false) continue;
    if (!(nextDueAt(dag, now) < now + seconds)) continue;
    for (const [pool, use] of dag.poolSeconds) sums.set(pool, (sums.get(pool) ?? 0) + use);
  }
  return sums;
}

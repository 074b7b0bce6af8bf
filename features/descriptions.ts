/** What Airflow says of DAGs, tasks and pools, as far as features read it. */
import type { DagFact, PoolFact, TaskFact } from '../core/facts.js';
import type { DagKey, PoolKey, TaskKey } from './entities.js';
import type { KeySpace } from './keys.js';

export function describeDag(dag: DagKey, fact: DagFact, at: number): void {
  const before = dag.description;
  dag.description = fact;
  dag.isPaused = fact.isPaused ? 1 : 0;
  if (before === null) dag.describedAt = at;
  else if (hasDagChanged(before, fact)) dag.changedAt = at;
}

/** A new due time or a pause is daily business, not a change of the DAG. */
function hasDagChanged(before: DagFact, after: DagFact): boolean {
  return (
    before.schedule !== after.schedule ||
    before.fileLocation !== after.fileLocation ||
    before.owners.join('\n') !== after.owners.join('\n') ||
    before.tags.join('\n') !== after.tags.join('\n')
  );
}

export function describeTask(keys: KeySpace, task: TaskKey, fact: TaskFact, at: number): void {
  const before = task.description;
  if (before === null) task.describedAt = at;
  else task.changedAt = at;
  if (before !== null) {
    for (const id of before.downstreamTaskIds) keys.task(task.dag, id).upstreamCount--;
  }
  for (const id of fact.downstreamTaskIds) keys.task(task.dag, id).upstreamCount++;
  task.description = fact;
  task.downstream = new Set(fact.downstreamTaskIds);
}

export function describePool(pool: PoolKey, fact: PoolFact): void {
  pool.slots = fact.slots;
  pool.occupied = fact.occupiedSlots;
  pool.queuedSlots = fact.queuedSlots;
}

/** What Airflow says of DAGs, tasks and pools, as far as features read it. */
import type { DagFact, PoolFact, TaskFact } from '../core/facts.js';
import type { DagDependencyFact } from '../core/surroundings.js';
import type { DagKey, DeploymentKey, PoolKey, TaskKey } from './entities.js';
import type { KeySpace } from './keys.js';
import { scheduleClass } from './schedule-class.js';

export function describeDag(dag: DagKey, fact: DagFact, at: number): void {
  const before = dag.description;
  dag.description = fact;
  if (before?.schedule !== fact.schedule) dag.scheduleClass = scheduleClass(fact.schedule);
  if (before === null) dag.describedAt = at;
  else {
    if (hasDagChanged(before, fact)) dag.changedAt = at;
    if (before.schedule !== fact.schedule) dag.scheduleChangedAt = at;
  }
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
    for (const id of before.downstreamTaskIds) keys.task(task.dag, id).upstream.delete(task);
  }
  for (const id of fact.downstreamTaskIds) keys.task(task.dag, id).upstream.add(task);
  task.description = fact;
  task.downstream = new Set(fact.downstreamTaskIds);
}

export function describePool(pool: PoolKey, fact: PoolFact, at: number): void {
  pool.describedAt = at;
  pool.slots = fact.slots;
  pool.occupied = fact.occupiedSlots;
  pool.queuedSlots = fact.queuedSlots;
}

/** Notes what one DAG does to another; the same by several ways counts until the last of them is gone. */
export function describeDependency(keys: KeySpace, deployment: DeploymentKey, fact: DagDependencyFact): void {
  if (fact.fromDagId === fact.toDagId) return;
  const to = keys.dag(deployment, fact.toDagId);
  const from = keys.dag(deployment, fact.fromDagId);
  const ways = (to.upstreamDags.get(from) ?? 0) + (fact.isActive ? 1 : -1);
  if (ways > 0) {
    to.upstreamDags.set(from, ways);
    (from.downstreamDags ??= new Set()).add(to);
  } else {
    to.upstreamDags.delete(from);
    from.downstreamDags?.delete(to);
  }
}

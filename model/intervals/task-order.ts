/** The tasks of a DAG in an order in which each comes after those it waits for. */
import type { DagTimes, PlacedTask, TaskProfile } from './dag-times.js';

/** DAGs of more tasks are forecast by the durations of their runs. */
export const MOST_TASKS = 400;
/** A task known from tries alone belongs to the DAG as it is now when it was seen in one of so many last runs. */
const CURRENT_TASK_RUNS = 5;

function isCurrent(dag: DagTimes, task: TaskProfile): boolean {
  return dag.hasTaskFacts ? task.described : task.lastSeenRun > dag.runCount - CURRENT_TASK_RUNS;
}

/** What each task waits for: as task facts tell, or, where there are none, by the order of earlier runs. */
function upstreamOf(dag: DagTimes): Map<string, string[]> {
  const upstream = new Map<string, string[]>();
  for (const [taskId, task] of dag.tasks) if (isCurrent(dag, task)) upstream.set(taskId, []);
  for (const [taskId, task] of dag.tasks) {
    if (!upstream.has(taskId)) continue;
    for (const next of task.downstream) upstream.get(next)?.push(taskId);
  }
  if (dag.hasTaskFacts) return upstream;
  for (const [taskId, known] of upstream) {
    known.push(
      ...dag.tasks
        .get(taskId)!
        .observedUpstream()
        .filter((id) => id !== taskId && upstream.has(id)),
    );
  }
  return upstream;
}

/**
 * Depth-first topological order. A dependency that closes a cycle is left out: histories of several versions of a DAG, or the
 * order in which tasks happened to run, may contradict themselves.
 */
export function orderTasks(dag: DagTimes): readonly PlacedTask[] {
  if (dag.order !== null) return dag.order;
  const upstream = upstreamOf(dag);
  const placed: PlacedTask[] = [];
  const places = new Map<string, number>();
  const entered = new Set<string>();
  for (const root of upstream.keys()) {
    const stack: { taskId: string; next: number }[] = [{ taskId: root, next: 0 }];
    if (entered.has(root)) continue;
    entered.add(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const needed = upstream.get(top.taskId)!;
      const before = needed[top.next++];
      if (before !== undefined) {
        if (!entered.has(before)) {
          entered.add(before);
          stack.push({ taskId: before, next: 0 });
        }
        continue;
      }
      stack.pop();
      placed.push({
        taskId: top.taskId,
        profile: dag.tasks.get(top.taskId)!,
        upstream: needed.flatMap((id) => places.get(id) ?? []),
      });
      places.set(top.taskId, placed.length - 1);
    }
  }
  dag.order = placed;
  return placed;
}

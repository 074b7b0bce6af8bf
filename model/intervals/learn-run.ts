/** What a finished run tells of the next ones. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Phase } from '../../features/types.js';
import type { DagTimes, PlacedTask } from './dag-times.js';
import type { DeploymentTimes } from './deployment-times.js';
import type { RunTimes, TaskTimes } from './run-times.js';
import { MOST_TASKS, orderTasks } from './task-order.js';

/** A task known from tries alone is forgotten when it was not seen in so many runs. */
const FORGET_TASK_RUNS = 50;
const KEPT_USE = 0.9;
/** Runs over which a DAG's share of successes is taken. */
const LATEST_RUNS = 32;

/** Learns durations, waits, order and outcomes of the tasks of a run that has ended, and the run's own times. */
export function learnRun(deployment: DeploymentTimes, dag: DagTimes, run: RunTimes): void {
  if (!run.isWhole) return;
  // The order first: how long a task waits counts from what it waits for.
  learnOrder(dag, run);
  const tasks = orderTasks(dag);
  let lastEnd = -Infinity;
  for (const placed of tasks) learnTask(deployment, dag, run, tasks, placed);
  for (const task of run.tasks.values()) if (task.endedAt > lastEnd) lastEnd = task.endedAt;
  learnUse(dag, run);
  const seconds = run.endedAt - run.beganAt;
  deployment.notice(dag.durations, seconds, deployment.runs);
  deployment.learn(dag.durations, seconds, deployment.runs);
  deployment.learn(dag.delays, run.beganAt - run.dueAt, deployment.delays);
  if (lastEnd > -Infinity) {
    deployment.notice(dag.closings, run.endedAt - lastEnd, deployment.closings);
    deployment.learn(dag.closings, run.endedAt - lastEnd, deployment.closings);
  }
  dag.successShare += ((run.failed ? 0 : 1) - dag.successShare) / LATEST_RUNS;
  if (!run.failed) deployment.learn(dag.totals, run.endedAt - run.dueAt, deployment.totals);
  if (dag.runCount % FORGET_TASK_RUNS === 0) {
    for (const [taskId, task] of dag.tasks) {
      if (!task.described && task.lastSeenRun < dag.runCount - FORGET_TASK_RUNS) dag.forgetTask(taskId);
    }
  }
}

function ran(task: TaskTimes): boolean {
  return !Number.isNaN(task.startedAt) && !Number.isNaN(task.endedAt);
}

/** When everything that a task waits for had ended, and whether that may have kept it from running. */
function readiness(
  run: RunTimes,
  tasks: readonly PlacedTask[],
  upstream: readonly number[],
): { readonly ready: UnixSeconds; readonly isBlocked: boolean } {
  let ready = run.beganAt;
  let isBlocked = false;
  for (const place of upstream) {
    const before = run.tasks.get(tasks[place]!.taskId);
    if (before === undefined || Number.isNaN(before.endedAt)) isBlocked = true;
    else {
      ready = Math.max(ready, before.endedAt);
      if (before.failed || Number.isNaN(before.startedAt)) isBlocked = true;
    }
  }
  return { ready, isBlocked };
}

function learnTask(
  deployment: DeploymentTimes,
  dag: DagTimes,
  run: RunTimes,
  tasks: readonly PlacedTask[],
  { taskId, profile, upstream }: PlacedTask,
): void {
  const times = run.tasks.get(taskId);
  const { ready, isBlocked } = readiness(run, tasks, upstream);
  if (times !== undefined && ran(times)) {
    deployment.learnDuration(dag, profile, times.endedAt - times.startedAt);
    deployment.learn(profile.waits, times.startedAt - ready, deployment.waits);
    profile.count(times.failed ? 'failed' : 'ran');
  } else if (!(isBlocked && profile.needsUpstream)) profile.count(times?.failed === true ? 'failed' : 'idle');
}

/** Tells the deployment how long a task waited as soon as it has started, and how long it took as soon as it is over. */
export function noticeTask(
  deployment: DeploymentTimes,
  dag: DagTimes,
  run: RunTimes,
  taskId: string,
  { phase, startedAt }: { readonly phase: Phase; readonly startedAt: UnixSeconds | null },
): void {
  const times = run.tasks.get(taskId)!;
  // Of several instances or tries, the first that starts.
  if (phase === 'started' && startedAt === times.startedAt) {
    const tasks = orderTasks(dag);
    if (tasks.length > MOST_TASKS) return;
    const placed = tasks.find((task) => task.taskId === taskId);
    if (placed === undefined) return;
    const { ready, isBlocked } = readiness(run, tasks, placed.upstream);
    if (!isBlocked) deployment.notice(placed.profile.waits, times.startedAt - ready, deployment.waits);
  } else if (phase === 'ended' && times.isDone && ran(times))
    deployment.notice(dag.task(taskId).durations, times.endedAt - times.startedAt, deployment.durations);
}

/** Which task ended last before each one began. One that ended after it began cannot be what it waits for. */
function learnOrder(dag: DagTimes, run: RunTimes): void {
  if (dag.hasTaskFacts) return;
  dag.order = null;
  const done = [...run.tasks].filter(([, times]) => ran(times));
  done.sort(([, a], [, b]) => a.endedAt - b.endedAt);
  for (const [taskId, times] of done) {
    const profile = dag.tasks.get(taskId);
    if (profile === undefined) continue;
    const begins = Number.isNaN(times.queuedAt) ? times.startedAt : Math.min(times.queuedAt, times.startedAt);
    let before = countEndedBy(done, begins) - 1;
    if (done[before]?.[0] === taskId) before--;
    const last = done[before]?.[0] ?? null;
    for (const voted of profile.votes.keys()) {
      const other = run.tasks.get(voted);
      if (other !== undefined && other.endedAt > begins) profile.votes.delete(voted);
    }
    profile.vote(last);
  }
}

/** How many of these, by rising end, had ended by a moment. */
function countEndedBy(done: readonly (readonly [string, TaskTimes])[], at: UnixSeconds): number {
  let low = 0;
  let high = done.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (done[middle]![1].endedAt <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Slot seconds that the run took of each pool. */
function learnUse(dag: DagTimes, run: RunTimes): void {
  const use = new Map<string, number>();
  for (const [taskId, times] of run.tasks) {
    const profile = dag.tasks.get(taskId);
    if (!ran(times) || profile?.pool == null) continue;
    const from = Number.isNaN(times.queuedAt) ? times.startedAt : times.queuedAt;
    const seconds = Math.max(0, times.endedAt - from) * profile.poolSlots;
    use.set(profile.pool, (use.get(profile.pool) ?? 0) + seconds);
  }
  for (const [pool, usual] of dag.poolSeconds) {
    const mean = KEPT_USE * usual + (1 - KEPT_USE) * (use.get(pool) ?? 0);
    if (mean < 0.01) dag.poolSeconds.delete(pool);
    else dag.poolSeconds.set(pool, mean);
  }
  for (const [pool, seconds] of use) if (!dag.poolSeconds.has(pool)) dag.poolSeconds.set(pool, seconds);
}

/** A scheduled run was due at this time. */
export function noteDue(dag: DagTimes, at: UnixSeconds, deployment: DeploymentTimes): void {
  if (at <= dag.lastDueAt) return;
  if (!Number.isNaN(dag.lastDueAt)) {
    deployment.learn(dag.intervals, at - dag.lastDueAt, deployment.intervals);
    const known = dag.store.sorted(dag.intervals);
    dag.intervalSeconds = Math.exp(known[known.length >> 1]!);
  }
  dag.lastDueAt = at;
}

/** Least runs from which a deadline is learnt. */
const LEAST_RUNS = 20;
const LEARNT_QUANTILE = 0.95;
/** A learnt deadline leaves so much room beyond the median at least: a second too late is not late. */
const LEAST_ROOM = 1.2;
/** Where fewer of the latest runs succeed, the successful ones, of long ago or cut short, tell no usual time. */
const LEAST_SUCCESSES = 0.5;

/** By when runs of the DAG have usually ended; null until enough of them have, and while most fail. */
export function learntDeadline(dag: DagTimes, dueAt: UnixSeconds): UnixSeconds | null {
  if (dag.successShare < LEAST_SUCCESSES) return null;
  const totals = dag.store.sorted(dag.totals);
  if (totals.length < LEAST_RUNS) return null;
  const high = Math.exp(totals[Math.ceil(LEARNT_QUANTILE * totals.length) - 1]!);
  const median = Math.exp(totals[totals.length >> 1]!);
  return dueAt + Math.max(high, LEAST_ROOM * median);
}

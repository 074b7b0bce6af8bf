/** One DAG run as the live view remembers it. Pure state, no I/O. */
import type { TryFact, UnixSeconds } from '../../core/facts.js';
import { tryLabel } from '../../core/facts.js';
import type { Phase } from '../../features/types.js';

/**
 * A try of a task instance in a run that is going on. `waiting`: it failed and another try will follow.
 *
 * It points at the fact that told of its present stage instead of copying times from it: a history of a million tries
 * makes millions of these, and every copied time would be an object of its own.
 */
export interface InstanceState {
  stage: 'queued' | 'running' | 'waiting' | 'done';
  failed: boolean;
  fact: TryFact;
}

export interface RunState {
  readonly runId: string;
  runType: string | null;
  /** False while only tries have told of this run. */
  described: boolean;
  runAfter: UnixSeconds | null;
  queuedAt: UnixSeconds | null;
  startedAt: UnixSeconds | null;
  lastEventAt: UnixSeconds;
  /** By task: its only instance, or its mapped instances by map index. */
  readonly tasks: Map<string, InstanceState | Map<number, InstanceState>>;
  /** Instances that are queued, running or waiting for their next try. */
  open: number;
  /** Whether an outcome of it stands among those of the DAG, which saves looking for it. */
  hasOutcome: boolean;
}

export function createRun(runId: string, runType: string | null, at: UnixSeconds): RunState {
  return {
    runId,
    runType,
    described: false,
    runAfter: null,
    queuedAt: null,
    startedAt: null,
    lastEventAt: at,
    tasks: new Map(),
    open: 0,
    hasOutcome: false,
  };
}

/** The instances of a task that are known in this run. */
export function instancesOf(run: RunState, taskId: string): Iterable<InstanceState> {
  const known = run.tasks.get(taskId);
  if (known === undefined) return [];
  return known instanceof Map ? known.values() : [known];
}

/** The known state of the fact's instance; null the first time, when it is made. */
function findOrAdd(run: RunState, fact: TryFact): InstanceState | null {
  const known = run.tasks.get(fact.taskId);
  if (fact.mapIndex < 0) {
    if (known !== undefined && !(known instanceof Map)) return known;
    run.tasks.set(fact.taskId, { stage: 'done', failed: false, fact });
    return null;
  }
  let mapped: Map<number, InstanceState>;
  if (known instanceof Map) mapped = known;
  else run.tasks.set(fact.taskId, (mapped = new Map()));
  const instance = mapped.get(fact.mapIndex);
  if (instance === undefined) mapped.set(fact.mapIndex, { stage: 'done', failed: false, fact });
  return instance ?? null;
}

/** Applies one moment of a try; what belongs to an earlier try than the known one, or comes after its end, is ignored. */
export function observeTry(run: RunState, phase: Phase, fact: TryFact, at: UnixSeconds): void {
  run.lastEventAt = Math.max(run.lastEventAt, at);
  const known = findOrAdd(run, fact);
  if (known !== null) {
    const { tryNumber } = known.fact;
    if (fact.tryNumber < tryNumber || (fact.tryNumber === tryNumber && known.stage === 'done')) return;
  }
  const instance = known ?? findOrAdd(run, fact)!;
  const wasOpen = instance.stage !== 'done';
  instance.fact = fact;
  instance.failed = false;
  if (phase === 'queued') instance.stage = 'queued';
  else if (phase === 'started') {
    instance.stage = 'running';
    run.startedAt ??= fact.startedAt;
  } else {
    instance.stage = fact.state === 'up_for_retry' ? 'waiting' : 'done';
    instance.failed = tryLabel(fact.state) === 1;
  }
  run.open += (instance.stage !== 'done' ? 1 : 0) - (wasOpen ? 1 : 0);
}

/** In a history without run facts a run fails when the last try of any of its tasks failed. */
export function anyTaskFailed(run: RunState): boolean {
  for (const taskId of run.tasks.keys()) {
    for (const instance of instancesOf(run, taskId)) if (instance.failed) return true;
  }
  return false;
}

/** Tries beyond the first, over all task instances that are known. */
export function retriesOf(run: RunState): number {
  let retries = 0;
  for (const taskId of run.tasks.keys()) {
    for (const { fact } of instancesOf(run, taskId)) retries += Math.max(0, fact.tryNumber - 1);
  }
  return retries;
}

/** How far a run has come: tasks of which all known instances are done, and those of which one ended in failure. */
export interface RunProgress {
  readonly doneTasks: number;
  readonly failedTasks: readonly string[];
}

/** Failed tasks named. */
const FAILED_TASKS_NAMED = 20;

export function runProgress(run: RunState): RunProgress {
  let doneTasks = 0;
  const failedTasks: string[] = [];
  for (const taskId of run.tasks.keys()) {
    let isDone = true;
    let isFailed = false;
    for (const { stage, failed } of instancesOf(run, taskId)) {
      if (stage !== 'done') isDone = false;
      else if (failed) isFailed = true;
    }
    if (isDone) doneTasks++;
    if (isFailed && failedTasks.length < FAILED_TASKS_NAMED) failedTasks.push(taskId);
  }
  return { doneTasks, failedTasks };
}

/** One DAG run as far as times go: when its tasks began and ended. Pure state. */
import { tryLabel, type TryFact, type UnixSeconds } from '../../core/facts.js';
import type { Phase } from '../../features/types.js';
import type { Deadline } from './deadlines.js';

/** A task in a run, all its instances and tries together; NaN for what has not happened. */
export class TaskTimes {
  queuedAt = NaN;
  startedAt = NaN;
  /** Of the instance that ended last. */
  endedAt = NaN;
  /** Tries that are queued or running. */
  open = 0;
  /** An instance ended in failure and no later try of it has begun. */
  failed = false;
  /** A try has failed and the next one is to come. */
  waits = false;

  get isDone(): boolean {
    return this.open === 0 && !this.waits && !Number.isNaN(this.endedAt);
  }
}

export class RunTimes {
  readonly tasks = new Map<string, TaskTimes>();
  /** A fact of its own tells of this run, rather than only its tries. */
  described = false;
  runType: string | null = null;
  /** When it was due, or else when it was first heard of. */
  dueAt: UnixSeconds;
  /** When it was created. */
  beganAt: UnixSeconds;
  endedAt = NaN;
  failed = false;
  lastEventAt: UnixSeconds;
  deadline: Deadline | null = null;
  /** Slots that its tries occupy now, by pool. */
  readonly slots = new Map<string, number>();

  /** @param isWhole false when it was cleared after its end: its times tell nothing of the next run. */
  constructor(
    readonly runId: string,
    at: UnixSeconds,
    readonly isWhole: boolean,
  ) {
    this.dueAt = at;
    this.beganAt = at;
    this.lastEventAt = at;
  }

  /** Tries that are queued or running, of all tasks. */
  get open(): number {
    let open = 0;
    for (const task of this.tasks.values()) open += task.open + (task.waits ? 1 : 0);
    return open;
  }

  /** Applies one moment of a try and returns by how many the open tries changed. */
  observe(phase: Phase, fact: TryFact, at: UnixSeconds): number {
    this.lastEventAt = Math.max(this.lastEventAt, at);
    let task = this.tasks.get(fact.taskId);
    if (task === undefined) this.tasks.set(fact.taskId, (task = new TaskTimes()));
    const isFirst = phase === (fact.queuedAt === null ? 'started' : 'queued');
    if (isFirst) {
      task.open++;
      task.waits = false;
      task.failed = false;
    }
    if (phase === 'queued') task.queuedAt = earlier(task.queuedAt, fact.queuedAt ?? at);
    else if (phase === 'started') task.startedAt = earlier(task.startedAt, fact.startedAt ?? at);
    else return this.end(task, fact, at);
    return isFirst ? 1 : 0;
  }

  private end(task: TaskTimes, fact: TryFact, at: UnixSeconds): number {
    const wasOpen = task.open > 0 && (fact.queuedAt !== null || fact.startedAt !== null);
    if (wasOpen) task.open--;
    const endedAt = fact.endedAt ?? at;
    task.endedAt = Number.isNaN(task.endedAt) ? endedAt : Math.max(task.endedAt, endedAt);
    task.waits = fact.state === 'up_for_retry';
    if (tryLabel(fact.state) === 1 || fact.state === 'upstream_failed') task.failed = true;
    // Skipped without ever having been queued: such a fact may carry the moment as its start.
    if (fact.queuedAt === null && !hasRun(fact)) task.startedAt = NaN;
    return wasOpen ? -1 : 0;
  }
}

/** `skipped` and `upstream_failed` without a queueing never ran, though Airflow gives them a start. */
function hasRun(fact: TryFact): boolean {
  return fact.state !== 'skipped' && fact.state !== 'upstream_failed' && fact.state !== 'removed';
}

function earlier(known: number, time: number): number {
  return Number.isNaN(known) ? time : Math.min(known, time);
}

/** What is known of one DAG for forecasts of time: its tasks, how they depend on each other, and how its runs went. */
import type { DagFact, TaskFact, UnixSeconds } from '../../core/facts.js';
import type { DeadlineConfig } from '../../core/config/deadlines.js';
import type { AirflowDeadlines } from './airflow-deadlines.js';
import { LogMoments } from './log-moments.js';
import type { RunTimes } from './run-times.js';
import { hashOf } from './sampling.js';
import { OwnStage } from './stages.js';
import type { ValueStore } from './value-store.js';

/** Share of what was known of a task's outcomes that is left after another run: about the last ten count. */
const KEPT_PER_RUN = 0.9;
const MOST_VOTES = 8;
/** A task that ended last before another one began in this share of the runs is what that one waits for. */
const DEPENDS_SHARE = 0.1;
/** Ids of finished runs that are kept, to tell a late fact from a new run. */
const ENDED_KEPT = 8;

/** A task of a DAG. */
export class TaskProfile {
  /** From a task fact, rather than only from tries. */
  described = false;
  operator: string | null = null;
  pool: string | null = null;
  poolSlots = 1;
  /** Whether a failure upstream keeps it from running. */
  needsUpstream = true;
  downstream: readonly string[] = [];
  /** Windows of logarithms: how long it takes, and how long it waits once it could begin. */
  readonly durations: number;
  readonly waits: number;
  lastSeenRun = 0;
  /** Decayed counts of runs in which it could have run, in which it did not, and in which it failed. */
  runs = 0;
  idle = 0;
  failed = 0;
  /** Which task ended last before it began, as decayed counts; only where no task fact tells dependencies. */
  readonly votes = new Map<string, number>();
  /** Chooses its strata. */
  readonly key: number;

  constructor(taskId: string, store: ValueStore) {
    this.durations = store.create();
    this.waits = store.create();
    this.key = hashOf(taskId);
  }

  count(outcome: 'ran' | 'idle' | 'failed'): void {
    this.runs = KEPT_PER_RUN * this.runs + 1;
    this.idle = KEPT_PER_RUN * this.idle + (outcome === 'idle' ? 1 : 0);
    this.failed = KEPT_PER_RUN * this.failed + (outcome === 'failed' ? 1 : 0);
  }

  get idleShare(): number {
    return (this.idle + 0.01) / (this.runs + 1);
  }

  get failedShare(): number {
    return (this.failed + 0.02) / (this.runs + 1);
  }

  vote(taskId: string | null): void {
    for (const [known, count] of this.votes) this.votes.set(known, KEPT_PER_RUN * count);
    if (taskId === null) return;
    this.votes.set(taskId, (this.votes.get(taskId) ?? 0) + 1);
    if (this.votes.size <= MOST_VOTES) return;
    let least: string | null = null;
    for (const [known, count] of this.votes) {
      if (least === null || count < this.votes.get(least)!) least = known;
    }
    this.votes.delete(least!);
  }

  /** What it waits for, by the order in which tasks ran. */
  observedUpstream(): string[] {
    let sum = 0;
    for (const count of this.votes.values()) sum += count;
    return [...this.votes].filter(([, count]) => count >= DEPENDS_SHARE * sum).map(([taskId]) => taskId);
  }
}

export class DagTimes {
  description: DagFact | null = null;
  readonly tasks = new Map<string, TaskProfile>();
  hasTaskFacts = false;
  readonly runs = new Map<string, RunTimes>();
  /** When its last finished runs ended, by run id, oldest first. */
  readonly ended = new Map<string, UnixSeconds>();
  runCount = 0;
  /** When the thresholds last learnt from a run that began then. */
  watchedAt = -Infinity;
  /** Windows of logarithms: run durations, from due to created, from the last task's end to that of the run. */
  readonly durations: number;
  readonly delays: number;
  readonly closings: number;
  /** Seconds from due to the end of successful runs, as logarithms. */
  readonly totals: number;
  /** Share of its latest runs that succeeded, as a decayed mean. */
  successShare = 1;
  /** Logarithms of seconds between due times of scheduled runs. */
  readonly intervals: number;
  /** The median of them in seconds. */
  intervalSeconds = NaN;
  lastDueAt = NaN;
  readonly taskMoments = new LogMoments(200);
  readonly stages = { planned: new OwnStage(), queued: new OwnStage(), running: new OwnStage() };
  /** Entry of the configuration that counts; undefined until it is looked for. */
  deadline: DeadlineConfig | null | undefined = undefined;
  /** Null while Airflow has told of none. */
  airflowDeadlines: AirflowDeadlines | null = null;
  /** Slot seconds that a run takes of each pool, as decayed means. */
  readonly poolSeconds = new Map<string, number>();
  /** Tasks in an order in which each comes after what it waits for; null when that has to be found anew. */
  order: readonly PlacedTask[] | null = null;

  constructor(
    readonly deployment: string,
    readonly dagId: string,
    readonly store: ValueStore,
  ) {
    this.durations = store.create();
    this.delays = store.create();
    this.closings = store.create();
    this.totals = store.create();
    this.intervals = store.create();
  }

  observeTask(fact: TaskFact): void {
    this.order = null;
    this.hasTaskFacts = true;
    if (!fact.isActive) {
      this.forgetTask(fact.taskId);
      return;
    }
    const task = this.task(fact.taskId);
    task.described = true;
    task.operator = fact.operator;
    task.pool = fact.pool;
    task.poolSlots = fact.poolSlots;
    task.downstream = fact.downstreamTaskIds;
    task.needsUpstream =
      fact.triggerRule === null || !/done|always|one_failed|all_failed/.test(fact.triggerRule);
  }

  task(taskId: string): TaskProfile {
    let task = this.tasks.get(taskId);
    if (task === undefined) {
      task = new TaskProfile(taskId, this.store);
      task.lastSeenRun = this.runCount;
      this.tasks.set(taskId, task);
      this.order = null;
    }
    return task;
  }

  forgetTask(taskId: string): void {
    const task = this.tasks.get(taskId);
    if (task === undefined) return;
    this.store.release(task.durations);
    this.store.release(task.waits);
    this.tasks.delete(taskId);
    this.order = null;
  }

  /** Gives the windows back; the state is of no use afterwards. */
  release(): void {
    for (const taskId of [...this.tasks.keys()]) this.forgetTask(taskId);
    for (const id of [this.durations, this.delays, this.closings, this.totals, this.intervals])
      this.store.release(id);
  }

  rememberEnd(runId: string, at: UnixSeconds): void {
    this.ended.delete(runId);
    this.ended.set(runId, at);
    if (this.ended.size > ENDED_KEPT) this.ended.delete(this.ended.keys().next().value!);
  }
}

/** A task with the places, in the same order, of those it waits for. */
export interface PlacedTask {
  readonly taskId: string;
  readonly profile: TaskProfile;
  readonly upstream: readonly number[];
}

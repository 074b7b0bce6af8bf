/** Deployments, DAGs, tasks, pools and runs, each with a small integer for tables and what is remembered about it last. */
import { tryLabel, type DagFact, type TaskFact, type TryFact } from '../core/facts.js';
import { Category } from './category.js';
import { Appearances, OutcomeLedger } from './ledger.js';
import type { Linked } from './recency-list.js';
import { RunTimeline } from './run-timeline.js';
import type { ScheduleClass } from './schedule-class.js';
import { troubleKind } from './trouble-kind.js';

export class PoolKey {
  open = 0;
  /** Latest description; NaN while there is none. */
  slots = NaN;
  occupied = NaN;
  queuedSlots = NaN;
  describedAt = NaN;
  constructor(readonly id: number) {}
}

export class TaskKey {
  readonly outcomes = new OutcomeLedger();
  readonly seen = new Appearances();
  /** False once it has not ended for long, so that a dead task does not stay broken for ever. */
  current = false;
  lastEndedAt = NaN;
  /** Host of the last try that started. */
  lastHost = 0;
  lastRun: RunState | null = null;
  description: TaskFact | null = null;
  describedAt = NaN;
  changedAt = NaN;
  /** Tasks that it waits for directly. */
  readonly upstream = new Set<TaskKey>();
  downstream: ReadonlySet<string> | null = null;
  /** Of its latest labelled try: surprise of its duration (NaN when not known), and its number. */
  lastSurprise = NaN;
  lastTryNumber = 0;
  /** Per mapped instance its outcome key, made when the first outcome of that index arrives. */
  mapped: Map<number, number> | null = null;
  /** Row of the numeric `extra` statistics by category index; 0 where none. */
  measures: number[] | null = null;
  /** Row of how runs ended in which it had failed; 0 before the first: most tasks never fail. */
  troubleRow = 0;
  /** Row of how long its tries lasted; 0 before its first failure. */
  lastingRow = 0;

  constructor(
    readonly id: number,
    readonly taskId: string,
    readonly dag: DagKey,
  ) {}

  /** Takes a labelled outcome into the ledgers of the task and its DAG, and into the counts of what is broken now. */
  recordOutcome(failed: boolean, endedAt: number): void {
    const { dag } = this;
    const { deployment } = dag;
    const wasBroken = this.current && this.outcomes.last === 1;
    this.outcomes.record(failed, endedAt);
    dag.tries.record(failed, endedAt);
    this.lastEndedAt = endedAt;
    if (!this.current) {
      this.current = true;
      dag.currentTasks++;
      deployment.currentTasks++;
      if (dag.currentTasks === 1) deployment.currentDags++;
    }
    if (failed !== wasBroken) this.countBroken(failed ? 1 : -1);
  }

  /** Whether no try is left after this one, where the number of retries is known. */
  isExhausted(tryNumber: number): boolean {
    const retries = this.description?.retries;
    return retries !== undefined && tryNumber > retries;
  }

  /** Stops counting a task that has not ended for long. */
  retire(): void {
    const { dag } = this;
    if (this.outcomes.last === 1) this.countBroken(-1);
    this.current = false;
    dag.currentTasks--;
    dag.deployment.currentTasks--;
    if (dag.currentTasks === 0) dag.deployment.currentDags--;
  }

  private countBroken(change: 1 | -1): void {
    const { dag } = this;
    const before = dag.brokenTasks > 0;
    dag.brokenTasks += change;
    dag.deployment.brokenTasks += change;
    const after = dag.brokenTasks > 0;
    if (before !== after) dag.deployment.brokenDags += change;
  }
}

export class DagKey implements Linked<DagKey> {
  newer: DagKey | null = null;
  older: DagKey | null = null;
  readonly tasks = new Map<string, TaskKey>();
  readonly runs = new Map<string, RunState>();
  /** Outcomes of its tries. */
  readonly tries = new OutcomeLedger();
  /** Outcomes of its runs. */
  readonly runOutcomes = new OutcomeLedger();
  readonly seen = new Appearances();
  /** When any of its tasks was last queued. */
  lastQueuedAt = NaN;
  open = 0;
  currentTasks = 0;
  brokenTasks = 0;
  activeRuns = 0;
  description: DagFact | null = null;
  describedAt = NaN;
  changedAt = NaN;
  scheduleChangedAt = NaN;
  /** Of its latest description; null while its schedule is of no known kind. */
  scheduleClass: ScheduleClass | null = null;
  /** Latest version of its code, and when that (or another sign of new code) appeared; NaN before the first change. */
  versionNumber = NaN;
  deployedAt = NaN;
  /** DAGs that trigger it, that it awaits, or whose assets it reads, with the number of ways. */
  readonly upstreamDags = new Map<DagKey, number>();
  /** The DAGs that have this one among theirs; null before the first. */
  downstreamDags: Set<DagKey> | null = null;
  /** Rows of statistics of `extra` keys by category index; 0 where none. */
  measures: number[] | null = null;

  constructor(
    readonly id: number,
    readonly dagId: string,
    readonly deployment: DeploymentKey,
  ) {}
}

export class DeploymentKey {
  readonly dags = new Map<string, DagKey>();
  readonly pools = new Map<string, PoolKey>();
  readonly operators = new Category(0, false);
  readonly queues = new Category(0, false);
  readonly owners = new Category(0, false);
  readonly hosts = new Category(0, false);
  readonly runTypes = new Category(0, false);
  /** Kinds of schedule; see `startedBy`. */
  readonly schedules = new Category(0, false);
  readonly failureClasses = new Category(0, false);
  readonly failureTemplates = new Category(0, false);
  readonly categories = new Map<string, Category>();
  open = 0;
  currentTasks = 0;
  brokenTasks = 0;
  currentDags = 0;
  brokenDags = 0;

  constructor(
    readonly id: number,
    readonly deployment: string,
  ) {}
}

/** A task instance of a run whose latest try failed. */
export interface FailingInstance {
  readonly task: TaskKey;
  /** No try is left. */
  readonly exhausted: boolean;
  /** How it failed; see {@link troubleKind}. */
  readonly kind: number;
}

/** A run with what its tries did to the counts of its pools, its DAG and its deployment. */
export class RunState extends RunTimeline {
  ended = 0;
  failed = 0;
  onsets = 0;
  exhausted = 0;
  /** Sum over ended tries of their historical rate: the failures that would be usual. */
  expectedFailures = NaN;
  /** Of the durations of its ended tries: how many were compared with their usual, the sum of surprises, the largest. */
  surprises = 0;
  surpriseSum = 0;
  surpriseMost = NaN;
  failing: Map<number, FailingInstance> | null = null;
  /** Kinds of all failures in it by task, one bit each; null before the first. */
  troubles: Map<TaskKey, number> | null = null;
  private readonly poolsOpen: { readonly pool: PoolKey; count: number }[] = [];

  constructor(
    readonly dag: DagKey,
    readonly runId: string,
    /** Above 0, and no other run's. */
    readonly serial: number,
  ) {
    super();
  }

  openTry(pool: PoolKey): void {
    this.open++;
    this.dag.open++;
    this.dag.deployment.open++;
    if (pool.id === 0) return;
    pool.open++;
    for (const entry of this.poolsOpen) {
      if (entry.pool === pool) {
        entry.count++;
        return;
      }
    }
    this.poolsOpen.push({ pool, count: 1 });
  }

  closeTry(pool: PoolKey): void {
    if (this.open === 0) return;
    this.open--;
    this.dag.open--;
    this.dag.deployment.open--;
    for (const entry of this.poolsOpen) {
      if (entry.pool === pool && entry.count > 0) {
        entry.count--;
        pool.open--;
        break;
      }
    }
    // A try may change its pool between queueing and end: with no try left open, no slot is in use.
    if (this.open === 0) this.releasePools();
  }

  /** Forgets tries whose end will never be told, so that they do not count as running for ever. */
  closeAllTries(): void {
    this.dag.open -= this.open;
    this.dag.deployment.open -= this.open;
    this.open = 0;
    this.releasePools();
  }

  private releasePools(): void {
    for (const entry of this.poolsOpen) {
      entry.pool.open -= entry.count;
      entry.count = 0;
    }
  }

  /** Takes in the labelled end of a try of one of its task instances. */
  recordEnd(task: TaskKey, fact: TryFact, afterSuccess: boolean): void {
    const failed = tryLabel(fact.state) === 1;
    this.hasOutcome = true;
    this.ended++;
    if (failed) {
      this.failed++;
      if (afterSuccess) this.onsets++;
    }
    const instance = task.id * 2 ** 24 + fact.mapIndex + 1;
    const before = this.failing?.get(instance);
    if (before?.exhausted === true) this.exhausted--;
    if (failed) {
      const exhausted = task.isExhausted(fact.tryNumber);
      if (exhausted) this.exhausted++;
      this.failing ??= new Map();
      this.failing.set(instance, {
        task,
        exhausted,
        kind: troubleKind(fact, task.description?.retries ?? null),
      });
    } else if (before !== undefined) {
      this.failing?.delete(instance);
    }
  }

  /** Task instances whose latest try failed. */
  get failingInstances(): number {
    return this.failing === null ? 0 : this.failing.size;
  }
}

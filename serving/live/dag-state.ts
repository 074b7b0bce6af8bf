/** One DAG as the live view remembers it: tasks, runs that are going on, last outcomes. Pure state, bounded. */
import type { DagFact, DagRunFact, TaskFact, TryFact, UnixSeconds } from '../../core/facts.js';
import type { DagVersionFact } from '../../core/surroundings.js';
import type { Phase } from '../../features/types.js';
import { anyTaskFailed, createRun, observeTry, retriesOf, type RunState } from './run-state.js';
import { RecentValues } from './schedule.js';

/** How one finished run ended. */
export interface RunOutcome {
  readonly runId: string;
  readonly runType: string | null;
  readonly failed: boolean;
  readonly dueAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  readonly endedAt: UnixSeconds | null;
  /** Tries beyond the first, over all its task instances. */
  readonly retries: number;
  /** Known from a first collection or an import, rather than seen as it ended. */
  readonly isFromHistory: boolean;
}

export interface TaskState {
  /** From a task fact, rather than only from tries. */
  described: boolean;
  operator: string | null;
  pool: string | null;
  queue: string | null;
  owner: string | null;
  isMapped: boolean;
  retries: number | null;
  retryDelaySeconds: number | null;
  /** Ordinal of the DAG's run in which it was last seen. */
  lastSeenRun: number;
}

/** Outcomes kept for the strip. */
export const OUTCOMES_KEPT = 30;
/** Finished runs known from tries alone that are kept in case more of their tries follow. */
const CLOSED_RUNS_KEPT = 4;
/** A task known from tries alone is current when it was seen in one of the last runs, and forgotten much later. */
export const CURRENT_TASK_RUNS = 5;
const FORGET_TASK_RUNS = 50;
const UNSCHEDULED = new Set(['manual', 'backfill', 'backfill_job', 'operator_triggered']);

export class DagState {
  description: DagFact | null = null;
  readonly tasks = new Map<string, TaskState>();
  hasTaskFacts = false;
  readonly runs = new Map<string, RunState>();
  /** Oldest first. */
  readonly outcomes: RunOutcome[] = [];
  readonly intervals = new RecentValues();
  lastDue: UnixSeconds | null = null;
  lastRunAt: UnixSeconds | null = null;
  usualRunType: string | null = null;
  runCount = 0;
  /** When its code last changed; null while only one version of it is known. */
  codeChangedAt: UnixSeconds | null = null;
  private versionNumber: number | null = null;

  constructor(
    readonly deployment: string,
    readonly dagId: string,
  ) {}

  /** Versions may be told in any order, and the same one again: only a later one is new code. */
  observeVersion(fact: DagVersionFact): void {
    const known = this.versionNumber;
    if (known !== null && fact.versionNumber <= known) return;
    this.versionNumber = fact.versionNumber;
    if (known !== null) this.codeChangedAt = fact.eventTime;
  }

  observeTask(fact: TaskFact): void {
    this.hasTaskFacts = true;
    if (!fact.isActive) {
      this.tasks.delete(fact.taskId);
      return;
    }
    const task = this.task(fact.taskId);
    task.described = true;
    task.operator = fact.operator;
    task.pool = fact.pool;
    task.queue = fact.queue;
    task.owner = fact.owner;
    task.isMapped = fact.isMapped;
    task.retries = fact.retries;
    task.retryDelaySeconds = fact.retryDelaySeconds;
  }

  observeTry(phase: Phase, fact: TryFact, at: UnixSeconds): void {
    let run = this.runs.get(fact.runId);
    if (run === undefined) {
      const outcome = this.outcomeIndex(fact.runId);
      if (outcome >= 0 && !this.startsAgain(fact, this.outcomes[outcome]!)) return;
      run = this.addRun(fact.runId, fact.runType, at);
      run.hasOutcome = outcome >= 0;
      if (outcome < 0) this.noteDue(run, fact.scheduledAt ?? fact.queuedAt ?? fact.startedAt ?? at);
    }
    const task = this.task(fact.taskId);
    task.lastSeenRun = this.runCount;
    if (!task.described) {
      task.operator = fact.operator ?? task.operator;
      task.pool = fact.pool ?? task.pool;
      task.queue = fact.queue ?? task.queue;
      task.owner = fact.owner ?? task.owner;
      if (fact.mapIndex >= 0) task.isMapped = true;
    }
    observeTry(run, phase, fact, at);
    if (!run.described) this.concludeFromTries(run, fact.endedAt ?? at, fact.visibilityAssumed);
  }

  observeRun(phase: Phase, fact: DagRunFact, at: UnixSeconds): void {
    let run = this.runs.get(fact.runId);
    if (run === undefined) {
      if (this.outcomeIndex(fact.runId) >= 0) return;
      run = this.addRun(fact.runId, fact.runType, at);
    } else if (!run.described) {
      this.dropOutcome(run);
    }
    if (!run.described) {
      run.described = true;
      this.noteDue(run, fact.runAfter ?? fact.logicalDate ?? fact.queuedAt ?? fact.startedAt ?? at);
    }
    run.lastEventAt = Math.max(run.lastEventAt, at);
    run.runType = fact.runType ?? run.runType;
    run.runAfter = fact.runAfter ?? run.runAfter;
    if (phase === 'queued') run.queuedAt = fact.queuedAt;
    if (phase === 'started') run.startedAt = fact.startedAt;
    if (phase === 'ended') {
      this.runs.delete(fact.runId);
      this.addOutcome(run, fact.state === 'failed', fact.endedAt, fact.visibilityAssumed);
    }
  }

  /** Runs that are going on, oldest first. */
  activeRuns(): RunState[] {
    const active: RunState[] = [];
    for (const run of this.runs.values()) if (run.described || run.open > 0) active.push(run);
    return active;
  }

  /** Whether the task belongs to the DAG as it is now. */
  isCurrent(task: TaskState): boolean {
    return this.hasTaskFacts ? task.described : task.lastSeenRun > this.runCount - CURRENT_TASK_RUNS;
  }

  private task(taskId: string): TaskState {
    let task = this.tasks.get(taskId);
    if (task === undefined) {
      task = {
        described: false,
        operator: null,
        pool: null,
        queue: null,
        owner: null,
        isMapped: false,
        retries: null,
        retryDelaySeconds: null,
        lastSeenRun: this.runCount,
      };
      this.tasks.set(taskId, task);
    }
    return task;
  }

  private addRun(runId: string, runType: string | null, at: UnixSeconds): RunState {
    const run = createRun(runId, runType, at);
    this.runs.set(runId, run);
    this.runCount++;
    this.lastRunAt = Math.max(this.lastRunAt ?? at, at);
    if (this.runCount % FORGET_TASK_RUNS === 0) {
      for (const [taskId, task] of this.tasks) {
        if (!task.described && task.lastSeenRun < this.runCount - FORGET_TASK_RUNS) this.tasks.delete(taskId);
      }
    }
    return run;
  }

  private noteDue(run: RunState, due: UnixSeconds): void {
    if (run.runType !== null && UNSCHEDULED.has(run.runType)) return;
    this.usualRunType = run.runType ?? this.usualRunType;
    if (this.lastDue !== null && due <= this.lastDue) return;
    if (this.lastDue !== null) this.intervals.push(due - this.lastDue);
    this.lastDue = due;
  }

  private concludeFromTries(run: RunState, endedAt: UnixSeconds, isFromHistory: boolean): void {
    if (run.open > 0) {
      this.dropOutcome(run);
      return;
    }
    this.addOutcome(run, anyTaskFailed(run), endedAt, isFromHistory);
    let closed = 0;
    for (const known of this.runs.values()) if (!known.described && known.open === 0) closed++;
    if (closed <= CLOSED_RUNS_KEPT) return;
    for (const known of this.runs.values()) {
      if (known.described || known.open > 0) continue;
      this.runs.delete(known.runId);
      return;
    }
  }

  private addOutcome(
    run: RunState,
    failed: boolean,
    endedAt: UnixSeconds | null,
    isFromHistory: boolean,
  ): void {
    const outcome: RunOutcome = {
      runId: run.runId,
      runType: run.runType,
      failed,
      dueAt: run.runAfter,
      startedAt: run.startedAt,
      endedAt,
      retries: retriesOf(run),
      isFromHistory,
    };
    const known = run.hasOutcome ? this.outcomeIndex(run.runId) : -1;
    run.hasOutcome = true;
    if (known >= 0) {
      this.outcomes[known] = outcome;
      return;
    }
    this.outcomes.push(outcome);
    if (this.outcomes.length > OUTCOMES_KEPT) this.outcomes.shift();
  }

  private dropOutcome(run: RunState): void {
    if (!run.hasOutcome) return;
    run.hasOutcome = false;
    const known = this.outcomeIndex(run.runId);
    if (known >= 0) this.outcomes.splice(known, 1);
  }

  private outcomeIndex(runId: string): number {
    const { outcomes } = this;
    let index = outcomes.length - 1;
    while (index >= 0 && outcomes[index]!.runId !== runId) index--;
    return index;
  }

  /** A run that had ended goes on when a try of it begins after its end: a person cleared it. */
  private startsAgain(fact: TryFact, outcome: RunOutcome): boolean {
    const begins = fact.queuedAt ?? fact.startedAt;
    return begins !== null && outcome.endedAt !== null && begins > outcome.endedAt;
  }
}

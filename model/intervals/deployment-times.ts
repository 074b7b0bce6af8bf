/** What the DAGs of one deployment share: usual durations by operator, usual waits, how slow everything is now, corrections. */
import { CommonLevel } from './common-level.js';
import type { DagTimes, TaskProfile } from './dag-times.js';
import { LogMoments, poolMoments, toLog, type LogNormal } from './log-moments.js';
import { SharedStage, type StageName } from './stages.js';
import type { ValueStore } from './value-store.js';

/** Operators beyond are pooled with the DAG alone. */
const MOST_OPERATORS = 1000;
const HORIZON = 2000;
/** Bands of evidence: least finished runs, and by how much intervals are widened until outcomes tell. */
const EVIDENCE_BANDS = [
  { leastRuns: 20, width: 1.1 },
  { leastRuns: 5, width: 1.35 },
  { leastRuns: 0, width: 1.8 },
] as const;

/** Values of a window from which on the next one can be a surprise. */
const LEAST_VALUES = 3;

/** What all windows of one kind of time have in common. Their values, and the moments, are relative to the level. */
export class CommonTimes {
  readonly moments = new LogMoments(HORIZON);
  readonly level = new CommonLevel();
}

export class DeploymentTimes {
  readonly dags = new Map<string, DagTimes>();
  readonly durations = new CommonTimes();
  readonly waits = new CommonTimes();
  readonly closings = new CommonTimes();
  readonly delays = new CommonTimes();
  readonly runs = new CommonTimes();
  readonly totals = new CommonTimes();
  readonly intervals = new CommonTimes();
  private readonly stages = new Map<string, SharedStage>();
  private readonly operators = new Map<string, LogMoments>();
  /** Variance of logarithms around the mean of their task, as a decayed mean. */
  private within = 0.25;

  constructor(
    readonly name: string,
    private readonly store: ValueStore,
  ) {}

  /** What forecasts of a stage share when they rest on about as many runs: thin evidence errs in its own way. */
  stageOf(name: StageName, evidenceRuns: number): SharedStage {
    const band = EVIDENCE_BANDS.findIndex(({ leastRuns }) => evidenceRuns >= leastRuns);
    const key = `${name} ${band}`;
    let stage = this.stages.get(key);
    if (stage === undefined) this.stages.set(key, (stage = new SharedStage(EVIDENCE_BANDS[band]!.width)));
    return stage;
  }

  /** Moves the level of a kind of time as soon as one is known; its window learns it later, with the rest of its run. */
  notice(window: number, seconds: number, { level }: CommonTimes): void {
    if (this.store.count(window) >= LEAST_VALUES)
      level.learn(toLog(seconds) - level.value - this.store.mean(window));
  }

  learnDuration(dag: DagTimes, task: TaskProfile, seconds: number): void {
    const log = toLog(seconds) - this.durations.level.value;
    if (this.store.count(task.durations) >= LEAST_VALUES) {
      const deviation = log - this.store.mean(task.durations);
      this.within += 0.01 * (Math.min(4, deviation * deviation) - this.within);
    }
    this.store.push(task.durations, log, this.durationPrior(dag, task), this.within);
    dag.taskMoments.push(log);
    const { operator } = task;
    if (operator === null) return;
    let moments = this.operators.get(operator);
    if (moments === undefined) {
      if (this.operators.size >= MOST_OPERATORS) return;
      this.operators.set(operator, (moments = new LogMoments(HORIZON)));
    }
    moments.push(log);
  }

  /** Takes in a value of a window, and of what all such windows of the deployment have in common. */
  learn(window: number, seconds: number, { moments, level }: CommonTimes): void {
    const log = toLog(seconds) - level.value;
    this.store.push(window, log, poolMoments([moments]), this.within);
    moments.push(log);
  }

  /** How long a task takes that has not run yet: as others of its DAG and of its operator. Relative to the level. */
  durationPrior(dag: DagTimes, task: TaskProfile): LogNormal {
    const operator = task.operator === null ? undefined : this.operators.get(task.operator);
    return poolMoments([dag.taskMoments, operator]);
  }
}

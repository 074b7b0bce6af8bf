/** What the DAGs of one deployment share: usual durations by operator, usual waits, corrections. */
import { StageThresholds, type DagTimes, type StageName, type TaskProfile } from './dag-times.js';
import { LogMoments, poolMoments, toLog, type LogNormal } from './log-moments.js';
import type { ValueStore } from './value-store.js';

/** Operators beyond are pooled with the DAG alone. */
const MOST_OPERATORS = 1000;
const HORIZON = 2000;
/** Bands of evidence: least finished runs, and by how much intervals are widened until outcomes tell. */
const EVIDENCE_BANDS = [
  { leastRuns: 20, width: 1.2 },
  { leastRuns: 5, width: 1.6 },
  { leastRuns: 0, width: 2.2 },
] as const;

export class DeploymentTimes {
  readonly dags = new Map<string, DagTimes>();
  readonly waits = new LogMoments(HORIZON);
  readonly closings = new LogMoments(HORIZON);
  readonly delays = new LogMoments(HORIZON);
  readonly runs = new LogMoments(HORIZON);
  readonly totals = new LogMoments(HORIZON);
  readonly intervals = new LogMoments(HORIZON);
  private readonly thresholds = new Map<string, StageThresholds>();
  private readonly operators = new Map<string, LogMoments>();
  /** Variance of logarithms around the mean of their task, as a decayed mean. */
  private within = 0.25;

  constructor(
    readonly name: string,
    private readonly store: ValueStore,
  ) {}

  /** The thresholds that forecasts of a stage share when they rest on about as many runs: thin evidence errs in its own way. */
  thresholdsOf(stage: StageName, evidenceRuns: number): StageThresholds {
    const band = EVIDENCE_BANDS.findIndex(({ leastRuns }) => evidenceRuns >= leastRuns);
    const key = `${stage} ${band}`;
    let thresholds = this.thresholds.get(key);
    if (thresholds === undefined)
      this.thresholds.set(key, (thresholds = new StageThresholds(EVIDENCE_BANDS[band]!.width)));
    return thresholds;
  }

  learnDuration(dag: DagTimes, task: TaskProfile, log: number): void {
    if (this.store.count(task.durations) >= 3) {
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
  learn(window: number, seconds: number, common: LogMoments): void {
    const log = toLog(seconds);
    this.store.push(window, log, poolMoments([common]), this.within);
    common.push(log);
  }

  /** How long a task takes that has not run yet: as others of its DAG and of its operator. */
  durationPrior(dag: DagTimes, task: TaskProfile): LogNormal {
    const operator = task.operator === null ? undefined : this.operators.get(task.operator);
    return poolMoments([dag.taskMoments, operator]);
  }
}

/** Which DAG runs are under way, when they count as ended, and when they are forgotten. */
import { DAY, HOUR } from './decay.js';
import { type DagKey, RunState } from './entities.js';
import type { KeySpace } from './keys.js';

/** A task that has not ended for so long no longer counts as broken (or working). */
const STALE_TASK_SECONDS = 30 * DAY;

/** Told when a run's outcome is known: from Airflow, or derived from its tries when nothing else tells. */
export type RunClosed = (run: RunState, failed: boolean, endedAt: number, at: number) => void;

export class RunLedger {
  private readonly live = new Set<RunState>();
  private nextSweepAt = -Infinity;
  private nextTaskSweepAt = -Infinity;
  private opened = 0;

  /** @param onForgotten called for each run that is dropped, after its outcome was told, if it had one. */
  constructor(
    private readonly keys: KeySpace,
    private readonly onClosed: RunClosed,
    private readonly onForgotten: (run: RunState) => void,
  ) {}

  /** Runs held. */
  get size(): number {
    return this.live.size;
  }

  /** Makes a run; its DAG's earlier runs without a told end are over then. */
  open(dag: DagKey, runId: string, beganAt: number, at: number): RunState {
    this.closeIdle(dag, at);
    const run = new RunState(dag, runId, ++this.opened);
    run.firstSeenAt = beganAt;
    run.lastSeenAt = at;
    dag.runs.set(runId, run);
    dag.activeRuns++;
    this.live.add(run);
    return run;
  }

  /** Records the outcome of a run once; `failed` null when it ended without any. */
  close(run: RunState, failed: boolean | null, endedAt: number, at: number): void {
    run.closeAllTries();
    if (run.closed) return;
    run.closed = true;
    run.outcome = failed;
    run.dag.activeRuns--;
    if (failed !== null) this.onClosed(run, failed, endedAt, at);
  }

  /** Drops what cannot matter any more; cheap unless an hour has passed since the last time. */
  sweep(at: number): void {
    if (at < this.nextSweepAt) return;
    this.nextSweepAt = at + HOUR;
    for (const run of this.live) {
      if (run.isForgettable(at)) this.forget(run, at);
      else if (run.isQuiet(at)) this.closeDerived(run, at);
    }
    if (at < this.nextTaskSweepAt) return;
    this.nextTaskSweepAt = at + DAY;
    this.retireTasks(at);
  }

  /** Drops all runs of a DAG; those that are over by what is known of them count once more. */
  forgetRuns(dag: DagKey, at: number): void {
    for (const run of dag.runs.values()) this.forget(run, at);
  }

  private closeIdle(dag: DagKey, at: number): void {
    for (const run of dag.runs.values()) {
      if (!run.described && run.open === 0 && !run.closed) this.closeDerived(run, at);
    }
  }

  private closeDerived(run: RunState, at: number): void {
    this.close(run, run.hasOutcome ? run.failingInstances > 0 : null, run.lastEndedAt, at);
  }

  private forget(run: RunState, at: number): void {
    if (run.described) this.close(run, null, NaN, at);
    else this.closeDerived(run, at);
    this.live.delete(run);
    run.dag.runs.delete(run.runId);
    this.onForgotten(run);
  }

  private retireTasks(at: number): void {
    for (const deployment of this.keys.deployments.values()) {
      for (const dag of deployment.dags.values()) {
        for (const task of dag.tasks.values()) {
          if (task.current && at - task.lastEndedAt > STALE_TASK_SECONDS) task.retire();
        }
      }
    }
  }
}

/** Forecasts of runs from what is known of them, with their deadlines and corrections. */
import type { DeadlineConfig } from '../../core/config/deadlines.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { DagTimes } from './dag-times.js';
import { configuredDeadline, findDeadline, type Deadline } from './deadlines.js';
import { Decision } from './decision.js';
import type { DeploymentTimes } from './deployment-times.js';
import { RunForecaster } from './forecast-run.js';
import { learntDeadline } from './learn-run.js';
import type { RunTimes } from './run-times.js';
import type { StageName } from './stages.js';

export class Forecasts {
  private readonly forecaster = new RunForecaster();

  constructor(private readonly deadlines: readonly DeadlineConfig[]) {}

  /** @param run null for one that is not created yet. */
  decide(
    deployment: DeploymentTimes,
    dag: DagTimes,
    run: RunTimes | null,
    stage: StageName,
    dueAt: UnixSeconds,
    now: UnixSeconds,
  ): Decision {
    const key = {
      deployment: dag.deployment,
      dagId: dag.dagId,
      runId: run?.runId ?? null,
      stage,
      decidedAt: now,
      dueAt,
      beganAt: run?.beganAt ?? null,
      deadline: run === null ? this.deadlineOf(dag, null, dueAt) : run.deadline,
    };
    const samples = this.forecaster.forecast(deployment, dag, run, dueAt, now);
    const shared = deployment.stageOf(stage, dag.store.count(dag.durations));
    return new Decision(key, samples, shared, dag.stages[stage]);
  }

  /**
   * The configured deadline of a run due at this time, else Airflow's own, else the one learnt so far; null when there is none.
   *
   * @param runId null for a run that is not created yet.
   */
  deadlineOf(dag: DagTimes, runId: string | null, dueAt: UnixSeconds): Deadline | null {
    if (dag.deadline === undefined) dag.deadline = findDeadline(this.deadlines, dag.deployment, dag.dagId);
    if (dag.deadline !== null) return configuredDeadline(dag.deadline, dueAt);
    const kept = dag.airflowDeadlines?.of(runId, dueAt) ?? null;
    if (kept !== null) return { at: kept, source: 'airflow' };
    const at = learntDeadline(dag, dueAt);
    return at === null ? null : { at, source: 'learnt' };
  }
}

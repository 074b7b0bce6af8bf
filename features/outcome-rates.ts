/** Decayed outcome counts of tasks, DAGs, operators, pools and deployments, which most groups read. */
import {
  D128,
  D32,
  DAY,
  DecayedMean,
  TransitionRates,
  elsewhere,
  failureRate,
  hazard,
  persistence,
  type Rates,
} from './decay.js';
import type { DagRunMoment, DagRunReading, SharedState, TryMoment, TryReading } from './group.js';
import type { DagKey, DeploymentKey, TaskKey } from './entities.js';
import type { KeySpace } from './keys.js';

/** Rates that a deployment without any history is drawn towards, as if so many tries had been seen. */
const PRIOR_RATE = 0.05;
const PRIOR_PERSISTENCE = 0.5;
const PRIOR_TRIES = 2;

export class OutcomeRates implements SharedState {
  private readonly tasks: TransitionRates;
  private readonly dags: TransitionRates;
  private readonly deployments = new TransitionRates();
  private readonly operators = new TransitionRates();
  private readonly pools = new TransitionRates();
  private readonly dagRuns: TransitionRates;
  private readonly deploymentRuns = new TransitionRates();
  private readonly taskHistory: DecayedMean;
  private readonly dagHistory: DecayedMean;
  private readonly deploymentHistory = new DecayedMean(30 * DAY);

  /** The DAG's rate as last worked out: subjects of one moment share it. Unknown DAGs of all deployments share one key. */
  private ratedDeployment: DeploymentKey | null = null;
  private ratedDag: DagKey | null = null;
  private ratedAt = NaN;
  private dagRate = NaN;

  constructor({ taskIds, dagIds }: Pick<KeySpace, 'taskIds' | 'dagIds'>) {
    this.tasks = new TransitionRates(taskIds);
    this.dags = new TransitionRates(dagIds);
    this.dagRuns = new TransitionRates(dagIds);
    this.taskHistory = new DecayedMean(30 * DAY, taskIds);
    this.dagHistory = new DecayedMean(30 * DAY, dagIds);
  }

  /** Lets go of what was worked out last, which may be of a DAG that is forgotten. */
  forget(): void {
    this.ratedDag = null;
  }

  /** Takes in the labelled end of a try. A task's very first outcome follows none, so it says nothing about its transitions. */
  recordTry({ deployment, dag, task, pool, operator, at, failed, previous, age }: TryMoment): void {
    const label = failed ? 1 : 0;
    const afterFailure = previous === 1;
    this.ratedDag = null;
    this.taskHistory.add(task.id, at, label, age);
    this.dagHistory.add(dag.id, at, label, age);
    this.deploymentHistory.add(deployment.id, at, label, age);
    if (previous >= 0) this.tasks.add(task.id, at, failed, afterFailure, age);
    this.dags.add(dag.id, at, failed, afterFailure, age);
    this.deployments.add(deployment.id, at, failed, afterFailure, age);
    if (operator !== 0) this.operators.add(operator, at, failed, afterFailure, age);
    if (pool.id !== 0) this.pools.add(pool.id, at, failed, afterFailure, age);
  }

  recordDagRun({ dag, at, failed, previous, age }: DagRunMoment): void {
    this.dagRuns.add(dag.id, at, failed, previous === 1, age);
    this.deploymentRuns.add(dag.deployment.id, at, failed, previous === 1, age);
  }

  historicalRate(deployment: DeploymentKey, dag: DagKey, task: TaskKey, now: number): number {
    if (dag !== this.ratedDag || deployment !== this.ratedDeployment || now !== this.ratedAt) {
      const overall = this.overallRate(deployment, now);
      this.dagRate = this.dagRateFrom(Number.isNaN(overall) ? 0 : overall, dag, now);
      this.ratedDeployment = deployment;
      this.ratedDag = dag;
      this.ratedAt = now;
    }
    return this.taskRateFrom(this.dagRate, task, now);
  }

  overallRate(deployment: DeploymentKey, now: number): number {
    return this.deploymentHistory.mean(deployment.id, now, 0, 0);
  }

  dagRateFrom(start: number, dag: DagKey, now: number): number {
    return this.dagHistory.mean(dag.id, now, start, 2);
  }

  taskRateFrom(start: number, task: TaskKey, now: number): number {
    return this.taskHistory.mean(task.id, now, start, 2);
  }

  taskTries(task: TaskKey, now: number): number {
    return this.taskHistory.count(task.id, now);
  }

  loadTaskRates(task: TaskKey, now: number, level: number, out: Rates): void {
    this.tasks.loadLevel(task.id, now, level, out);
  }

  loadTry(reading: TryReading): void {
    const { now, deployment, dag, task, dagRates, deploymentRates, taskRates } = reading;
    this.deployments.load(deployment.id, now, deploymentRates);
    this.dags.load(dag.id, now, dagRates);
    this.tasks.load(task.id, now, taskRates);
    this.operators.load(reading.operator, now, reading.operatorRates);
    this.pools.load(reading.pool.id, now, reading.poolRates);
    elsewhere(deploymentRates, dagRates, reading.elsewhereRates);
    setBase(reading);
    reading.dagRate = failureRate(dagRates, D32, reading.baseRate, 2);
    reading.dagHazard = hazard(dagRates, D32, reading.baseHazard, 5);
    reading.dagPersistence = persistence(dagRates, D32, reading.basePersistence, 2);
  }

  loadDagRun(reading: DagRunReading): void {
    const { now, deployment, dag } = reading;
    this.deployments.load(deployment.id, now, reading.deploymentRates);
    this.dags.load(dag.id, now, reading.dagRates);
    elsewhere(reading.deploymentRates, reading.dagRates, reading.elsewhereRates);
    this.dagRuns.load(dag.id, now, reading.runRates);
    this.deploymentRuns.load(deployment.id, now, reading.deploymentRunRates);
    setBase(reading);
  }
}

function setBase(reading: TryReading | DagRunReading): void {
  const rates = reading.deploymentRates;
  reading.baseRate = failureRate(rates, D128, PRIOR_RATE, PRIOR_TRIES);
  reading.baseHazard = hazard(rates, D128, PRIOR_RATE, PRIOR_TRIES);
  reading.basePersistence = persistence(rates, D128, PRIOR_PERSISTENCE, PRIOR_TRIES);
}

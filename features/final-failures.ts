/** How failures of tries end: in success after a retry, or in the failure of the task. A pure fold with bounded state per task. */
import { tryOutcome, type TaskFact, type TryFact, type UnixSeconds } from '../core/facts.js';
import { DAY, DecayedMean, HOUR } from './decay.js';
import { Ids } from './ids.js';
import { maxTries, triesLeftAfter } from './tries-left.js';
import type { FactEvent, TrySubject } from './types.js';

/** What a risk of a try becomes once its retries are counted in. */
export interface FinalOutlook {
  /** P(the task fails for good | this try fails): 1 without a try left. */
  readonly ifFailed: number;
  /** Smoothed share of the task's instances that failed for good, whatever the model says; 0 before any outcome. */
  readonly rate: number;
  /** Tries left after this one; null where nothing tells. */
  readonly triesLeft: number | null;
}

/** Told for each failed try once its task instance has succeeded, or failed for good. */
export type FinalListener = (fact: TryFact, failed: boolean, at: UnixSeconds) => void;

interface TaskRecord {
  readonly id: number;
  /** Row of what its failures led to; 0 before the first: most tasks never fail. */
  failuresId: number;
  retries: number | null;
  /** How its latest instance ended: 1 failed for good, 0 otherwise. */
  last: 0 | 1;
}

/** A task instance whose latest try failed, with all its failed tries since it last began anew. */
interface Pending {
  readonly task: TaskRecord;
  readonly failures: { readonly fact: TryFact; readonly kind: number }[];
  at: UnixSeconds;
}

interface DagRecord {
  readonly id: number;
  readonly deployment: DeploymentRecord;
  readonly tasks: Map<string, TaskRecord>;
  /** By run, then by instance. */
  readonly pending: Map<string, Map<string, Pending>>;
  sweptAt: UnixSeconds;
}

interface DeploymentRecord {
  readonly id: number;
  readonly dags: Map<string, DagRecord>;
}

/** A failure that nothing followed for so long is final where nothing else tells. */
const QUIET_SECONDS = DAY;
/** So does Airflow's word that a retry will follow, when none does. */
const LOST_SECONDS = 30 * DAY;
const SWEEP_SECONDS = HOUR;
/** Before any outcome, half of the failures that have a try left end well; this is worth so many outcomes at each level. */
const PRIOR = 0.5;
const PRIOR_WEIGHT = 2;
/** With a try left, nothing is certain. */
const MOST_CERTAIN = 0.999;
const KINDS = 12;
/** Kinds told apart by tries left, or by the number of the try where that is not known, up to three. */
const MOST = 3;

/**
 * Learns, with decay and smoothed from task to DAG to deployment, how often the failure of a try ends in the failure of its task:
 * apart by tries left, and by whether the task's instance before failed for good. What is learnt at a moment rests on
 * instances that had ended by then.
 */
export class FinalFailures {
  private readonly deployments = new Map<string, DeploymentRecord>();
  private readonly dagIds = new Ids();
  private readonly taskIds = new Ids();
  /** Of tasks that have failed. */
  private readonly failureIds = new Ids();
  private readonly taskEnds = new DecayedMean(128 * DAY, this.failureIds, KINDS);
  private readonly dagEnds = new DecayedMean(128 * DAY, this.dagIds, KINDS);
  private readonly deploymentEnds = new DecayedMean(128 * DAY);
  /** Whatever the instance before did. */
  private readonly deploymentKinds = new DecayedMean(128 * DAY);
  private readonly taskRate = new DecayedMean(30 * DAY, this.taskIds);
  private readonly dagRate = new DecayedMean(30 * DAY, this.dagIds);
  private readonly deploymentRate = new DecayedMean(30 * DAY);

  constructor(private readonly onSettled?: FinalListener) {}

  observe(event: FactEvent): void {
    if (event.kind === 'try') this.observeTry(event.fact, event.phase === 'ended', event.at);
    else if (event.kind === 'task') this.observeTask(event.fact);
    else if (event.kind === 'dag_run' && event.phase === 'ended') {
      const dag = this.dagOf(event.fact.deployment, event.fact.dagId);
      this.settleRun(dag, event.fact.runId, event.at);
    }
  }

  /** What the failure of a try would lead to, by what was observed. */
  outlook(subject: TrySubject, now: UnixSeconds): FinalOutlook {
    const deployment = this.deployments.get(subject.deployment);
    const dag = deployment?.dags.get(subject.dagId);
    const task = dag?.tasks.get(subject.taskId);
    const triesLeft = triesLeftAfter(subject, task?.retries ?? null);
    const [deploymentId, dagId] = [deployment?.id ?? 0, dag?.id ?? 0];
    const overall = this.deploymentRate.mean(deploymentId, now, 0, 0);
    const usual = this.dagRate.mean(dagId, now, Number.isNaN(overall) ? 0 : overall, PRIOR_WEIGHT);
    const rate = this.taskRate.mean(task?.id ?? 0, now, usual, PRIOR_WEIGHT);
    if (triesLeft === 0) return { ifFailed: 1, rate, triesLeft };
    const kind = kindOf(triesLeft, subject.tryNumber, task?.last ?? 0);
    const alike = this.deploymentKinds.mean(deploymentId * KINDS + (kind >> 1), now, PRIOR, PRIOR_WEIGHT);
    const anywhere = this.deploymentEnds.mean(deploymentId * KINDS + kind, now, alike, PRIOR_WEIGHT);
    const inDag = this.dagEnds.mean(dagId * KINDS + kind, now, anywhere, PRIOR_WEIGHT);
    const ifFailed = this.taskEnds.mean((task?.failuresId ?? 0) * KINDS + kind, now, inDag, PRIOR_WEIGHT);
    return { ifFailed: Math.min(MOST_CERTAIN, ifFailed), rate, triesLeft };
  }

  /** Drops what is known of a DAG, as the engine does; failures in it that are not settled yet have no outcome then. */
  forgetDag(name: string, dagId: string): void {
    const dags = this.deployments.get(name)?.dags;
    const dag = dags?.get(dagId);
    if (dags === undefined || dag === undefined) return;
    for (const { id, failuresId } of dag.tasks.values()) {
      if (failuresId !== 0) this.failureIds.giveBack(failuresId);
      this.taskIds.giveBack(id);
    }
    this.dagIds.giveBack(dag.id);
    dags.delete(dagId);
  }

  private observeTask(fact: TaskFact): void {
    this.taskOf(this.dagOf(fact.deployment, fact.dagId), fact.taskId).retries = fact.retries;
  }

  private observeTry(fact: TryFact, hasEnded: boolean, at: UnixSeconds): void {
    const dag = this.dagOf(fact.deployment, fact.dagId);
    if (at - dag.sweptAt > SWEEP_SECONDS) this.settleQuiet(dag, at);
    const instances = dag.pending.get(fact.runId);
    const key = `${fact.mapIndex} ${fact.taskId}`;
    let pending = instances?.get(key);
    if (pending !== undefined && isCleared(pending, fact)) {
      this.settle(dag, fact.runId, key, pending, true, at);
      pending = undefined;
    }
    if (!hasEnded) {
      if (pending !== undefined) pending.at = at;
      return;
    }
    const label = tryOutcome(fact);
    // The end of the run tells of the failure that an action followed.
    if (fact.isTouched === true) return;
    if (label === null) {
      // Skipped, removed or killed: neither a success nor a failure of the task.
      if (pending !== undefined) forget(dag, fact.runId, key);
      return;
    }
    const task = this.taskOf(dag, fact.taskId);
    if (label === 0) {
      if (pending !== undefined) this.settle(dag, fact.runId, key, pending, false, at);
      else this.recordEnd(dag, task, false, at);
      return;
    }
    const triesLeft = triesLeftAfter(fact, task.retries);
    const failure = { fact, kind: kindOf(triesLeft, fact.tryNumber, task.last) };
    if (pending === undefined) {
      pending = { task, failures: [failure], at };
      let ofRun = dag.pending.get(fact.runId);
      if (ofRun === undefined) dag.pending.set(fact.runId, (ofRun = new Map<string, Pending>()));
      ofRun.set(key, pending);
    } else {
      pending.failures.push(failure);
      pending.at = at;
    }
    if (fact.state === 'failed' && triesLeft === 0) this.settle(dag, fact.runId, key, pending, true, at);
  }

  /** The run is over: what failed last in it has failed for good; what was to be retried has no outcome. */
  private settleRun(dag: DagRecord, runId: string, at: UnixSeconds): void {
    for (const [key, pending] of dag.pending.get(runId) ?? []) {
      if (awaitsRetry(pending)) forget(dag, runId, key);
      else this.settle(dag, runId, key, pending, true, at);
    }
  }

  /** Of runs whose end is not told. */
  private settleQuiet(dag: DagRecord, at: UnixSeconds): void {
    dag.sweptAt = at;
    for (const [runId, instances] of dag.pending) {
      for (const [key, pending] of instances) {
        if (awaitsRetry(pending)) {
          if (at - pending.at > LOST_SECONDS) forget(dag, runId, key);
        } else if (at - pending.at > QUIET_SECONDS) this.settle(dag, runId, key, pending, true, at);
      }
    }
  }

  private settle(
    dag: DagRecord,
    runId: string,
    key: string,
    { task, failures }: Pending,
    failed: boolean,
    at: UnixSeconds,
  ): void {
    const value = failed ? 1 : 0;
    for (const { fact, kind } of failures) {
      if (kind >= 0) {
        if (task.failuresId === 0) task.failuresId = this.failureIds.take();
        this.taskEnds.add(task.failuresId * KINDS + kind, at, value, 0);
        this.dagEnds.add(dag.id * KINDS + kind, at, value, 0);
        this.deploymentEnds.add(dag.deployment.id * KINDS + kind, at, value, 0);
        this.deploymentKinds.add(dag.deployment.id * KINDS + (kind >> 1), at, value, 0);
      }
      this.onSettled?.(fact, failed, at);
    }
    this.recordEnd(dag, task, failed, at);
    forget(dag, runId, key);
  }

  private recordEnd(dag: DagRecord, task: TaskRecord, failed: boolean, at: UnixSeconds): void {
    const value = failed ? 1 : 0;
    task.last = value;
    this.taskRate.add(task.id, at, value, 0);
    this.dagRate.add(dag.id, at, value, 0);
    this.deploymentRate.add(dag.deployment.id, at, value, 0);
  }

  private dagOf(name: string, dagId: string): DagRecord {
    let deployment = this.deployments.get(name);
    if (deployment === undefined)
      this.deployments.set(name, (deployment = { id: this.deployments.size + 1, dags: new Map() }));
    let dag = deployment.dags.get(dagId);
    if (dag === undefined) {
      dag = {
        ...{ id: this.dagIds.take(), deployment, tasks: new Map(), pending: new Map() },
        sweptAt: -Infinity,
      };
      deployment.dags.set(dagId, dag);
    }
    return dag;
  }

  private taskOf(dag: DagRecord, taskId: string): TaskRecord {
    let task = dag.tasks.get(taskId);
    if (task === undefined) {
      task = { id: this.taskIds.take(), failuresId: 0, retries: null, last: 0 };
      dag.tasks.set(taskId, task);
    }
    return task;
  }
}

/** A person cleared a task that had failed for good: more tries are allowed than before. */
function isCleared({ failures }: Pending, fact: TryFact): boolean {
  const { fact: before } = failures[failures.length - 1]!;
  const [most, mostBefore] = [maxTries(fact.extra), maxTries(before.extra)];
  return fact.tryNumber > before.tryNumber && most !== null && mostBefore !== null && most > mostBefore;
}

function awaitsRetry({ failures }: Pending): boolean {
  return failures[failures.length - 1]!.fact.state === 'up_for_retry';
}

/** -1 for a failure without a try left, from which nothing is to be learnt. */
function kindOf(triesLeft: number | null, tryNumber: number, last: 0 | 1): number {
  if (triesLeft === 0) return -1;
  const count = Math.min(MOST, triesLeft ?? tryNumber) - 1;
  return (triesLeft === null ? MOST + Math.max(0, count) : count) * 2 + last;
}

function forget(dag: DagRecord, runId: string, key: string): void {
  const instances = dag.pending.get(runId);
  instances?.delete(key);
  if (instances?.size === 0) dag.pending.delete(runId);
}

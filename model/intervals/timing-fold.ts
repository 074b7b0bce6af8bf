/**
 * When DAG runs end and whether they will be late: a pure fold over fact events with bounded state, and a reading of it. What
 * it learns with is what it would have said: at each queueing, and at a moment while the run goes on, it takes a forecast,
 * and corrects its thresholds when the run has ended.
 */
import type { DeadlineConfig } from '../../core/config/deadlines.js';
import type { DagRunFact, TryFact, UnixSeconds } from '../../core/facts.js';
import type { DeadlineFact } from '../../core/surroundings.js';
import type { DagRunSubject, FactEvent, Phase } from '../../features/types.js';
import { AirflowDeadlines } from './airflow-deadlines.js';
import { DagTimes } from './dag-times.js';
import type { Deadline } from './deadlines.js';
import type { EndQuantiles } from './decision.js';
import { DeploymentTimes } from './deployment-times.js';
import { Forecasts } from './forecasts.js';
import { noteDue, noticeTask } from './learn-run.js';
import { PoolFold, type PoolRisk } from './pool-fold.js';
import { RunTimes } from './run-times.js';
import { RunWatch, type DecisionListener } from './run-watch.js';
import { ValueStore } from './value-store.js';

const DAY = 86_400;
/** Active runs of one DAG that are followed. */
const MOST_RUNS = 64;
const LOST_RUN_SECONDS = 30 * DAY;
const UNSCHEDULED = new Set(['manual', 'backfill', 'backfill_job', 'operator_triggered']);

/** When one run is expected to end. */
export interface RunTiming {
  readonly runId: string | null;
  /** The end time at 0.1, 0.5 and 0.9. */
  readonly endQuantiles: EndQuantiles;
  readonly deadline: Deadline | null;
  /** P(it is unfinished at its deadline); null without one. */
  readonly lateRisk: number | null;
  /** Finished runs of the DAG that it rests on, up to 32. */
  readonly evidenceRuns: number;
}

export interface TimingOptions {
  readonly deadlines?: readonly DeadlineConfig[];
  readonly listener?: DecisionListener;
  /** How far ahead pools are looked at; an hour unless given. */
  readonly poolHorizonSeconds?: number;
}

export class TimingFold {
  readonly pools: PoolFold;
  private readonly store = new ValueStore();
  private readonly deployments = new Map<string, DeploymentTimes>();
  private readonly forecasts: Forecasts;
  private readonly watch: RunWatch;

  constructor(options: TimingOptions = {}) {
    this.forecasts = new Forecasts(options.deadlines ?? []);
    this.pools = new PoolFold(options.poolHorizonSeconds ?? 3600, () => this.deployments);
    this.watch = new RunWatch(this.forecasts, this.pools, options.listener);
  }

  observe(event: FactEvent): void {
    this.passTime(event.at);
    const { fact } = event;
    switch (event.kind) {
      case 'try':
        this.observeTry(event.phase, event.fact, event.at);
        return;
      case 'dag_run':
        this.observeRun(event.phase, event.fact, event.at);
        return;
      case 'dag':
        this.dagOf(fact.deployment, event.fact.dagId).description = event.fact;
        return;
      case 'task':
        this.dagOf(fact.deployment, event.fact.dagId).observeTask(event.fact);
        return;
      case 'pool':
        this.pools.observePool(event.fact, event.at);
        return;
      case 'deadline':
        this.observeDeadline(event.fact);
        return;
      case 'failure_reason':
      case 'dag_dependency':
      case 'dag_version':
      case 'platform':
        return;
    }
  }

  /** The forecast for a DAG run, the current one or the next; null when nothing is known of the DAG, or when it is due. */
  forecast(subject: DagRunSubject, now: UnixSeconds): RunTiming | null {
    const deployment = this.deployments.get(subject.deployment);
    const dag = deployment?.dags.get(subject.dagId);
    if (deployment === undefined || dag === undefined) return null;
    const evidenceRuns = this.store.count(dag.durations);
    const run = subject.runId === null ? null : dag.runs.get(subject.runId);
    if (run === undefined || (run === null && subject.runAfter === null)) return null;
    const stage = run === null ? 'planned' : subject.startedAt === null ? 'queued' : 'running';
    const dueAt = run?.dueAt ?? subject.runAfter!;
    const decision = this.forecasts.decide(deployment, dag, run, stage, dueAt, now);
    const { quantiles, lateRisk, key } = decision;
    return { runId: subject.runId, endQuantiles: quantiles, deadline: key.deadline, lateRisk, evidenceRuns };
  }

  /** P(full within the horizon) of every pool whose slots are known. */
  poolRisks(now: UnixSeconds): PoolRisk[] {
    return this.pools.risks(now);
  }

  /** Drops what is known of a DAG, as the engine does; its runs that have just ended are learnt from first. */
  forgetDag(deployment: string, dagId: string): void {
    const dags = this.deployments.get(deployment)?.dags;
    const dag = dags?.get(dagId);
    if (dags === undefined || dag === undefined) return;
    this.watch.settle(dag);
    for (const run of dag.runs.values()) this.drop(dag, run, run.lastEventAt);
    dags.delete(dagId);
    dag.release();
  }

  /** All that is visible before `at` has been observed: runs that have ended are learnt from, checkpoints are taken. */
  passTime(at: UnixSeconds): void {
    this.watch.passTime(at);
    this.pools.passTime(at);
  }

  private observeTry(phase: Phase, fact: TryFact, at: UnixSeconds): void {
    const dag = this.dagOf(fact.deployment, fact.dagId);
    let run = dag.runs.get(fact.runId);
    if (run === undefined) {
      const endedAt = dag.ended.get(fact.runId);
      const begins = fact.queuedAt ?? fact.startedAt;
      const startsAgain = endedAt !== undefined && begins !== null && begins > endedAt;
      if (endedAt !== undefined && !startsAgain) {
        // Its end may have been told before those of its last tries, of the same moment.
        run = this.watch.closingRun(dag, fact.runId);
        if (run !== undefined) this.observeOpen(dag, run, phase, fact, at);
        return;
      }
      run = this.openRun(dag, fact.runId, null, fact.queuedAt ?? fact.startedAt ?? at, at, !startsAgain);
      run.runType = fact.runType;
    }
    this.observeOpen(dag, run, phase, fact, at);
  }

  private observeOpen(dag: DagTimes, run: RunTimes, phase: Phase, fact: TryFact, at: UnixSeconds): void {
    const task = dag.task(fact.taskId);
    task.lastSeenRun = dag.runCount;
    if (!task.described) {
      task.operator = fact.operator ?? task.operator;
      task.pool = fact.pool ?? task.pool;
    }
    const change = run.observe(phase, fact, at);
    if (run.isWhole) {
      const deployment = this.deployments.get(dag.deployment)!;
      noticeTask(deployment, dag, run, fact.taskId, { phase, startedAt: fact.startedAt });
    }
    if (change !== 0) this.pools.occupy(run, fact.deployment, fact.pool, change * task.poolSlots, at);
  }

  private observeRun(phase: Phase, fact: DagRunFact, at: UnixSeconds): void {
    const dag = this.dagOf(fact.deployment, fact.dagId);
    let run = dag.runs.get(fact.runId);
    if (run === undefined) {
      if (dag.ended.has(fact.runId)) return;
      const due = fact.runAfter ?? fact.logicalDate;
      run = this.openRun(dag, fact.runId, due, fact.queuedAt ?? fact.startedAt ?? at, at, phase !== 'ended');
    }
    if (!run.described) this.describe(dag, run, fact);
    run.runType = fact.runType ?? run.runType;
    run.lastEventAt = Math.max(run.lastEventAt, at);
    if (phase !== 'ended') return;
    run.failed = fact.state === 'failed';
    this.endRun(dag, run, fact.endedAt ?? at, at);
  }

  /** It may be told before its run, or while that goes on. */
  private observeDeadline(fact: DeadlineFact): void {
    const dag = this.dagOf(fact.deployment, fact.dagId);
    (dag.airflowDeadlines ??= new AirflowDeadlines()).observe(fact);
    const run = dag.runs.get(fact.runId);
    if (run !== undefined) run.deadline = this.forecasts.deadlineOf(dag, run.runId, run.dueAt);
  }

  /** The run's own word on when it was due and created, which its tries can only suggest. */
  private describe(dag: DagTimes, run: RunTimes, fact: DagRunFact): void {
    run.described = true;
    run.beganAt = fact.queuedAt ?? run.beganAt;
    run.dueAt = Math.min(fact.runAfter ?? fact.logicalDate ?? run.beganAt, run.beganAt);
    run.deadline = this.forecasts.deadlineOf(dag, run.runId, run.dueAt);
    const deployment = this.deployments.get(dag.deployment)!;
    if (run.isWhole) deployment.notice(dag.delays, run.beganAt - run.dueAt, deployment.delays);
  }

  private openRun(
    dag: DagTimes,
    runId: string,
    dueAt: UnixSeconds | null,
    beganAt: UnixSeconds,
    at: UnixSeconds,
    isWhole: boolean,
  ): RunTimes {
    this.closeIdle(dag, at);
    const deployment = this.deployments.get(dag.deployment)!;
    const run = new RunTimes(runId, at, isWhole);
    run.beganAt = beganAt;
    run.dueAt = Math.min(dueAt ?? beganAt, beganAt);
    run.deadline = this.forecasts.deadlineOf(dag, run.runId, run.dueAt);
    this.watch.begin(deployment, dag, run, { isDueKnown: dueAt !== null, at });
    dag.runs.set(runId, run);
    dag.runCount++;
    dag.ended.delete(runId);
    return run;
  }

  /** Ends runs that only tries tell of and in which nothing goes on any more; gives up those without any news. */
  private closeIdle(dag: DagTimes, at: UnixSeconds): void {
    for (const run of dag.runs.values()) {
      if (at - run.lastEventAt > LOST_RUN_SECONDS || dag.runs.size > MOST_RUNS) this.drop(dag, run, at);
      else if (!run.described && run.open === 0) {
        run.failed = [...run.tasks.values()].some(({ failed }) => failed);
        let endedAt = -Infinity;
        for (const task of run.tasks.values()) if (task.endedAt > endedAt) endedAt = task.endedAt;
        this.endRun(dag, run, endedAt === -Infinity ? run.lastEventAt : endedAt, at);
      }
    }
  }

  private drop(dag: DagTimes, run: RunTimes, at: UnixSeconds): void {
    dag.runs.delete(run.runId);
    this.watch.drop(run);
    this.pools.leave(run, dag.deployment, at);
  }

  private endRun(dag: DagTimes, run: RunTimes, endedAt: UnixSeconds, at: UnixSeconds): void {
    run.endedAt = Math.max(endedAt, run.beganAt);
    if (run.runType === null || !UNSCHEDULED.has(run.runType))
      noteDue(dag, run.dueAt, this.deployments.get(dag.deployment)!);
    dag.runs.delete(run.runId);
    dag.rememberEnd(run.runId, run.endedAt);
    dag.airflowDeadlines?.end(run.runId, run.dueAt);
    this.watch.end(run, at);
  }

  private dagOf(name: string, dagId: string): DagTimes {
    let deployment = this.deployments.get(name);
    if (deployment === undefined)
      this.deployments.set(name, (deployment = new DeploymentTimes(name, this.store)));
    let dag = deployment.dags.get(dagId);
    if (dag === undefined) {
      dag = new DagTimes(name, dagId, this.store);
      deployment.dags.set(dagId, dag);
    }
    return dag;
  }
}

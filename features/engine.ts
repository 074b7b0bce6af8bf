/** The feature engine: resolves who a fact is about, lets every group observe it, keeps the ledgers that all groups share. */
import { runOutcome, tryOutcome } from '../core/facts.js';
import type { DagRunFact, TryFact, UnixSeconds } from '../core/facts.js';
import { DagRunMoment, TryMoment } from './group.js';
import { collectHooks, type Hooks } from './hooks.js';
import { OutcomeRates } from './outcome-rates.js';
import { DAG_RUN_FEATURES, GROUPS, TRY_FEATURES } from './registry.js';
import { RunLedger } from './run-ledger.js';
import type { DagRunSubject, FactEvent, FeatureEngine, Phase, TrySubject } from './types.js';
import type { RunState } from './entities.js';
import { KeySpace, MAX_DAGS } from './keys.js';
import { SurroundingsObserver } from './surroundings-observer.js';
import { VectorReader } from './vector-reader.js';

export interface EngineOptions {
  /** Told when a run's outcome is known (`failed`), and when it became so (`at`). */
  readonly onRunClosed?: (run: RunState, failed: boolean, endedAt: UnixSeconds, at: UnixSeconds) => void;
  /** Told when the state of a run is dropped. */
  readonly onRunForgotten?: (run: RunState) => void;
  /** Told of each DAG that is forgotten for want of room, before the event that the engine is about to observe. */
  readonly onDagForgotten?: (deployment: string, dagId: string) => void;
  /** Most DAGs remembered; {@link MAX_DAGS} unless given. */
  readonly maxDags?: number;
}

/** Entities that the engine holds state for. */
export interface EngineSizes {
  readonly deployments: number;
  readonly dags: number;
  readonly tasks: number;
  readonly pools: number;
  readonly values: number;
  /** Runs under way, or ended shortly ago. */
  readonly runs: number;
}

/** {@link FeatureEngine} over all groups of the registry, with the access that a replay needs besides. */
export class Engine implements FeatureEngine {
  readonly tryFeatures = TRY_FEATURES;
  readonly dagRunFeatures = DAG_RUN_FEATURES;
  /** The run that the latest observed event of a try or a run belongs to; null when it is forgotten. */
  lastRun: RunState | null = null;
  /** How often a DAG was forgotten because too many others were told of since. */
  forgottenDags = 0;
  private readonly keys = new KeySpace();
  private readonly rates = new OutcomeRates(this.keys);
  private readonly runs: RunLedger;
  private readonly hooks: Hooks;
  private readonly reader: VectorReader;
  private readonly surroundings: SurroundingsObserver;
  private readonly tryMoment = new TryMoment();
  private readonly runMoment = new DagRunMoment();

  constructor(private readonly options: EngineOptions = {}) {
    this.hooks = collectHooks(GROUPS.map((create) => create(this.keys, this.rates)));
    this.reader = new VectorReader(this.keys, this.rates, this.hooks);
    this.surroundings = new SurroundingsObserver(this.keys, this.hooks);
    this.runs = new RunLedger(
      this.keys,
      (run, failed, endedAt, at) => {
        this.recordRunOutcome(run, failed, endedAt, at);
      },
      (run) => {
        this.options.onRunForgotten?.(run);
      },
    );
  }

  observe(event: FactEvent): void {
    this.runs.sweep(event.at);
    this.forgetExcess(event.at);
    switch (event.kind) {
      case 'try':
        this.observeTry(event.fact, event.phase, event.at);
        break;
      case 'dag_run':
        this.observeDagRun(event.fact, event.phase, event.at);
        break;
      default:
        this.surroundings.observe(event);
    }
  }

  /** State of a run that is under way, or null. */
  findRun(deployment: string, dagId: string, runId: string): RunState | null {
    return this.keys.deployments.get(deployment)?.dags.get(dagId)?.runs.get(runId) ?? null;
  }

  /** How much is remembered: entities by kind, and runs under way. */
  sizes(): EngineSizes {
    return { ...this.keys.sizes(), runs: this.runs.size };
  }

  tryVector(subject: TrySubject, now: UnixSeconds, out: Float32Array, offset: number): void {
    this.reader.tryVector(subject, now, out, offset);
  }

  dagRunVector(subject: DagRunSubject, now: UnixSeconds, out: Float32Array, offset: number): void {
    this.reader.dagRunVector(subject, now, out, offset);
  }

  /** What is forgotten is a function of the facts alone, so that training, backtest and live serving forget the same. */
  private forgetExcess(at: UnixSeconds): void {
    const most = this.options.maxDags ?? MAX_DAGS;
    for (let dag = this.keys.excessDag(most); dag !== null; dag = this.keys.excessDag(most)) {
      this.runs.forgetRuns(dag, at);
      this.rates.forget();
      this.keys.forget(dag);
      this.forgottenDags++;
      this.options.onDagForgotten?.(dag.deployment.deployment, dag.dagId);
    }
  }

  private observeTry(fact: TryFact, phase: Phase, at: number): void {
    const { keys, tryMoment: moment } = this;
    const deployment = keys.deployment(fact.deployment);
    const dag = keys.dag(deployment, fact.dagId);
    const task = keys.task(dag, fact.taskId);
    moment.at = at;
    moment.fact = fact;
    moment.deployment = deployment;
    moment.dag = dag;
    moment.task = task;
    moment.pool = keys.pool(deployment, fact.pool);
    moment.operator = keys.value(deployment.operators, fact.operator);
    moment.extra.resolve(keys, deployment, task, fact.extra, phase === 'ended');
    if (phase === 'ended') {
      moment.run = dag.runs.get(fact.runId) ?? null;
      this.endTry(moment);
    } else {
      const isFirst = phase === 'queued' || fact.queuedAt === null;
      moment.run = this.beginRun(dag.runs.get(fact.runId), fact, at);
      if (isFirst) this.queueTry(moment);
      if (phase === 'started') for (const tryStarted of this.hooks.tryStarted) tryStarted(moment);
    }
    this.lastRun = moment.run;
  }

  /** The run of a try, made when this try is the first news of it. */
  private beginRun(known: RunState | undefined, fact: TryFact, at: number): RunState {
    const { dag } = this.tryMoment;
    const run =
      known ?? this.runs.open(dag, fact.runId, Math.min(at, fact.queuedAt ?? fact.startedAt ?? at), at);
    run.lastSeenAt = at;
    if (known === undefined) {
      run.runType = fact.runType;
      this.announceRun(run, at);
    }
    return run;
  }

  private queueTry(moment: TryMoment): void {
    const { fact, run, task, dag, at } = moment;
    const queuedAt = Math.min(at, fact.queuedAt ?? fact.startedAt ?? at);
    if (run !== null && fact.tryNumber > 1) run.retries++;
    for (const tryQueued of this.hooks.tryQueued) tryQueued(moment);
    run?.openTry(moment.pool);
    task.seen.record(queuedAt);
    dag.lastQueuedAt = at;
  }

  private endTry(moment: TryMoment): void {
    const { fact, run, task, at } = moment;
    const label = tryOutcome(fact);
    moment.label = label ?? -1;
    moment.failed = label === 1;
    moment.endedAt = Math.min(at, fact.endedAt ?? at);
    moment.age = at - moment.endedAt;
    moment.previous = task.outcomes.last;
    if (run !== null) {
      run.lastSeenAt = at;
      run.lastEndedAt = moment.endedAt;
      if (fact.queuedAt !== null || fact.startedAt !== null) run.closeTry(moment.pool);
    }
    for (const tryEnded of this.hooks.tryEnded) tryEnded(moment);
    if (label === null) return;
    this.rates.recordTry(moment);
    task.lastTryNumber = fact.tryNumber;
    task.recordOutcome(moment.failed, moment.endedAt);
    task.lastRun = run;
    run?.recordEnd(task, fact, moment.previous === 0);
  }

  private observeDagRun(fact: DagRunFact, phase: Phase, at: number): void {
    const dag = this.keys.dag(this.keys.deployment(fact.deployment), fact.dagId);
    const known = dag.runs.get(fact.runId);
    const run =
      known ?? this.runs.open(dag, fact.runId, Math.min(at, fact.queuedAt ?? fact.startedAt ?? at), at);
    run.describe(fact, phase !== 'queued');
    run.lastSeenAt = at;
    this.lastRun = run;
    if (known === undefined) this.announceRun(run, at);
    if (phase !== 'ended') return;
    const outcome = runOutcome(fact);
    this.runs.close(run, outcome === null ? null : outcome === 1, Math.min(at, fact.endedAt ?? at), at);
  }

  private announceRun(run: RunState, at: number): void {
    const { runMoment: moment } = this;
    moment.at = at;
    moment.dag = run.dag;
    moment.run = run;
    for (const dagRunBegan of this.hooks.dagRunBegan) dagRunBegan(moment);
    run.dag.seen.record(run.began);
  }

  private recordRunOutcome(run: RunState, failed: boolean, endedAt: number, at: number): void {
    const { runMoment: moment } = this;
    const { dag } = run;
    moment.at = at;
    moment.dag = dag;
    moment.run = run;
    moment.failed = failed;
    moment.endedAt = endedAt;
    moment.age = at - endedAt;
    moment.previous = dag.runOutcomes.last;
    for (const dagRunEnded of this.hooks.dagRunEnded) dagRunEnded(moment);
    this.rates.recordDagRun(moment);
    dag.runOutcomes.record(failed, endedAt);
    this.options.onRunClosed?.(run, failed, endedAt, at);
  }
}

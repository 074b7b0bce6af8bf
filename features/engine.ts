/** The feature engine: resolves who a fact is about, lets every group observe it, keeps the ledgers that all groups share. */
import { tryLabel } from '../core/facts.js';
import type {
  DagFact,
  DagRunFact,
  FailureReasonFact,
  PoolFact,
  TaskFact,
  TryFact,
  UnixSeconds,
} from '../core/facts.js';
import type { DagVersionFact, PersonActionFact, PlatformFact } from '../core/surroundings.js';
import {
  describeDag,
  describeDependency,
  describeImportError,
  describePool,
  describeTask,
  notePersonAction,
} from './descriptions.js';
import {
  DagRunMoment,
  DagRunReading,
  DeployMoment,
  FailureReasonMoment,
  MeasuredMoment,
  PoolMoment,
  TryMoment,
  TryReading,
  type FeatureGroup,
} from './group.js';
import { OutcomeRates } from './outcome-rates.js';
import { DAG_RUN_FEATURES, GROUPS, TRY_FEATURES } from './registry.js';
import { RunLedger } from './run-ledger.js';
import type { DagRunSubject, FactEvent, FeatureEngine, Phase, TrySubject } from './types.js';
import type { RunState } from './entities.js';
import { KeySpace, knownValue } from './keys.js';

export interface EngineOptions {
  /** Told when a run's outcome is known (`failed`), and when it became so (`at`). */
  readonly onRunClosed?: (run: RunState, failed: boolean, endedAt: UnixSeconds, at: UnixSeconds) => void;
  /** Told when the state of a run is dropped. */
  readonly onRunForgotten?: (run: RunState) => void;
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

type Hook<K extends keyof FeatureGroup> = NonNullable<FeatureGroup[K]>;

/** The hooks of all groups by kind: a list of functions is much quicker to run through than groups of different shapes. */
interface Hooks {
  readonly tryQueued: readonly Hook<'tryQueued'>[];
  readonly tryStarted: readonly Hook<'tryStarted'>[];
  readonly tryEnded: readonly Hook<'tryEnded'>[];
  readonly failureExplained: readonly Hook<'failureExplained'>[];
  readonly dagDeployed: readonly Hook<'dagDeployed'>[];
  readonly poolDescribed: readonly Hook<'poolDescribed'>[];
  readonly platformMeasured: readonly Hook<'platformMeasured'>[];
  readonly dagRunBegan: readonly Hook<'dagRunBegan'>[];
  readonly dagRunEnded: readonly Hook<'dagRunEnded'>[];
  readonly tryReaders: readonly { readonly read: Hook<'readTry'>; readonly column: number }[];
  readonly dagRunReaders: readonly { readonly read: Hook<'readDagRun'>; readonly column: number }[];
}

function collectHooks(groups: readonly FeatureGroup[]): Hooks {
  let tryColumn = 0;
  let dagRunColumn = 0;
  const tryReaders = [];
  const dagRunReaders = [];
  for (const { tryFeatures, readTry, dagRunFeatures, readDagRun } of groups) {
    if (readTry !== undefined) tryReaders.push({ read: readTry, column: tryColumn });
    if (readDagRun !== undefined) dagRunReaders.push({ read: readDagRun, column: dagRunColumn });
    tryColumn += tryFeatures?.length ?? 0;
    dagRunColumn += dagRunFeatures?.length ?? 0;
  }
  return {
    tryQueued: groups.flatMap((group) => group.tryQueued ?? []),
    tryStarted: groups.flatMap((group) => group.tryStarted ?? []),
    tryEnded: groups.flatMap((group) => group.tryEnded ?? []),
    failureExplained: groups.flatMap((group) => group.failureExplained ?? []),
    dagDeployed: groups.flatMap((group) => group.dagDeployed ?? []),
    poolDescribed: groups.flatMap((group) => group.poolDescribed ?? []),
    platformMeasured: groups.flatMap((group) => group.platformMeasured ?? []),
    dagRunBegan: groups.flatMap((group) => group.dagRunBegan ?? []),
    dagRunEnded: groups.flatMap((group) => group.dagRunEnded ?? []),
    tryReaders,
    dagRunReaders,
  };
}

/** Processors give NaN different sign bits, depending on how it arose: vectors that are equal must be equal bit for bit. */
function unifyNaN(out: Float32Array, offset: number, count: number): void {
  for (let i = offset; i < offset + count; i++) {
    if (Number.isNaN(out[i]!)) out[i] = NaN;
  }
}

/** {@link FeatureEngine} over all groups of the registry, with the access that a replay needs besides. */
export class Engine implements FeatureEngine {
  readonly tryFeatures = TRY_FEATURES;
  readonly dagRunFeatures = DAG_RUN_FEATURES;
  /** The run that the latest observed event of a try or a run belongs to; null when it is forgotten. */
  lastRun: RunState | null = null;
  private readonly keys = new KeySpace();
  private readonly rates = new OutcomeRates();
  private readonly runs: RunLedger;
  private readonly hooks: Hooks;
  private readonly tryMoment = new TryMoment();
  private readonly reasonMoment = new FailureReasonMoment();
  private readonly runMoment = new DagRunMoment();
  private readonly deployMoment = new DeployMoment();
  private readonly poolMoment = new PoolMoment();
  private readonly measuredMoment = new MeasuredMoment();
  private readonly tryReading = new TryReading();
  private readonly runReading = new DagRunReading();

  constructor(private readonly options: EngineOptions = {}) {
    this.hooks = collectHooks(GROUPS.map((create) => create(this.keys, this.rates)));
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
    switch (event.kind) {
      case 'try':
        this.observeTry(event.fact, event.phase, event.at);
        break;
      case 'dag_run':
        this.observeDagRun(event.fact, event.phase, event.at);
        break;
      case 'dag':
        this.observeDag(event.fact, event.at);
        break;
      case 'task':
        this.observeTask(event.fact, event.at);
        break;
      case 'pool':
        this.observePool(event.fact, event.at);
        break;
      case 'failure_reason':
        this.observeFailureReason(event.fact, event.at);
        break;
      case 'dag_version':
        this.observeDagVersion(event.fact, event.at);
        break;
      case 'dag_dependency':
        describeDependency(this.keys, this.keys.deployment(event.fact.deployment), event.fact);
        break;
      case 'import_error':
        describeImportError(this.keys.deployment(event.fact.deployment), event.fact);
        break;
      case 'person_action':
        this.observePersonAction(event.fact);
        break;
      case 'platform':
        this.observePlatform(event.fact, event.at);
        break;
      case 'deadline':
        break;
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
    const { keys, tryReading: reading } = this;
    const deployment = keys.deployments.get(subject.deployment) ?? keys.noDeployment;
    const dag = deployment.dags.get(subject.dagId) ?? keys.noDag;
    reading.subject = subject;
    reading.now = now;
    reading.deployment = deployment;
    reading.dag = dag;
    reading.task = dag.tasks.get(subject.taskId) ?? keys.noTask;
    reading.name = deployment.names.get(subject.taskId) ?? keys.noName;
    reading.pool = (subject.pool === null ? undefined : deployment.pools.get(subject.pool)) ?? keys.noPool;
    reading.operator = knownValue(deployment.operators, subject.operator);
    const run = subject.runId === null ? null : (dag.runs.get(subject.runId) ?? null);
    reading.run = run;
    const { stage, queuedAt, scheduledAt } = subject;
    const isDue = stage === 'planned' && scheduledAt !== null && scheduledAt > now;
    reading.moment = stage !== 'planned' && queuedAt !== null ? queuedAt : isDue ? scheduledAt : now;
    reading.self =
      run !== null && run.open > 0 && stage !== 'planned' && queuedAt !== null && queuedAt < now ? 1 : 0;
    reading.extra.look(deployment, reading.task, subject.extra);
    this.rates.loadTry(reading);
    for (const { read, column } of this.hooks.tryReaders) read(reading, out, offset + column);
    unifyNaN(out, offset, TRY_FEATURES.length);
  }

  dagRunVector(subject: DagRunSubject, now: UnixSeconds, out: Float32Array, offset: number): void {
    const { keys, runReading: reading } = this;
    const deployment = keys.deployments.get(subject.deployment) ?? keys.noDeployment;
    const dag = deployment.dags.get(subject.dagId) ?? keys.noDag;
    const run = subject.runId === null ? null : (dag.runs.get(subject.runId) ?? null);
    const { stage, queuedAt, runAfter } = subject;
    const isDue = stage === 'planned' && runAfter !== null && runAfter > now;
    reading.subject = subject;
    reading.now = now;
    reading.deployment = deployment;
    reading.dag = dag;
    reading.run = run;
    reading.moment = run !== null ? run.began : (queuedAt ?? (isDue ? runAfter : now));
    this.rates.loadDagRun(reading);
    for (const { read, column } of this.hooks.dagRunReaders) read(reading, out, offset + column);
    unifyNaN(out, offset, DAG_RUN_FEATURES.length);
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
    moment.name = task.name;
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
    run?.recordQueued(queuedAt, fact.tryNumber > 1);
    for (const tryQueued of this.hooks.tryQueued) tryQueued(moment);
    run?.openTry(moment.pool);
    task.seen.record(queuedAt);
    dag.lastQueuedAt = at;
  }

  private endTry(moment: TryMoment): void {
    const { fact, run, task, at } = moment;
    const label = tryLabel(fact.state);
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
    run?.recordEnd(task, fact.mapIndex, fact.tryNumber, moment.failed, moment.previous === 0);
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
    const failed = fact.state === 'failed' ? true : fact.state === 'success' ? false : null;
    this.runs.close(run, failed, Math.min(at, fact.endedAt ?? at), at);
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

  private observeDag(fact: DagFact, at: number): void {
    describeDag(this.keys.dag(this.keys.deployment(fact.deployment), fact.dagId), fact, at);
  }

  private observeTask(fact: TaskFact, at: number): void {
    const dag = this.keys.dag(this.keys.deployment(fact.deployment), fact.dagId);
    describeTask(this.keys, this.keys.task(dag, fact.taskId), fact, at);
  }

  private observeFailureReason(fact: FailureReasonFact, at: number): void {
    const { keys, reasonMoment: moment } = this;
    const deployment = keys.deployment(fact.deployment);
    moment.at = at;
    moment.fact = fact;
    moment.deployment = deployment;
    moment.task = keys.task(keys.dag(deployment, fact.dagId), fact.taskId);
    moment.pool = keys.pool(deployment, fact.pool);
    moment.age = Math.max(0, at - fact.eventTime);
    for (const failureExplained of this.hooks.failureExplained) failureExplained(moment);
  }

  private observePool(fact: PoolFact, at: number): void {
    const { poolMoment: moment } = this;
    moment.at = at;
    moment.pool = this.keys.pool(this.keys.deployment(fact.deployment), fact.pool);
    describePool(moment.pool, fact, at);
    for (const poolDescribed of this.hooks.poolDescribed) poolDescribed(moment);
  }

  /** Versions may be told in any order, and the same one again: only a later one is new code. */
  private observeDagVersion(fact: DagVersionFact, at: number): void {
    const dag = this.keys.dag(this.keys.deployment(fact.deployment), fact.dagId);
    const isFirst = Number.isNaN(dag.versionNumber);
    if (!isFirst && fact.versionNumber <= dag.versionNumber) return;
    dag.versionNumber = fact.versionNumber;
    if (isFirst) return;
    dag.deployedAt = at;
    const { deployMoment: moment } = this;
    moment.at = at;
    moment.dag = dag;
    for (const dagDeployed of this.hooks.dagDeployed) dagDeployed(moment);
  }

  private observePersonAction(fact: PersonActionFact): void {
    const deployment = this.keys.deployment(fact.deployment);
    notePersonAction(deployment, fact.dagId === null ? null : this.keys.dag(deployment, fact.dagId), fact);
  }

  private observePlatform(fact: PlatformFact, at: number): void {
    const { measuredMoment: moment } = this;
    moment.at = at;
    moment.deployment = this.keys.deployment(fact.deployment);
    moment.name = fact.name;
    moment.value = fact.value;
    for (const platformMeasured of this.hooks.platformMeasured) platformMeasured(moment);
  }
}

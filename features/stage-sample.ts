/** Vectors of subjects at stages that a network does not train on: a sample, taken along to calibrate and test a model at them. */
import type { DagRunFact, TryFact, UnixSeconds } from '../core/facts.js';
import { tryOutcome } from '../core/facts.js';
import { compareSubjects, DecisionQueue } from './decision-queue.js';
import type { Engine } from './engine.js';
import { FinalFailures, type FinalOutlook } from './final-failures.js';
import { keyShare } from './key-share.js';
import { dagKey, runKey, tryKey } from './row-keys.js';
import type { DagRunSubject, FactEvent, TrySubject } from './types.js';
import {
  STAGE_PLANNED,
  STAGE_RETRYING,
  STAGE_RUNNING,
  type ReplayedVectors,
  type RowSubject,
  type VectorStore,
} from './vector-store.js';

export interface StageSampleOptions {
  /** Nothing is described that was decided earlier. */
  readonly from: UnixSeconds;
  /** Share of the tries that is described at each stage, by a hash of their ids. */
  readonly tryShare: number;
  /** The same of DAG runs; all unless given. */
  readonly runShare?: number;
  /** Running tries, and those whose retry is due, are described from then on; none unless given. */
  readonly laterFrom?: UnixSeconds;
  /** How failures end is told from then on; never unless given. */
  readonly outlookFrom?: UnixSeconds;
}

export interface StageSample {
  /** Tries at `planned`, `running` and `retrying`, in decision order. */
  readonly tries: ReplayedVectors;
  /** DAG runs at `planned`. */
  readonly dagRuns: ReplayedVectors;
  /** Of failed tries by {@link tryKey} whether their task failed for good; absent where that is not known. */
  readonly finalFailures: ReadonlyMap<string, boolean>;
}

/** A run is described as planned so long before it is created, or half of the time since the one before, where that is less. */
const PLANNED_LEAD_SECONDS = 1800;
/** A running try is described so long after its start, one of these by a hash of its ids, if it still runs then. */
const RUNNING_SECONDS = [1, 8, 64, 512, 4096] as const;
/** A retry is described so long after the failure before it, so that the failure itself is visible. */
const AFTER_FAILURE_SECONDS = 1;
/** A task that was not queued for so long is not expected in the next run. */
const STALE_TASK_SECONDS = 30 * 86_400;

type TryEvent = Extract<FactEvent, { kind: 'try' }>;

interface StageDecision {
  readonly row: RowSubject;
  readonly subject: TrySubject | DagRunSubject;
}

/** The latest try of each task of a DAG, and when its latest run was created. */
interface KnownDag {
  readonly tasks: Map<string, TryFact>;
  createdAt: UnixSeconds;
}

/** Takes decisions at other stages; what it is told and when is up to the replay. */
export class StageSampler {
  /** Planned ones fall due in the order of the runs, the others in that of the tries. */
  private readonly planned = new DecisionQueue<StageDecision>((a, b) => compareSubjects(a.row, b.row));
  private readonly later = new DecisionQueue<StageDecision>((a, b) => compareSubjects(a.row, b.row));
  private readonly dags = new Map<string, KnownDag>();
  /** Serial numbers of the rows of each try whose outcome is still to come. */
  private readonly open = new Map<string, number[]>();
  private readonly finalFailures = new Map<string, boolean>();
  private readonly finals = new FinalFailures((fact, failed, at) => {
    if (at >= this.outlookFrom) this.finalFailures.set(tryKey(fact), failed);
  });
  private readonly outlookFrom: UnixSeconds;
  private readonly laterFrom: UnixSeconds;
  /** Serial numbers of planned runs whose outcome is still to come. */
  private readonly openRuns = new Map<string, number>();

  constructor(
    private readonly options: StageSampleOptions,
    private readonly tries: VectorStore,
    private readonly runs: VectorStore,
  ) {
    this.outlookFrom = options.outlookFrom ?? Infinity;
    this.laterFrom = options.laterFrom ?? Infinity;
  }

  get nextAt(): UnixSeconds {
    return Math.min(this.planned.nextAt, this.later.nextAt);
  }

  /** Plans the description of a run before it exists. */
  planRun(fact: DagRunFact, clock: UnixSeconds): void {
    const createdAt = fact.queuedAt ?? fact.startedAt;
    if (createdAt === null) return;
    const dag = this.dagOf(fact);
    const gap = createdAt - dag.createdAt;
    dag.createdAt = Math.max(dag.createdAt, createdAt);
    const at = createdAt - Math.min(PLANNED_LEAD_SECONDS, gap / 2);
    // Of a DAG without any run, nothing is known beforehand; of runs created together, only the first is the next one.
    if (!(gap > 0) || !Number.isFinite(gap) || at < this.options.from || at < clock) return;
    const { deployment, dagId, runId, runType } = fact;
    this.planned.add(at, {
      row: { deployment, dagId, runId, taskId: '', mapIndex: -1, tryNumber: 0 },
      subject: {
        kind: 'dag_run',
        stage: 'planned',
        deployment,
        dagId,
        runId: null,
        runType,
        // Only the timetable tells beforehand when a run will be due.
        runAfter: runType === 'scheduled' ? fact.runAfter : null,
        queuedAt: null,
        startedAt: null,
      },
    });
  }

  /** Follows what the engine was shown. */
  observe(event: FactEvent): void {
    this.finals.observe(event);
    if (event.kind === 'try') this.observeTry(event);
  }

  /** Drops what is known of a DAG, as the engine does. */
  forgetDag(deployment: string, dagId: string): void {
    this.dags.delete(dagKey({ deployment, dagId }));
    this.finals.forgetDag(deployment, dagId);
  }

  /** What is known, at a decision, of how the failure of a try would end; undefined before the first that is looked at. */
  outlook(subject: TrySubject, at: UnixSeconds): FinalOutlook | undefined {
    return at < this.outlookFrom ? undefined : this.finals.outlook(subject, at);
  }

  /** Tells the outcome of a run; null when it has none. */
  settleRun(key: string, label: 0 | 1 | null, knownAt: UnixSeconds): void {
    const serial = this.openRuns.get(key);
    if (serial === undefined) return;
    this.openRuns.delete(key);
    this.runs.settle(serial, label, knownAt);
  }

  private observeTry({ phase, fact, at }: TryEvent): void {
    if (phase === 'ended') {
      this.onTryEnded(fact, at);
      return;
    }
    if (fact.mapIndex === -1) this.dagOf(fact).tasks.set(fact.taskId, fact);
    if (phase === 'started') this.onTryStarted(fact, at);
  }

  /** Plans the description of a try while it runs. */
  private onTryStarted(fact: TryFact, at: UnixSeconds): void {
    if (at < this.laterFrom || !this.isChosen(fact, 'running')) return;
    const key = tryKey(fact);
    if (!this.open.has(key)) this.open.set(key, []);
    const seconds = RUNNING_SECONDS[Math.floor(keyShare(key, 'elapsed') * RUNNING_SECONDS.length)]!;
    const subject = trySubject(fact, { stage: 'running', startedAt: fact.startedAt });
    this.later.add(at + seconds, { row: fact, subject });
  }

  /** Tells the outcome of a try and, after a failure, plans the description of its retry: dropped in the end if there is none. */
  private onTryEnded(fact: TryFact, at: UnixSeconds): void {
    const key = tryKey(fact);
    const serials = this.open.get(key);
    if (serials !== undefined) {
      this.open.delete(key);
      for (const serial of serials) this.tries.settle(serial, tryOutcome(fact), at);
    }
    if (tryOutcome(fact) !== 1 || at < this.laterFrom) return;
    const row = idsOf(fact, fact.tryNumber + 1);
    if (!this.isChosen(row, 'retrying')) return;
    const subject = trySubject(fact, { stage: 'retrying', tryNumber: row.tryNumber, queuedAt: null });
    this.later.add(at + AFTER_FAILURE_SECONDS, { row, subject });
  }

  /** Takes the decisions of the next moment. */
  describeDue(engine: Engine): void {
    const at = this.nextAt;
    const queue = this.planned.nextAt === at ? this.planned : this.later;
    for (const decision of queue.pop()) {
      const { row, subject } = decision;
      if (subject.kind === 'dag_run') {
        this.describePlanned(engine, row, subject, at);
      } else if (subject.stage !== 'running' || this.open.has(tryKey(row))) {
        this.describeTry(engine, row, subject, at);
      }
    }
  }

  finish(): StageSample {
    return {
      tries: this.tries.finish(),
      dagRuns: this.runs.finish(),
      finalFailures: this.finalFailures,
    };
  }

  private describePlanned(engine: Engine, row: RowSubject, subject: DagRunSubject, at: UnixSeconds): void {
    const { runShare = 1 } = this.options;
    if (runShare >= 1 || keyShare(runKey(row), 'planned') < runShare) {
      const offset = this.runs.reserve();
      engine.dagRunVector(subject, at, this.runs.buffer, offset);
      this.openRuns.set(runKey(row), this.runs.append(row, STAGE_PLANNED, at, null, Infinity));
    }
    for (const fact of this.dagOf(row).tasks.values()) {
      if (!(at - (fact.queuedAt ?? fact.startedAt ?? NaN) < STALE_TASK_SECONDS)) continue;
      const first = { ...idsOf(fact, 1), runId: row.runId };
      if (!this.isChosen(first, 'planned')) continue;
      const planned = trySubject(fact, {
        stage: 'planned',
        tryNumber: 1,
        runId: null,
        runType: subject.runType,
        extra: null,
        scheduledAt: subject.runAfter,
        queuedAt: null,
      });
      this.describeTry(engine, first, planned, at);
    }
  }

  private describeTry(engine: Engine, row: RowSubject, subject: TrySubject, at: UnixSeconds): void {
    const offset = this.tries.reserve();
    engine.tryVector(subject, at, this.tries.buffer, offset);
    const stage =
      subject.stage === 'planned'
        ? STAGE_PLANNED
        : subject.stage === 'running'
          ? STAGE_RUNNING
          : STAGE_RETRYING;
    const serial = this.tries.append(row, stage, at, null, Infinity, this.outlook(subject, at));
    const key = tryKey(row);
    const serials = this.open.get(key);
    if (serials === undefined) this.open.set(key, [serial]);
    else serials.push(serial);
  }

  private dagOf(ids: { deployment: string; dagId: string }): KnownDag {
    const key = dagKey(ids);
    let dag = this.dags.get(key);
    if (dag === undefined) {
      dag = { tasks: new Map(), createdAt: -Infinity };
      this.dags.set(key, dag);
    }
    return dag;
  }

  private isChosen(ids: RowSubject, stage: string): boolean {
    return this.options.tryShare >= 1 || keyShare(tryKey(ids), stage) < this.options.tryShare;
  }
}

function trySubject(fact: TryFact, change: Partial<TrySubject>): TrySubject {
  const { deployment, dagId, runId, taskId, mapIndex, tryNumber, runType } = fact;
  const { operator, pool, queue, owner, extra, scheduledAt } = fact;
  return {
    ...{ kind: 'try', stage: 'queued', deployment, dagId, runId, taskId, mapIndex, tryNumber, runType },
    ...{ operator, pool, queue, owner, extra, scheduledAt },
    queuedAt: fact.queuedAt ?? fact.startedAt,
    startedAt: null,
    ...change,
  };
}

function idsOf(fact: TryFact, tryNumber: number): RowSubject {
  const { deployment, dagId, runId, taskId, mapIndex } = fact;
  return { deployment, dagId, runId, taskId, mapIndex, tryNumber };
}

/** Replays the fact log through the engine and takes a labelled vector at every decision. */
import { PHASE_ENDED, PHASE_QUEUED, PHASE_STARTED, tryOutcome } from '../core/facts.js';
import type { DagRunFact, TryFact, UnixSeconds } from '../core/facts.js';
import type { AnyFact } from '../core/fact-log/decode-facts.js';
import { decisionTime } from '../core/fact-log/decision-order.js';
import { phaseTime, visibleAt } from '../core/fact-log/visible-time.js';
import { AppError } from '../core/errors.js';
import { ignoreProgress, type ProgressListener } from '../core/progress.js';
import { compareSubjects, DecisionQueue } from './decision-queue.js';
import { Engine } from './engine.js';
import { EventQueue } from './expand.js';
import { OlderSample, type OlderSampleOptions } from './older-sample.js';
import { RunRecorder } from './replay-runs.js';
import { tryKey } from './row-keys.js';
import { DAG_RUN_FEATURES, TRY_FEATURES, featureIndex } from './registry.js';
import type { FactEvent, FeatureDefinition } from './types.js';
import { ReplayedSubject } from './replayed-subject.js';
import { StageSampler, type StageSample, type StageSampleOptions } from './stage-sample.js';
import { TextTable } from './text-table.js';
import { STAGE_QUEUED, VectorStore, type ReplayedVectors } from './vector-store.js';

export interface ReplayOptions {
  /** How long after it happened a fact of assumed visibility counts as visible; 0 in a backtest. */
  readonly lagSeconds?: number;
  /**
   * A try first heard of so long after it was queued is still described as of its queueing, with what was visible then; of one
   * heard of later, the description is that much older than the news. Rows within this time are held in memory.
   */
  readonly lookaheadSeconds?: number;
  /** Bound on the vectors of tries; beyond it the largest class is thinned out and carries weights. */
  readonly maxTryRows?: number;
  readonly maxDagRunRows?: number;
  /** Most DAGs remembered; as many as by an engine unless given. */
  readonly maxDags?: number;
  /** Which tries to describe; all unless given. */
  readonly isWanted?: (fact: TryFact) => boolean;
  /** Of what was decided earlier, describes a sample, whose rows carry weights; everything unless given. */
  readonly older?: OlderSampleOptions;
  readonly onProgress?: ProgressListener;
  /** Describes a sample of subjects at further stages too; none unless given. */
  readonly stages?: StageSampleOptions;
  /** Expected number of facts, for the progress. */
  readonly totalFacts?: number;
  readonly signal?: AbortSignal;
}

export interface Replay {
  /** One row per labelled try that has ended, at stage `queued`, in the order of a backtest. */
  readonly tries: ReplayedVectors;
  /** DAG runs when they were queued and at a few later moments, by time, then deployment, dag_id, run_id. */
  readonly dagRuns: ReplayedVectors;
  /** Subjects at other stages, where asked for. */
  readonly stages: StageSample | null;
  /** The engine after the last fact. */
  readonly engine: Engine;
  readonly facts: number;
  readonly events: number;
  /** Visible time of the last event; -Infinity without any. */
  readonly lastEventAt: UnixSeconds;
}

const DEFAULT_LOOKAHEAD_SECONDS = 3600;
/** Serial number of a try whose decision is still to come. */
const NOT_DESCRIBED = -1;
const DEFAULT_MAX_ROWS = 1_000_000;

/** Describes tries and DAG runs of a whole log in one pass. */
export async function replayTries(
  rows: AsyncIterable<readonly AnyFact[]>,
  options: ReplayOptions = {},
): Promise<Replay> {
  const pass = new ReplayPass(options);
  const onProgress = options.onProgress ?? ignoreProgress;
  const total = options.totalFacts;
  let facts = 0;
  for await (const batch of rows) {
    if (options.signal?.aborted === true) throw new AppError('cancelled', 'the replay was cancelled');
    for (const row of batch) pass.push(row);
    facts += batch.length;
    onProgress({ step: 'replay', done: facts, unit: 'facts', ...(total === undefined ? {} : { total }) });
  }
  return { ...pass.finish(), facts };
}

function createStore(
  features: readonly FeatureDefinition[],
  prefix: string,
  maxRows: number,
  texts: TextTable,
  weightOf?: (decidedAt: UnixSeconds) => number,
): VectorStore {
  return new VectorStore(
    features.map((feature) => feature.name),
    featureIndex(features, `${prefix}__historical_rate__30d`),
    featureIndex(features, `${prefix}__last_outcome__latest`),
    maxRows,
    weightOf,
    texts,
  );
}

class ReplayPass {
  private readonly lag: number;
  private readonly lookahead: number;
  private readonly events: EventQueue;
  private readonly decisions = new DecisionQueue<TryFact>(compareSubjects);
  private readonly store: VectorStore;
  private readonly runs: RunRecorder;
  private readonly sampler: StageSampler | null;
  private readonly older: OlderSample | null;
  private readonly engine: Engine;
  private readonly subject = new ReplayedSubject();
  /** Rows by try, for those whose end another fact will tell. */
  private readonly pending = new Map<string, number>();
  private clock = -Infinity;
  private observed = 0;
  private lastEventAt = -Infinity;

  constructor(private readonly options: ReplayOptions) {
    this.lag = options.lagSeconds ?? 0;
    this.lookahead = options.lookaheadSeconds ?? DEFAULT_LOOKAHEAD_SECONDS;
    this.events = new EventQueue(this.lag);
    const texts = new TextTable();
    const older = options.older === undefined ? null : new OlderSample(options.older);
    this.older = older;
    this.store = createStore(
      TRY_FEATURES,
      'task',
      options.maxTryRows ?? DEFAULT_MAX_ROWS,
      texts,
      older === null ? undefined : (at) => older.tryWeight(at),
    );
    this.sampler =
      options.stages === undefined
        ? null
        : new StageSampler(
            options.stages,
            createStore(TRY_FEATURES, 'task', Infinity, texts),
            createStore(DAG_RUN_FEATURES, 'dag_run', Infinity, texts),
          );
    this.runs = new RunRecorder(
      createStore(
        DAG_RUN_FEATURES,
        'dag_run',
        options.maxDagRunRows ?? DEFAULT_MAX_ROWS,
        texts,
        older === null ? undefined : (at) => older.runWeight(at),
      ),
      (key, label, knownAt) => this.sampler?.settleRun(key, label, knownAt),
      older,
    );
    this.engine = new Engine({
      onRunClosed: (run, failed, _endedAt, at) => {
        this.runs.onClosed(run, failed, at);
      },
      onRunForgotten: (run) => {
        this.runs.onForgotten(run);
      },
      onDagForgotten: (deployment, dagId) => this.sampler?.forgetDag(deployment, dagId),
      ...(options.maxDags === undefined ? {} : { maxDags: options.maxDags }),
    });
  }

  push(row: AnyFact): void {
    const firstAt = this.events.push(row);
    if (row.kind === 'try') this.planTry(row.fact);
    else if (row.kind === 'dag_run') this.planRun(row.fact);
    if (firstAt > this.clock) this.advance(firstAt - this.lookahead);
  }

  finish(): Omit<Replay, 'facts'> {
    this.advance(Infinity);
    return {
      tries: this.store.finish(),
      dagRuns: this.runs.finish(this.engine),
      stages: this.sampler?.finish() ?? null,
      engine: this.engine,
      events: this.observed,
      lastEventAt: this.lastEventAt,
    };
  }

  /** Plans the description of a try with the first fact of it; those that ended without a label get none. */
  private planTry(fact: TryFact): void {
    if (!isFirstNews(fact) || (this.pending.size > 0 && this.pending.has(tryKey(fact)))) return;
    const hasEnded = (fact.newPhases & PHASE_ENDED) !== 0;
    const queuedAt = decisionTime(fact);
    if (queuedAt === null || (hasEnded && tryOutcome(fact) === null)) return;
    const at = Math.max(this.clock, queuedAt);
    this.runs.planDerived(fact, at, this.engine);
    if (this.options.isWanted?.(fact) === false || this.older?.wantsTry(fact, at) === false) return;
    if (!hasEnded) this.pending.set(tryKey(fact), NOT_DESCRIBED);
    this.decisions.add(at, fact);
  }

  private planRun(fact: DagRunFact): void {
    const queuedAt = fact.queuedAt ?? fact.startedAt;
    if (!isFirstNews(fact) || queuedAt === null) return;
    this.sampler?.planRun(fact, this.clock);
    this.runs.planQueued(fact, Math.max(this.clock, queuedAt));
  }

  /** Observes what is visible before `until` and takes the decisions that are due before it. */
  private advance(until: UnixSeconds): void {
    for (;;) {
      const eventAt = this.events.nextAt;
      const runsAt = this.runs.nextAt;
      const triesAt = this.decisions.nextAt;
      const stagesAt = this.sampler?.nextAt ?? Infinity;
      const dueAt = Math.min(runsAt, triesAt, stagesAt);
      if (dueAt <= eventAt && dueAt < until) {
        if (stagesAt === dueAt) this.sampler?.describeDue(this.engine);
        if (runsAt === dueAt) this.runs.describeDue(this.engine);
        if (triesAt === dueAt) this.describeTries(dueAt);
        continue;
      }
      const event = this.events.popBefore(until);
      if (event === undefined) break;
      this.observe(event);
    }
    if (until !== Infinity) this.clock = Math.max(this.clock, until);
  }

  private observe(event: FactEvent): void {
    this.engine.observe(event);
    this.observed++;
    this.lastEventAt = event.at;
    this.sampler?.observe(event);
    if (event.kind !== 'try' || event.phase !== 'ended') return;
    if (this.pending.size > 0) this.settle(event.fact, event.at);
    this.runs.planRunning(this.engine.lastRun, tryOutcome(event.fact) === 1, event.at);
  }

  private describeTries(at: UnixSeconds): void {
    const { store, subject } = this;
    for (const fact of this.decisions.pop()) {
      const hasEnded = (fact.newPhases & PHASE_ENDED) !== 0;
      const label = hasEnded ? tryOutcome(fact) : null;
      const endedAt = hasEnded ? visibleAt(fact, phaseTime(fact, PHASE_ENDED), this.lag) : Infinity;
      const offset = store.reserve();
      subject.fact = fact;
      this.engine.tryVector(subject, at, store.buffer, offset);
      const outlook = this.sampler?.outlook(subject, at);
      const serial = store.append(fact, STAGE_QUEUED, at, label, Math.max(at, endedAt), outlook);
      if (!hasEnded) this.pending.set(tryKey(fact), serial);
    }
  }

  private settle(fact: TryFact, knownAt: UnixSeconds): void {
    const key = tryKey(fact);
    const serial = this.pending.get(key);
    if (serial === undefined) return;
    this.pending.delete(key);
    this.store.settle(serial, tryOutcome(fact), knownAt);
  }
}

/** True for the fact that first tells that a try or run is queued (or started, where no queueing is known). */
function isFirstNews(fact: TryFact | DagRunFact): boolean {
  const first = fact.queuedAt === null ? PHASE_STARTED : PHASE_QUEUED;
  return (fact.newPhases & first) !== 0;
}

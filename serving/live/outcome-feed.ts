/** Vectors of tries and DAG runs as they were when these were queued, joined with their outcomes as those become known. */
import { runOutcome, tryOutcome, type DagRunFact, type TryFact, type UnixSeconds } from '../../core/facts.js';
import { featureIndex } from '../../features/registry.js';
import type { DagRunSubject, FeatureDefinition, FeatureEngine, TrySubject } from '../../features/types.js';
import type { LabelledVectors, SubjectKind } from '../../model/types.js';

/** Outcomes kept in case another model wants them. */
const OUTCOMES_KEPT = 20_000;
/** Subjects whose end is waited for; beyond, those that wait longest are given up. */
const PENDING_KEPT = 200_000;

interface Pending {
  readonly vector: Float32Array;
  readonly decidedAt: UnixSeconds;
}

interface Outcome extends Pending {
  readonly failed: boolean;
  readonly knownAt: UnixSeconds;
}

/** One kind of subject. */
class OutcomeQueue {
  private readonly pending = new Map<string, Pending>();
  private readonly outcomes: Outcome[] = [];
  /** Number of the first outcome kept. */
  private first = 0;
  private readonly names: readonly string[];
  private readonly lastOutcome: number;

  constructor(
    readonly features: readonly FeatureDefinition[],
    lastOutcomeFeature: string,
  ) {
    this.names = features.map(({ name }) => name);
    this.lastOutcome = featureIndex(features, lastOutcomeFeature);
  }

  isWaiting(key: string): boolean {
    return this.pending.has(key);
  }

  await(key: string, vector: Float32Array, decidedAt: UnixSeconds): void {
    this.pending.set(key, { vector, decidedAt });
    if (this.pending.size > PENDING_KEPT) this.pending.delete(this.pending.keys().next().value!);
  }

  settle(key: string, label: 0 | 1 | null, knownAt: UnixSeconds): void {
    const decision = this.pending.get(key);
    if (decision === undefined) return;
    this.pending.delete(key);
    if (label === null) return;
    this.outcomes.push({ ...decision, failed: label === 1, knownAt });
    if (this.outcomes.length < 2 * OUTCOMES_KEPT) return;
    this.outcomes.splice(0, OUTCOMES_KEPT);
    this.first += OUTCOMES_KEPT;
  }

  get end(): number {
    return this.first + this.outcomes.length;
  }

  since(cursor: number): LabelledVectors {
    const outcomes = this.outcomes.slice(Math.max(0, cursor - this.first));
    const width = this.names.length;
    const values = new Float32Array(outcomes.length * width);
    outcomes.forEach(({ vector }, row) => {
      values.set(vector, row * width);
    });
    return {
      features: this.names,
      rows: outcomes.length,
      values,
      labels: Uint8Array.from(outcomes, ({ failed }) => (failed ? 1 : 0)),
      decidedAt: Float64Array.from(outcomes, ({ decidedAt }) => decidedAt),
      labelKnownAt: Float64Array.from(outcomes, ({ knownAt }) => knownAt),
      afterSuccess: Uint8Array.from(outcomes, ({ vector }) => (vector[this.lastOutcome] === 0 ? 1 : 0)),
    };
  }
}

const runKey = (fact: DagRunFact): string => [fact.deployment, fact.dagId, fact.runId].join('\0');
const tryKey = (fact: TryFact): string =>
  [fact.deployment, fact.dagId, fact.runId, fact.taskId, fact.mapIndex, fact.tryNumber].join('\0');

function trySubject(fact: TryFact, queuedAt: UnixSeconds): TrySubject {
  return { ...fact, kind: 'try', stage: 'queued', queuedAt, startedAt: null };
}

function runSubject(fact: DagRunFact, queuedAt: UnixSeconds): DagRunSubject {
  return { ...fact, kind: 'dag_run', stage: 'queued', queuedAt, startedAt: null };
}

/** What a model has learnt from so far, as numbers of outcomes. */
export type OutcomeCursor = Readonly<Record<SubjectKind, number>>;

export class OutcomeFeed {
  private readonly tries: OutcomeQueue;
  private readonly runs: OutcomeQueue;

  constructor(private readonly engine: FeatureEngine) {
    this.tries = new OutcomeQueue(engine.tryFeatures, 'task__last_outcome__latest');
    this.runs = new OutcomeQueue(engine.dagRunFeatures, 'dag_run__last_outcome__latest');
  }

  /** The first news of a try; call before the engine observes anything of that moment. */
  describeTry(fact: TryFact, at: UnixSeconds): void {
    const key = tryKey(fact);
    if (this.tries.isWaiting(key)) return;
    const decidedAt = Math.min(at, fact.queuedAt ?? fact.startedAt ?? at);
    const vector = new Float32Array(this.tries.features.length);
    this.engine.tryVector(trySubject(fact, decidedAt), decidedAt, vector, 0);
    this.tries.await(key, vector, decidedAt);
  }

  describeRun(fact: DagRunFact, at: UnixSeconds): void {
    const key = runKey(fact);
    if (this.runs.isWaiting(key)) return;
    const decidedAt = Math.min(at, fact.queuedAt ?? fact.startedAt ?? at);
    const vector = new Float32Array(this.runs.features.length);
    this.engine.dagRunVector(runSubject(fact, decidedAt), decidedAt, vector, 0);
    this.runs.await(key, vector, decidedAt);
  }

  tryEnded(fact: TryFact, at: UnixSeconds): void {
    this.tries.settle(tryKey(fact), tryOutcome(fact), at);
  }

  runEnded(fact: DagRunFact, at: UnixSeconds): void {
    this.runs.settle(runKey(fact), runOutcome(fact), at);
  }

  /** Where the outcomes end now. */
  get end(): OutcomeCursor {
    return { try: this.tries.end, dag_run: this.runs.end };
  }

  /** Outcomes from the cursor on, in the order in which they became known. */
  since(kind: SubjectKind, cursor: OutcomeCursor): LabelledVectors {
    return kind === 'try' ? this.tries.since(cursor.try) : this.runs.since(cursor.dag_run);
  }
}

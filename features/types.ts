/** Contract of the feature engine: what it observes, what it describes, what a feature is. */
import type { DagRunFact, Extra, TryFact, UnixSeconds } from '../core/facts.js';
import type { AnyFact } from '../core/fact-log/decode-facts.js';

export type Phase = 'queued' | 'started' | 'ended';

/** A fact that tells one moment only. */
export type DescribingFact = Exclude<AnyFact, { readonly kind: 'try' | 'dag_run' }>;

/**
 * One moment of a fact, at the time it became visible. Events arrive in the order (at, fact id, phase);
 * those of equal `at` are all observed after every subject of that same decision time was described.
 */
export type FactEvent =
  | { readonly kind: 'try'; readonly phase: Phase; readonly at: UnixSeconds; readonly fact: TryFact }
  | { readonly kind: 'dag_run'; readonly phase: Phase; readonly at: UnixSeconds; readonly fact: DagRunFact }
  | (DescribingFact & { readonly at: UnixSeconds });

/** planned: the run is not created yet; queued; running; retrying: an earlier try of it failed. */
export type Stage = 'planned' | 'queued' | 'running' | 'retrying';

/** A try of a task instance, the current one or the next. Null means not known yet. */
export interface TrySubject {
  readonly kind: 'try';
  readonly stage: Stage;
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string | null;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly runType: string | null;
  readonly operator: string | null;
  readonly pool: string | null;
  readonly queue: string | null;
  readonly owner: string | null;
  readonly extra: Extra | null;
  readonly scheduledAt: UnixSeconds | null;
  readonly queuedAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
}

/** A DAG run, the current one or the next. */
export interface DagRunSubject {
  readonly kind: 'dag_run';
  readonly stage: Stage;
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string | null;
  readonly runType: string | null;
  readonly runAfter: UnixSeconds | null;
  readonly queuedAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
}

/** What one column of a vector means. Names: `entity__measure__window`. */
export interface FeatureDefinition {
  readonly name: string;
  readonly group: string;
  /** 'ratio', 'seconds', 'count', 'log_odds', 'flag', 'log1p_seconds', ... */
  readonly unit: string;
  readonly meaning: string;
  /** There for words and suggestions alone: no model reads the column, and no reason gives it credit. */
  readonly isToldOnly?: true;
}

/**
 * A pure fold over facts with bounded state per key: `observe` updates, the vector methods read and change nothing.
 * Unknown values are NaN. The columns are those of `tryFeatures` or `dagRunFeatures`, in their order.
 */
export interface FeatureEngine {
  readonly tryFeatures: readonly FeatureDefinition[];
  readonly dagRunFeatures: readonly FeatureDefinition[];
  observe(event: FactEvent): void;
  /** Writes `tryFeatures.length` numbers into `out` from `offset`. Uses only what was observed. */
  tryVector(subject: TrySubject, now: UnixSeconds, out: Float32Array, offset: number): void;
  dagRunVector(subject: DagRunSubject, now: UnixSeconds, out: Float32Array, offset: number): void;
}

/** What a feature group is, and what it is shown. */
import type { DagRunFact, FailureReasonFact, TryFact } from '../core/facts.js';
import type { Rates } from './decay.js';
import { ResolvedExtra } from './extras.js';
import { emptyRates } from './decay.js';
import type { DagRunSubject, FeatureDefinition, TrySubject } from './types.js';
import type { DagKey, DeploymentKey, PoolKey, RunState, TaskKey } from './entities.js';
import type { KeySpace } from './keys.js';

/** A try fact being observed, with its keys resolved. One object is reused for all of them. */
export class TryMoment {
  at = NaN;
  fact!: TryFact;
  deployment!: DeploymentKey;
  dag!: DagKey;
  task!: TaskKey;
  pool!: PoolKey;
  operator = 0;
  /** What is known of `extra` at this phase. */
  readonly extra = new ResolvedExtra();
  /** Null for the end of a try whose run is forgotten already. */
  run: RunState | null = null;
  /** On an end: 1 failed, 0 success, -1 no label. */
  label = -1;
  failed = false;
  /** Seconds between the end and the time at which it became visible. */
  age = 0;
  /** When the try ended, never later than `at`. */
  endedAt = NaN;
  /** The task's latest outcome before this one: 1, 0 or -1 for none. */
  previous = -1;
}

/** The reason of a failed try, with its keys resolved; it may become known long after the try's end. */
export class FailureReasonMoment {
  at = NaN;
  fact!: FailureReasonFact;
  deployment!: DeploymentKey;
  task!: TaskKey;
  pool!: PoolKey;
  /** Seconds between the end of the try and the time at which its reason became visible. */
  age = 0;
}

/** New code of a DAG. */
export class DeployMoment {
  at = NaN;
  dag!: DagKey;
}

/** A measurement of the age of the scheduler's heartbeat, in seconds. */
export class MeasuredMoment {
  at = NaN;
  deployment!: DeploymentKey;
  value = NaN;
}

/** A DAG run that began or whose outcome is known. */
export class DagRunMoment {
  at = NaN;
  /** Null when the run is derived from its tries. */
  fact: DagRunFact | null = null;
  dag!: DagKey;
  run!: RunState;
  failed = false;
  /** When the run ended (derived: when its last try ended). */
  endedAt = NaN;
  age = 0;
  previous = -1;
}

/** What both kinds of subject share while a vector is read. */
class Reading {
  now = NaN;
  deployment!: DeploymentKey;
  dag!: DagKey;
  run: RunState | null = null;
  readonly deploymentRates: Rates = emptyRates();
  readonly dagRates: Rates = emptyRates();
  /** The deployment without the DAG. */
  readonly elsewhereRates: Rates = emptyRates();
  /** Failure rate, onset hazard and persistence of the whole deployment: what to expect of the unknown. */
  baseRate = NaN;
  baseHazard = NaN;
  basePersistence = NaN;
}

/** A try being described. */
export class TryReading extends Reading {
  subject!: TrySubject;
  /** The time to which calendar and gaps refer: when the try was queued, or is due, or now. */
  moment = NaN;
  task!: TaskKey;
  pool!: PoolKey;
  operator = 0;
  /** What was known of `extra` at queueing. */
  readonly extra = new ResolvedExtra();
  /** 1 when the subject itself counts among the open tries of its run, else 0. */
  self = 0;
  readonly taskRates: Rates = emptyRates();
  readonly operatorRates: Rates = emptyRates();
  readonly poolRates: Rates = emptyRates();
  dagRate = NaN;
  dagHazard = NaN;
  dagPersistence = NaN;
}

/** A DAG run being described. */
export class DagRunReading extends Reading {
  subject!: DagRunSubject;
  /** Runs of this DAG and of the deployment, as outcomes. */
  readonly runRates: Rates = emptyRates();
  readonly deploymentRunRates: Rates = emptyRates();
  /** Scratch for the rates of one task after the other, at one half-life. */
  readonly taskRates: Rates = emptyRates();
}

/**
 * One family of features with the state it needs. Observing hooks run in the order of the facts; the task's and DAG's
 * ledgers of outcomes still show what was before. Reading hooks write one number per definition and change nothing.
 */
export interface FeatureGroup {
  readonly tryFeatures?: readonly FeatureDefinition[];
  readonly dagRunFeatures?: readonly FeatureDefinition[];
  readonly tryQueued?: (moment: TryMoment) => void;
  readonly tryStarted?: (moment: TryMoment) => void;
  /** Every end; `moment.label` is -1 for those that carry no label. */
  readonly tryEnded?: (moment: TryMoment) => void;
  readonly failureExplained?: (moment: FailureReasonMoment) => void;
  /** A version of the DAG's code that was not known before; not the first one of a DAG. */
  readonly dagDeployed?: (moment: DeployMoment) => void;
  readonly platformMeasured?: (moment: MeasuredMoment) => void;
  /** A run seen for the first time; the DAG still shows its appearances before it. */
  readonly dagRunBegan?: (moment: DagRunMoment) => void;
  readonly dagRunEnded?: (moment: DagRunMoment) => void;
  readonly readTry?: (reading: TryReading, out: Float32Array, offset: number) => void;
  readonly readDagRun?: (reading: DagRunReading, out: Float32Array, offset: number) => void;
}

/** Makes a group with empty state. */
export type GroupFactory = (keys: KeySpace, shared: SharedState) => FeatureGroup;

/** Outcome counters that several groups read; kept by the engine. */
export interface SharedState {
  /** Historical rate of a task as the contract defines it (30-day half-life, smoothed twice). */
  historicalRate(deployment: DeploymentKey, dag: DagKey, task: TaskKey, now: number): number;
  /** Failures per try in the deployment at the same half-life; NaN before the first outcome. */
  overallRate(deployment: DeploymentKey, now: number): number;
  /** Rate of a DAG as in the historical rate, drawn towards another start than that of the deployment. */
  dagRateFrom(start: number, dag: DagKey, now: number): number;
  /** Rate of a task as in the historical rate, drawn towards another start than that of its DAG. */
  taskRateFrom(start: number, task: TaskKey, now: number): number;
  /** Tries of a task that the historical rate counts, decayed. */
  taskTries(task: TaskKey, now: number): number;
  /** Writes the transition rates of a task at one half-life. */
  loadTaskRates(task: TaskKey, now: number, level: number, out: Rates): void;
}

/** Definitions from rows of [name, unit, meaning]. */
export function defineFeatures(
  group: string,
  rows: readonly (readonly [name: string, unit: string, meaning: string])[],
): FeatureDefinition[] {
  return rows.map(([name, unit, meaning]) => ({ name, group, unit, meaning }));
}

/** Definitions of columns that words and suggestions need, and from which no model gains: see {@link FeatureDefinition.isToldOnly}. */
export function defineToldFeatures(...args: Parameters<typeof defineFeatures>): FeatureDefinition[] {
  return defineFeatures(...args).map((feature) => ({ ...feature, isToldOnly: true }));
}

/**
 * Domain types of the fact log.
 *
 * Facts are append-only and bitemporal: `eventTime` is when something happened, `knownAt` when ORC learnt it.
 * All times are Unix seconds as a double (microsecond precision until the year 2242); durations are seconds.
 * Words are Airflow's own; see docs/glossary.md.
 */

/** Unix time in seconds, with a fraction. */
export type UnixSeconds = number;

/** States of a task instance as Airflow names them, plus `killed` (a person cleared or marked it while it ran). */
export const TRY_STATES = [
  'scheduled',
  'queued',
  'running',
  'restarting',
  'deferred',
  'up_for_reschedule',
  'awaiting_input',
  'success',
  'failed',
  'up_for_retry',
  'skipped',
  'upstream_failed',
  'removed',
  'killed',
] as const;
export type TryState = (typeof TRY_STATES)[number];

/** A try has ended in these states; the first one counts as its outcome. */
export const FINAL_TRY_STATES: ReadonlySet<string> = new Set<TryState>([
  'success',
  'failed',
  'up_for_retry',
  'skipped',
  'upstream_failed',
  'removed',
  'killed',
]);

export const RUN_STATES = ['queued', 'running', 'success', 'failed'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Label of the state of a try: 1 failed, 0 success, null no label (skipped, upstream_failed, removed, killed, unfinished). */
export function tryLabel(state: string): 0 | 1 | null {
  if (state === 'failed' || state === 'up_for_retry') return 1;
  return state === 'success' ? 0 : null;
}

/** A fact of which nothing is learnt as an outcome: an action of ORC brought it about (`fact-log/touched-runs.ts`). */
export interface Touchable {
  readonly isTouched?: true;
}

/** What is to be learnt from a try: its {@link tryLabel}, null where an action touched it. */
export function tryOutcome(fact: Pick<TryFact, 'state' | 'isTouched'>): 0 | 1 | null {
  return fact.isTouched === true ? null : tryLabel(fact.state);
}

/** What is to be learnt from a DAG run: 1 failed, 0 success, null unfinished, or where an action touched it. */
export function runOutcome({ state, isTouched }: Pick<DagRunFact, 'state' | 'isTouched'>): 0 | 1 | null {
  if (isTouched === true) return null;
  return state === 'failed' ? 1 : state === 'success' ? 0 : null;
}

/** Bits of {@link TryFact.newPhases}: which moments of the try this fact was the first to tell. */
export const PHASE_QUEUED = 1;
export const PHASE_STARTED = 2;
export const PHASE_ENDED = 4;

export interface FactTimes {
  /** Global order of arrival; ties in visible time are broken by it. */
  readonly factId: number;
  readonly eventTime: UnixSeconds;
  readonly knownAt: UnixSeconds;
  /** True for backfilled and imported facts: visible at event time plus the source's usual lag, not at `knownAt`. */
  readonly visibilityAssumed: boolean;
}

export type ExtraValue = string | number | boolean | null;
export type Extra = Readonly<Record<string, unknown>>;

/** One observation of one try: appended whenever its state is seen for the first time. */
export interface TryObservation {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  /** -1 when the task is not mapped. */
  readonly mapIndex: number;
  /** Starts at 1. */
  readonly tryNumber: number;
  readonly state: TryState;
  readonly runType: string | null;
  readonly scheduledAt: UnixSeconds | null;
  readonly queuedAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  /** Set only when `state` is final. */
  readonly endedAt: UnixSeconds | null;
  readonly operator: string | null;
  readonly pool: string | null;
  readonly queue: string | null;
  readonly owner: string | null;
  /** Known from the start of the try. */
  readonly hostname: string | null;
  /** Keys that start with `post_` are known only after the try ended; the others when it is queued. */
  readonly extra: Extra | null;
}

export interface TryFact extends TryObservation, FactTimes, Touchable {
  readonly newPhases: number;
}

/** One observation of one DAG run: appended whenever its state is seen for the first time. */
export interface DagRunObservation {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  readonly state: RunState;
  readonly runType: string | null;
  /** When it is due (`run_after`); the logical date may be null in Airflow 3. */
  readonly runAfter: UnixSeconds | null;
  readonly logicalDate: UnixSeconds | null;
  readonly queuedAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
  readonly endedAt: UnixSeconds | null;
}

export interface DagRunFact extends DagRunObservation, FactTimes, Touchable {
  readonly newPhases: number;
}

/** What a failure was due to. */
export const FAILURE_CLASSES = [
  'stopped_by_person',
  'upstream',
  'resource',
  'timeout',
  'permission_or_configuration',
  'data',
  'transient_infrastructure',
  'code',
  'unknown',
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** Why a try failed, as far as the end of its log tells. */
export interface FailureReasonObservation {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly pool: string | null;
  readonly failureClass: FailureClass;
  /** Id of the rule that decided; null for `unknown`. */
  readonly rule: string | null;
  /** Lines of one template share it, also after a restart. */
  readonly templateId: string | null;
  readonly template: string | null;
  /** The line that it was decided by, or the last error line; secrets masked, at most 500 characters. */
  readonly evidence: string | null;
  /** Why the log tells nothing; null when it was read. */
  readonly unread: string | null;
  /** When the try ended: the event time. */
  readonly endedAt: UnixSeconds;
}

/** What the feature engine needs of a reason; `eventTime` is the end of the try. */
export interface FailureReasonFact extends FactTimes, Touchable {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly pool: string | null;
  readonly failureClass: FailureClass;
  readonly templateId: string | null;
}

/** A DAG as Airflow described it; appended when any of these changes. */
export interface DagObservation {
  readonly deployment: string;
  readonly dagId: string;
  /** True while Airflow still finds the DAG in its bundle. */
  readonly isActive: boolean;
  readonly isPaused: boolean;
  readonly schedule: string | null;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  /** When the next run is due. */
  readonly nextRunAfter: UnixSeconds | null;
  readonly fileLocation: string | null;
}
export type DagFact = DagObservation & FactTimes;

/** A task with its dependencies; appended when any of these changes. */
export interface TaskObservation {
  readonly deployment: string;
  readonly dagId: string;
  readonly taskId: string;
  readonly operator: string | null;
  readonly pool: string | null;
  readonly poolSlots: number;
  readonly queue: string | null;
  readonly owner: string | null;
  readonly retries: number;
  readonly retryDelaySeconds: number | null;
  readonly executionTimeoutSeconds: number | null;
  readonly triggerRule: string | null;
  readonly isMapped: boolean;
  readonly downstreamTaskIds: readonly string[];
  /** False once the task has left its DAG. */
  readonly isActive: boolean;
}
export type TaskFact = TaskObservation & FactTimes;

/** Slots of a pool at one moment; appended when any of these changes. `slots` is -1 for unlimited. */
export interface PoolObservation {
  readonly deployment: string;
  readonly pool: string;
  readonly slots: number;
  readonly occupiedSlots: number;
  readonly runningSlots: number;
  readonly queuedSlots: number;
  readonly scheduledSlots: number;
  readonly deferredSlots: number;
}
export type PoolFact = PoolObservation & FactTimes;

/** Which part of the platform a measurement is about; empty where that does not apply or the sender did not tell. */
export interface PlatformLabels {
  readonly dagId: string;
  readonly taskId: string;
  readonly pool: string;
  /** State of a task instance. */
  readonly state: string;
  readonly queue: string;
  /** Class of the executor. */
  readonly executor: string;
  /** Of the triggerer. */
  readonly host: string;
  /** A DAG file as Airflow names it in metrics. */
  readonly dagFile: string;
}

export const NO_PLATFORM_LABELS: PlatformLabels = {
  dagId: '',
  taskId: '',
  pool: '',
  state: '',
  queue: '',
  executor: '',
  host: '',
  dagFile: '',
};

/** What one kind of measurement of the platform came to in one window of some seconds. */
export interface PlatformObservation {
  readonly deployment: string;
  /** End of the window. */
  readonly eventTime: UnixSeconds;
  /** Airflow's name of the metric with `_` for `.` and `-`, and its unit; see docs/statsd.md. */
  readonly name: string;
  readonly labels: PlatformLabels;
  /** Counter: the sum in the window. Gauge: the last value. Timer: the mean, in seconds. */
  readonly value: number;
  /** Largest gauge or timer value in the window; null for counters and where only a sum was told. */
  readonly maximum: number | null;
  /** How many measurements it stands for; 0 for what is derived. */
  readonly sampleCount: number;
}

/** Histories for the feature tests. */
import type { AnyFact } from '../../core/fact-log/read.js';
import { firstVisibleAt } from '../../core/fact-log/visible-time.js';
import {
  FAILURE_CLASSES,
  FINAL_TRY_STATES,
  PHASE_ENDED,
  PHASE_QUEUED,
  PHASE_STARTED,
  type DagRunFact,
  type DagRunObservation,
  type FailureReasonFact,
  type TaskFact,
  type TryFact,
  type TryObservation,
  type TryState,
  tryLabel,
} from '../../core/facts.js';
import { readRecording, recordingsFolder } from '../../datasets/recording/read.js';
import { stretchRecording } from '../../datasets/recording/stretch.js';
import { Engine } from '../../features/engine.js';
import { EventQueue } from '../../features/expand.js';
import type { DagRunSubject, FeatureEngine, TrySubject } from '../../features/types.js';
import { atOnce, times } from './fact-times.js';
import { dependencyFact, surroundingsOf } from './surroundings.js';

/** 2026-01-05T00:00:00Z, a Monday. */
export const START = 1_767_571_200;
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;

export function observation(changes: Partial<TryObservation> = {}): TryObservation {
  return {
    deployment: 'default',
    dagId: 'dag',
    runId: 'run',
    taskId: 'task',
    mapIndex: -1,
    tryNumber: 1,
    state: 'success',
    runType: 'scheduled',
    scheduledAt: null,
    queuedAt: START,
    startedAt: START + 1,
    endedAt: START + 10,
    operator: 'BashOperator',
    pool: 'default_pool',
    queue: 'default',
    owner: 'airflow',
    hostname: 'worker-1',
    extra: null,
    ...changes,
  };
}

/** An imported try: one fact that tells all its moments. */
export function tryFact(changes: Partial<TryObservation> = {}): { kind: 'try'; fact: TryFact } {
  const made = observation(changes);
  const newPhases =
    (made.queuedAt === null ? 0 : PHASE_QUEUED) |
    (made.startedAt === null ? 0 : PHASE_STARTED) |
    (made.endedAt !== null && FINAL_TRY_STATES.has(made.state) ? PHASE_ENDED : 0);
  const eventTime = made.endedAt ?? made.startedAt ?? made.queuedAt ?? START;
  return { kind: 'try', fact: { ...made, ...times(eventTime, null), newPhases } };
}

/** The same try as a collector sees it live: one fact per state, known `delay` seconds after it happened. */
export function liveTryFacts(made: TryObservation, delay: number): { kind: 'try'; fact: TryFact }[] {
  const facts: { kind: 'try'; fact: TryFact }[] = [];
  const add = (state: TryState, at: number, newPhases: number, unknown: Partial<TryObservation>): void => {
    facts.push({ kind: 'try', fact: { ...made, ...unknown, state, ...times(at, at + delay), newPhases } });
  };
  const pre = Object.entries(made.extra ?? {}).filter(([key]) => !key.startsWith('post_'));
  const extra = made.extra === null ? null : Object.fromEntries(pre);
  const untilStart = { startedAt: null, endedAt: null, hostname: null, extra };
  if (made.queuedAt !== null) add('queued', made.queuedAt, PHASE_QUEUED, untilStart);
  if (made.startedAt !== null) add('running', made.startedAt, PHASE_STARTED, { endedAt: null, extra });
  if (made.endedAt !== null) add(made.state, made.endedAt, PHASE_ENDED, {});
  return facts;
}

/** Why a try failed: as history tells it, or (with a delay) as it is learnt so long after the end. */
export function reasonFact(
  made: TryObservation,
  changes: Partial<FailureReasonFact> = {},
  delay: number | null = null,
): { kind: 'failure_reason'; fact: FailureReasonFact } {
  const { deployment, dagId, runId, taskId, mapIndex, pool } = made;
  const endedAt = made.endedAt ?? START;
  return {
    kind: 'failure_reason',
    fact: {
      deployment,
      dagId,
      runId,
      taskId,
      mapIndex,
      pool,
      failureClass: 'data',
      templateId: 'a template',
      ...times(endedAt, delay === null ? null : endedAt + delay),
      ...changes,
    },
  };
}

/** An imported try, what surrounds it, and, when it failed, its reason: of any class, known with the history or learnt later. */
export function explainedTry(made: TryObservation): AnyFact[] {
  const { dagId, taskId, mapIndex, tryNumber } = made;
  const mark = Math.abs(
    Math.round(made.endedAt ?? 0) + taskId.length + dagId.charCodeAt(0) + mapIndex + tryNumber,
  );
  const described = { deployment: made.deployment, dagId, taskId, downstreamTaskIds: ['load'] };
  const seen = atOnce({ eventTime: made.queuedAt ?? START });
  return [
    ...withReason(made, mark),
    ...surroundingsOf(made, mark),
    ...(mark % 5 === 0 ? [taskFact({ ...described, ...seen })] : []),
  ];
}

function withReason(made: TryObservation, mark: number): AnyFact[] {
  const row = tryFact(made);
  if (tryLabel(made.state) !== 1) return [row];
  const failureClass = FAILURE_CLASSES[mark % FAILURE_CLASSES.length]!;
  const templateId = [null, 'timeout', 'disk'][mark % 3]!;
  return [row, reasonFact(made, { failureClass, templateId }, mark % 2 === 0 ? null : (mark % 5) * 400)];
}

export function dagRunFact(changes: Partial<DagRunObservation> = {}): { kind: 'dag_run'; fact: DagRunFact } {
  const made: DagRunObservation = {
    deployment: 'default',
    dagId: 'dag',
    runId: 'run',
    state: 'success',
    runType: 'scheduled',
    runAfter: START,
    logicalDate: null,
    queuedAt: START,
    startedAt: START,
    endedAt: START + 10,
    ...changes,
  };
  const newPhases =
    (made.queuedAt === null ? 0 : PHASE_QUEUED) |
    (made.startedAt === null ? 0 : PHASE_STARTED) |
    (made.endedAt === null ? 0 : PHASE_ENDED);
  return { kind: 'dag_run', fact: { ...made, ...times(made.endedAt ?? START, null), newPhases } };
}

export function taskFact(changes: Partial<TaskFact> = {}): { kind: 'task'; fact: TaskFact } {
  return {
    kind: 'task',
    fact: {
      deployment: 'default',
      dagId: 'dag',
      taskId: 'task',
      operator: 'BashOperator',
      pool: 'default_pool',
      poolSlots: 1,
      queue: 'default',
      owner: 'airflow',
      retries: 1,
      retryDelaySeconds: 300,
      executionTimeoutSeconds: null,
      triggerRule: 'all_success',
      isMapped: false,
      downstreamTaskIds: [],
      isActive: true,
      ...times(START, null),
      ...changes,
    },
  };
}

/** When a fact first becomes visible. */
export function visibleFrom({ kind, fact }: AnyFact): number {
  if (kind === 'try' || kind === 'dag_run') return firstVisibleAt(fact, 0);
  return fact.visibilityAssumed ? fact.eventTime : fact.knownAt;
}

/** In the order in which the fact log is read. */
export function inOrder(facts: readonly AnyFact[]): AnyFact[] {
  return [...facts].sort((a, b) => visibleFrom(a) - visibleFrom(b) || a.fact.factId - b.fact.factId);
}

export async function* batches(facts: readonly AnyFact[], size = 100): AsyncGenerator<AnyFact[]> {
  for (let from = 0; from < facts.length; from += size)
    yield await Promise.resolve(facts.slice(from, from + size));
}

/** An engine that has observed all that is visible before a time. */
export function engineAt(facts: readonly AnyFact[], until: number): Engine {
  const engine = new Engine();
  const queue = new EventQueue();
  for (const fact of inOrder(facts)) queue.push(fact);
  for (let event = queue.popBefore(until); event !== undefined; event = queue.popBefore(until))
    engine.observe(event);
  return engine;
}

export function trySubject(changes: Partial<TrySubject> = {}): TrySubject {
  const { deployment, dagId, taskId, mapIndex, tryNumber, runType, operator, pool, queue, owner } =
    observation();
  return {
    kind: 'try',
    stage: 'queued',
    deployment,
    dagId,
    runId: 'next',
    taskId,
    mapIndex,
    tryNumber,
    runType,
    operator,
    pool,
    queue,
    owner,
    extra: null,
    scheduledAt: null,
    queuedAt: null,
    startedAt: null,
    ...changes,
  };
}

export function dagRunSubject(changes: Partial<DagRunSubject> = {}): DagRunSubject {
  return {
    kind: 'dag_run',
    stage: 'queued',
    deployment: 'default',
    dagId: 'dag',
    runId: 'next',
    runType: 'scheduled',
    runAfter: null,
    queuedAt: null,
    startedAt: null,
    ...changes,
  };
}

/** A try's vector by feature name. */
export function tryFeatures(
  engine: FeatureEngine,
  subject: TrySubject,
  now: number,
): (name: string) => number {
  const out = new Float32Array(engine.tryFeatures.length);
  engine.tryVector(subject, now, out, 0);
  return reader(engine.tryFeatures, out);
}

export function dagRunFeatures(
  engine: FeatureEngine,
  subject: DagRunSubject,
  now: number,
): (name: string) => number {
  const out = new Float32Array(engine.dagRunFeatures.length);
  engine.dagRunVector(subject, now, out, 0);
  return reader(engine.dagRunFeatures, out);
}

function reader(
  features: readonly { readonly name: string }[],
  vector: Float32Array,
): (name: string) => number {
  return (name) => {
    const column = features.findIndex((feature) => feature.name === name);
    if (column < 0) throw new Error(`no feature is called ${name}`);
    return vector[column]!;
  };
}

/** Bits of a stretch of numbers, so that NaN equals NaN and -0 differs from 0. */
export function bits(values: Float32Array, from = 0, to = values.length): string {
  return Buffer.from(values.slice(from, to).buffer).toString('hex');
}

/** The shipped recording of a real Airflow, stretched to days, as imported facts. */
export function recordedFacts(): AnyFact[] {
  const recording = stretchRecording(readRecording(recordingsFolder(), 'platform'), START + 40 * DAY);
  const first = START;
  return inOrder([
    ...recording.tasks.map((task) => taskFact({ ...task, ...times(first, null) })),
    ...recording.dependencies.map((told) => dependencyFact({ ...told, eventTime: first })),
    ...recording.dagRuns.map((run) => dagRunFact(run)),
    ...recording.tries.map((made) => tryFact(made)),
  ]);
}

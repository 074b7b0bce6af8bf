/** Fact events made by hand. */
import {
  PHASE_ENDED,
  PHASE_QUEUED,
  PHASE_STARTED,
  type DagFact,
  type DagRunFact,
  type RunState,
  type TaskFact,
  type TryFact,
} from '../../core/facts.js';
import type { FactEvent } from '../../features/types.js';

let nextFactId = 1;

function times(at: number) {
  return { factId: nextFactId++, eventTime: at, knownAt: at, visibilityAssumed: false };
}

export function dagFact(at: number, fields: Partial<DagFact> = {}): DagFact {
  return {
    ...times(at),
    deployment: 'd',
    dagId: 'etl',
    isActive: true,
    isPaused: false,
    schedule: '0 * * * *',
    owners: [],
    tags: [],
    nextRunAfter: null,
    fileLocation: null,
    ...fields,
  };
}

export function taskFact(at: number, taskId: string, fields: Partial<TaskFact> = {}): TaskFact {
  return {
    ...times(at),
    deployment: 'd',
    dagId: 'etl',
    taskId,
    operator: 'PythonOperator',
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
    ...fields,
  };
}

export function dagEvent(at: number, fields: Partial<DagFact> = {}): FactEvent {
  return { kind: 'dag', at, fact: dagFact(at, fields) };
}

export function taskEvent(at: number, taskId: string, fields: Partial<TaskFact> = {}): FactEvent {
  return { kind: 'task', at, fact: taskFact(at, taskId, fields) };
}

const PHASES = { queued: PHASE_QUEUED, started: PHASE_STARTED, ended: PHASE_ENDED } as const;

export function runEvent(
  phase: keyof typeof PHASES,
  at: number,
  runId: string,
  fields: Partial<DagRunFact> = {},
): FactEvent {
  const state: RunState = phase === 'queued' ? 'queued' : phase === 'started' ? 'running' : 'success';
  const fact: DagRunFact = {
    ...times(at),
    deployment: 'd',
    dagId: 'etl',
    runId,
    state,
    runType: 'scheduled',
    runAfter: at,
    logicalDate: null,
    queuedAt: phase === 'queued' ? at : null,
    startedAt: phase === 'started' ? at : null,
    endedAt: phase === 'ended' ? at : null,
    newPhases: PHASES[phase],
    ...fields,
  };
  return { kind: 'dag_run', phase, at, fact };
}

export function tryEvent(
  phase: keyof typeof PHASES,
  at: number,
  runId: string,
  taskId: string,
  fields: Partial<TryFact> = {},
): FactEvent {
  const fact: TryFact = {
    ...times(at),
    deployment: 'd',
    dagId: 'etl',
    runId,
    taskId,
    mapIndex: -1,
    tryNumber: 1,
    state: phase === 'queued' ? 'queued' : phase === 'started' ? 'running' : 'success',
    runType: 'scheduled',
    scheduledAt: null,
    queuedAt: at,
    startedAt: phase === 'queued' ? null : at,
    endedAt: phase === 'ended' ? at : null,
    operator: 'PythonOperator',
    pool: 'default_pool',
    queue: null,
    owner: null,
    hostname: null,
    extra: null,
    newPhases: PHASES[phase],
    ...fields,
  };
  return { kind: 'try', phase, at, fact };
}

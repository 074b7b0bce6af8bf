/** A live state as of a large deployment, for measuring what scoring costs. */
import {
  PHASE_ENDED,
  PHASE_QUEUED,
  PHASE_STARTED,
  type DagRunFact,
  type TaskFact,
  type TryFact,
} from '../core/facts.js';
import { LiveState } from '../serving/live/live-state.js';

/** The moment up to which the state has come. */
export const NOW = 1_767_225_600;
const HOUR = 3600;

const TIMES = { knownAt: NOW, visibilityAssumed: true, deployment: 'production' } as const;

/** A live state in which so many DAGs of nine tasks each have run hourly for two days, and half of them run now. */
export function busyState(dagCount: number, tasksEach: number): LiveState {
  const state = new LiveState(0, Infinity);
  let factId = 0;
  for (let hour = -48; hour <= 0; hour++) {
    for (let dag = 0; dag < dagCount; dag++) {
      const dagId = `team_${dag % 50}.pipeline_number_${dag}`;
      const runId = `scheduled__${hour}`;
      const queuedAt = NOW + hour * HOUR - 600;
      const isOver = hour < 0 || dag % 2 === 0;
      const newPhases = PHASE_QUEUED | PHASE_STARTED | (isOver ? PHASE_ENDED : 0);
      const failed = (dag * 31 + hour * 17) % 23 === 0;
      const endedAt = isOver ? queuedAt + 300 : null;
      const common = {
        ...TIMES,
        dagId,
        runId,
        runType: 'scheduled',
        queuedAt,
        startedAt: queuedAt + 2,
        eventTime: queuedAt,
      };
      const run: DagRunFact = {
        ...common,
        factId: ++factId,
        state: isOver ? (failed ? 'failed' : 'success') : 'running',
        runAfter: queuedAt,
        logicalDate: null,
        endedAt,
        newPhases,
      };
      state.push({ kind: 'dag_run', fact: run });
      for (let task = 0; task < tasksEach; task++) {
        const fact: TryFact = {
          ...common,
          factId: ++factId,
          taskId: `transform_step_${task}`,
          mapIndex: -1,
          tryNumber: 1,
          state: isOver ? (failed && task === 1 ? 'failed' : 'success') : 'running',
          scheduledAt: queuedAt,
          endedAt,
          operator: 'PythonOperator',
          pool: `pool_${dag % 7}`,
          queue: null,
          owner: null,
          hostname: null,
          extra: null,
          newPhases,
        };
        state.push({ kind: 'try', fact });
      }
    }
    state.advance(NOW + hour * HOUR - 600);
  }
  for (let dag = 0; dag < dagCount; dag++) {
    for (let task = 0; task < tasksEach; task++)
      state.push({ kind: 'task', fact: taskFactOf(dag, task, ++factId) });
  }
  state.advance(NOW);
  return state;
}

function taskFactOf(dag: number, task: number, factId: number): TaskFact {
  return {
    ...TIMES,
    factId,
    eventTime: NOW - 1,
    dagId: `team_${dag % 50}.pipeline_number_${dag}`,
    taskId: `transform_step_${task}`,
    operator: 'PythonOperator',
    pool: `pool_${dag % 7}`,
    poolSlots: 1,
    queue: null,
    owner: null,
    retries: 1,
    retryDelaySeconds: 300,
    executionTimeoutSeconds: null,
    triggerRule: 'all_success',
    isMapped: false,
    downstreamTaskIds: [],
    isActive: true,
  };
}

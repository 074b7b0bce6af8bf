/** Which subjects exist now: a pure fold over fact events, and a reading of it. No I/O, clock or randomness. */
import type { UnixSeconds } from '../../core/facts.js';
import type { DagRunSubject, FactEvent, TrySubject } from '../../features/types.js';
import { DagState, type RunOutcome, type TaskState } from './dag-state.js';
import {
  instancesOf,
  runProgress,
  type InstanceState,
  type RunProgress,
  type RunState,
} from './run-state.js';
import { nextDue } from './schedule.js';

const DAY = 86_400;
/** Without DAG facts, a DAG is active when it ran within this many usual intervals, and at least this many days. */
const ACTIVE_INTERVALS = 10;
const ACTIVE_SECONDS = 30 * DAY;
/** Active runs of one DAG that are scored: Airflow's own default of max_active_runs. */
const MAX_RUNS = 16;
/** Mapped instances of one task in one run that are scored. */
const MAX_INSTANCES = 64;
/** A run without any news for this long is taken for lost. */
const LOST_RUN_SECONDS = 30 * DAY;
const LOST_UNDESCRIBED_RUN_SECONDS = 7 * DAY;

/** A DAG as it is now. */
export interface DagView {
  readonly deployment: string;
  readonly dagId: string;
  readonly schedule: string | null;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  /** Median time between its last scheduled runs. */
  readonly usualIntervalSeconds: number | null;
  /** When the next run is due, whether or not one is active. */
  readonly nextDueAt: UnixSeconds | null;
  /** Last finished runs, oldest first. */
  readonly outcomes: readonly RunOutcome[];
  /** Its active runs, oldest first, or else the planned one. */
  readonly runs: readonly DagRunSubject[];
  /** How far each active run has come, in the order of `runs`; empty for a planned one. */
  readonly progress: readonly RunProgress[];
  /** Tasks that the DAG has now. */
  readonly taskCount: number;
  /** When its code last changed; null where that is not known (Airflow 3 alone tells versions). */
  readonly codeChangedAt: UnixSeconds | null;
}

export interface CurrentDag extends DagView {
  /** The current or next tries of its tasks. */
  readonly tries: readonly TrySubject[];
}

export interface SubjectFold {
  observe(event: FactEvent): void;
  /** Drops what is known of a DAG, as the engine does. */
  forgetDag(deployment: string, dagId: string): void;
  /** Every active DAG, in the order of their first facts. */
  current(now: UnixSeconds): CurrentDag[];
  /** Number of DAGs remembered in each deployment. */
  knownDags(): ReadonlyMap<string, number>;
}

interface DeploymentState {
  readonly dags: Map<string, DagState>;
  hasDagFacts: boolean;
  hasForgotten: boolean;
}

function isActive(
  dag: DagState,
  { hasDagFacts, hasForgotten }: Pick<DeploymentState, 'hasDagFacts' | 'hasForgotten'>,
  now: UnixSeconds,
): boolean {
  // Of a DAG that came back after it was forgotten, only its runs tell until it is described anew.
  if (hasDagFacts && !(hasForgotten && dag.description === null))
    return dag.description?.isActive === true && !dag.description.isPaused;
  if (dag.lastRunAt === null) return false;
  const interval = dag.intervals.median() ?? 0;
  return now - dag.lastRunAt <= Math.max(ACTIVE_SECONDS, ACTIVE_INTERVALS * interval);
}

function liveRuns(dag: DagState, now: UnixSeconds): RunState[] {
  for (const run of dag.activeRuns()) {
    const patience = run.described ? LOST_RUN_SECONDS : LOST_UNDESCRIBED_RUN_SECONDS;
    if (now - run.lastEventAt > patience) dag.runs.delete(run.runId);
  }
  return dag.activeRuns().slice(-MAX_RUNS);
}

function runSubject(dag: DagState, run: RunState): DagRunSubject {
  return {
    kind: 'dag_run',
    stage: run.startedAt === null ? 'queued' : 'running',
    deployment: dag.deployment,
    dagId: dag.dagId,
    runId: run.runId,
    runType: run.runType,
    runAfter: run.runAfter,
    queuedAt: run.queuedAt,
    startedAt: run.startedAt,
  };
}

function plannedTry(
  dag: DagState,
  taskId: string,
  task: TaskState,
  run: RunState | null,
  due: UnixSeconds | null,
): TrySubject {
  return {
    kind: 'try',
    stage: 'planned',
    deployment: dag.deployment,
    dagId: dag.dagId,
    runId: run?.runId ?? null,
    taskId,
    mapIndex: task.isMapped ? 0 : -1,
    tryNumber: 1,
    runType: run === null ? dag.usualRunType : run.runType,
    operator: task.operator,
    pool: task.pool,
    queue: task.queue,
    owner: task.owner,
    extra: null,
    scheduledAt: run === null ? due : null,
    queuedAt: null,
    startedAt: null,
  };
}

/** Of the fact only what was told by the instance's stage: a backfilled fact knows the end at once. */
function currentTry(planned: TrySubject, { stage, fact }: InstanceState, task: TaskState): TrySubject {
  const { mapIndex, extra } = fact;
  if (stage === 'waiting') {
    const delay = task.retryDelaySeconds;
    const scheduledAt = fact.endedAt === null || delay === null ? null : fact.endedAt + delay;
    return { ...planned, stage: 'retrying', mapIndex, tryNumber: fact.tryNumber + 1, extra, scheduledAt };
  }
  const isRunning = stage === 'running';
  return {
    ...planned,
    stage: isRunning ? 'running' : 'queued',
    mapIndex,
    tryNumber: fact.tryNumber,
    extra,
    scheduledAt: fact.scheduledAt,
    queuedAt: fact.queuedAt,
    startedAt: isRunning ? fact.startedAt : null,
  };
}

function trySubjects(dag: DagState, runs: readonly RunState[], due: UnixSeconds | null): TrySubject[] {
  const subjects: TrySubject[] = [];
  for (const [taskId, task] of dag.tasks) {
    const before = subjects.length;
    const isCurrent = dag.isCurrent(task);
    for (const run of runs) {
      if (!run.tasks.has(taskId)) {
        if (isCurrent) subjects.push(plannedTry(dag, taskId, task, run, due));
        continue;
      }
      let taken = 0;
      for (const instance of instancesOf(run, taskId)) {
        if (instance.stage === 'done') continue;
        if (++taken > MAX_INSTANCES) break;
        subjects.push(currentTry(plannedTry(dag, taskId, task, run, due), instance, task));
      }
    }
    if (subjects.length === before && isCurrent) subjects.push(plannedTry(dag, taskId, task, null, due));
  }
  return subjects;
}

function countTasks(dag: DagState): number {
  let count = 0;
  for (const task of dag.tasks.values()) if (dag.isCurrent(task)) count++;
  return count;
}

/** Airflow's own word, unless that run exists already or is long overdue; else what the usual interval suggests. */
function dueAt(dag: DagState, interval: number | null, now: UnixSeconds): UnixSeconds | null {
  const told = dag.description?.nextRunAfter ?? null;
  const isRun = told !== null && dag.lastDue !== null && dag.lastDue >= told;
  if (told !== null && !isRun && (interval === null || now - told < interval)) return told;
  return nextDue(dag.lastDue, interval, now);
}

function currentDag(dag: DagState, now: UnixSeconds): CurrentDag {
  const interval = dag.intervals.median();
  const runs = liveRuns(dag, now);
  const due = dueAt(dag, interval, now);
  const planned: DagRunSubject = {
    kind: 'dag_run',
    stage: 'planned',
    deployment: dag.deployment,
    dagId: dag.dagId,
    runId: null,
    runType: dag.usualRunType,
    runAfter: due,
    queuedAt: null,
    startedAt: null,
  };
  return {
    deployment: dag.deployment,
    dagId: dag.dagId,
    schedule: dag.description?.schedule ?? null,
    owners: dag.description?.owners ?? [],
    tags: dag.description?.tags ?? [],
    usualIntervalSeconds: interval,
    nextDueAt: due,
    outcomes: dag.outcomes.slice(),
    runs: runs.length === 0 ? [planned] : runs.map((run) => runSubject(dag, run)),
    progress: runs.map(runProgress),
    taskCount: countTasks(dag),
    codeChangedAt: dag.codeChangedAt,
    tries: trySubjects(dag, runs, due),
  };
}

/** A fold over the fact events in their order; memory is bounded by the DAGs, their tasks and their active runs. */
export function createSubjectFold(): SubjectFold {
  const deployments = new Map<string, DeploymentState>();

  function deploymentOf(name: string): DeploymentState {
    let deployment = deployments.get(name);
    if (deployment === undefined)
      deployments.set(name, (deployment = { dags: new Map(), hasDagFacts: false, hasForgotten: false }));
    return deployment;
  }

  function dagOf(deployment: string, dagId: string): DagState {
    const { dags } = deploymentOf(deployment);
    let dag = dags.get(dagId);
    if (dag === undefined) dags.set(dagId, (dag = new DagState(deployment, dagId)));
    return dag;
  }

  return {
    observe(event) {
      const { fact } = event;
      switch (event.kind) {
        case 'try':
          dagOf(fact.deployment, event.fact.dagId).observeTry(event.phase, event.fact, event.at);
          return;
        case 'dag_run':
          dagOf(fact.deployment, event.fact.dagId).observeRun(event.phase, event.fact, event.at);
          return;
        case 'dag':
          deploymentOf(fact.deployment).hasDagFacts = true;
          dagOf(fact.deployment, event.fact.dagId).description = event.fact;
          return;
        case 'task':
          dagOf(fact.deployment, event.fact.dagId).observeTask(event.fact);
          return;
        case 'dag_version':
          dagOf(fact.deployment, event.fact.dagId).observeVersion(event.fact);
          return;
        default:
          return;
      }
    },
    forgetDag(name, dagId) {
      const deployment = deployments.get(name);
      if (deployment?.dags.delete(dagId) === true) deployment.hasForgotten = true;
    },
    current(now) {
      const current: CurrentDag[] = [];
      for (const deployment of deployments.values()) {
        for (const dag of deployment.dags.values())
          if (isActive(dag, deployment, now)) current.push(currentDag(dag, now));
      }
      return current;
    },
    knownDags: () => new Map([...deployments].map(([name, { dags }]) => [name, dags.size])),
  };
}

/** What incidents are told about: the live scores with their reasons, and the outcomes in the fact log. */
import type { DagSituation, DagTraits, IncidentKey, Situation, SituationSource } from '../alerts/index.js';
import type { Database } from '../core/database/port.js';
import { readFailures, type ExplainedFailure } from '../core/fact-log/read-failures.js';
import { readRunEnds } from '../core/fact-log/read-run-ends.js';
import { loadDagDependencies } from '../core/fact-log/read-surroundings.js';
import type { DagDependencyObservation } from '../core/surroundings.js';
import {
  mainReasons,
  mainSuggestion,
  progressOf,
  riskiestTask,
  type DagExplanation,
  type DagRisk,
  type ScoreBoard,
  type ScoreSource,
} from '../serving/index.js';

/** Runs looked at for how an incident ended: more than end while one is open, but for DAGs that run every minute. */
const RUN_ENDS = 50;
/** DAGs of an outage that are named. */
const NAMED_DAGS = 20;
/** DAGs downstream that are told, over any number of steps. */
const MOST_DOWNSTREAM = 50;

export interface SituationOptions {
  readonly scorer: ScoreSource;
  readonly database: Pick<Database, 'query'>;
  /** The risk above which a DAG is warned of, and counts as part of an outage. */
  readonly warnAt: (dag: DagTraits) => number;
  /** Where Airflow shows the log of a failure; null where that is not known. */
  readonly logUrl: (deployment: string, dagId: string, failure: ExplainedFailure) => string | null;
}

export function createSituations({ scorer, database, warnAt, logUrl }: SituationOptions): SituationSource {
  /** Read once for all incidents that are told of the same scores; new facts lead to new scores. */
  const dependencies = new WeakMap<ScoreBoard, Map<string, Promise<DagDependencyObservation[]>>>();

  function dependenciesOf(board: ScoreBoard, deployment: string): Promise<DagDependencyObservation[]> {
    const known = dependencies.get(board) ?? new Map<string, Promise<DagDependencyObservation[]>>();
    dependencies.set(board, known);
    const reading = known.get(deployment) ?? loadDagDependencies(database, deployment);
    known.set(deployment, reading);
    // One that failed is tried again by the next who asks.
    reading.catch(() => known.delete(deployment));
    return reading;
  }

  async function dagSituation(board: ScoreBoard, risk: DagRisk): Promise<DagSituation> {
    const { dag } = risk;
    const [explained, failures, waiting] = await Promise.all([
      scorer.explain(board, [risk]).then((all) => all.get(risk)),
      readFailures(database, dag, board.asOf, 1),
      dependenciesOf(board, dag.deployment),
    ]);
    const last = failures[0];
    const downstream = downstreamOf(dag.dagId, waiting);
    return {
      ...presentRisk(risk, explained),
      downstream,
      downstreamAssets: assetsOf([dag.dagId, ...downstream], waiting),
      nextDeadline: nextDeadlineOf(dag.deployment, downstream, board),
      lastFailure:
        last === undefined
          ? null
          : {
              runId: last.runId,
              taskId: last.taskId,
              failureClass: last.failureClass,
              evidence: last.evidence,
              isRecent: isRecent(last.runId, risk),
              logUrl: logUrl(dag.deployment, dag.dagId, last),
            },
    };
  }

  return {
    async situation(key: IncidentKey): Promise<Situation | null> {
      const board = scorer.board();
      if (board === null) return null;
      const ofDeployment = board.dags.filter(({ dag }) => dag.deployment === key.deployment);
      const dag = isOfDag(key) ? ofDeployment.find((risk) => risk.dag.dagId === key.subject) : undefined;
      const pool =
        key.kind === 'pool'
          ? board.pools.find((p) => p.deployment === key.deployment && p.pool === key.subject)
          : undefined;
      return {
        dag: dag === undefined ? null : await dagSituation(board, dag),
        pool:
          pool === undefined
            ? null
            : { risk: pool.risk, slots: pool.slots, occupiedSlots: pool.occupiedSlots },
        atRisk:
          key.kind === 'outage'
            ? ofDeployment
                .filter(({ dag, risk }) => risk > warnAt(dag))
                .slice(0, NAMED_DAGS)
                .map(({ dag: { dagId }, risk }) => ({ dagId, risk }))
            : [],
      };
    },
    runEnds: (deployment, dagId) => readRunEnds(database, { deployment, dagId }, RUN_ENDS),
  };
}

const isOfDag = ({ kind }: IncidentKey): boolean => kind === 'failure' || kind === 'lateness';

type Presented = Omit<DagSituation, 'downstream' | 'downstreamAssets' | 'nextDeadline' | 'lastFailure'>;

/** Of a run that goes on, or of the last that ended. */
function isRecent(runId: string, { dag: { runs, outcomes } }: DagRisk): boolean {
  return outcomes.at(-1)?.runId === runId || runs.some((run) => run.runId === runId);
}

function presentRisk(risk: DagRisk, explained: DagExplanation | undefined): Presented {
  const task = riskiestTask(risk);
  const ofTask = task === undefined ? undefined : explained?.tasks.get(task);
  const { run, timing } = risk;
  const taskReasons = ofTask === undefined ? [] : mainReasons(ofTask);
  const reasons = explained === undefined ? [] : mainReasons(explained);
  return {
    risk: risk.risk,
    usualRisk: explained?.explanation.usualRisk ?? null,
    isThin: risk.isThin,
    stage: run.stage,
    runId: run.runId,
    dueAt: run.runAfter,
    startedAt: run.startedAt,
    task: task === undefined ? null : { taskId: task.taskId, risk: task.risk },
    failedTasks: progressOf(risk)?.failedTasks ?? [],
    lateRisk: timing?.lateRisk ?? null,
    deadline: timing?.deadline ?? null,
    expectedEnd: timing?.endQuantiles ?? null,
    reasons: [...new Set([...reasons, ...taskReasons])].slice(0, 4),
    allReasons: (explained?.reasons ?? []).map(({ text, logOdds }) => ({ text, logOdds })),
    suggestion: mainSuggestion(explained, task)?.text ?? null,
  };
}

/** DAGs that wait for this one, the nearest first. Pure. */
export function downstreamOf(dagId: string, dependencies: readonly DagDependencyObservation[]): string[] {
  const next = new Map<string, string[]>();
  for (const { fromDagId, toDagId } of dependencies) {
    const known = next.get(fromDagId);
    if (known === undefined) next.set(fromDagId, [toDagId]);
    else known.push(toDagId);
  }
  const found = new Set([dagId]);
  for (const id of found) {
    for (const follower of next.get(id) ?? []) if (found.size <= MOST_DOWNSTREAM) found.add(follower);
  }
  found.delete(dagId);
  return [...found];
}

/** Assets by which a DAG of these lets others wait. Pure. */
export function assetsOf(
  dagIds: readonly string[],
  dependencies: readonly DagDependencyObservation[],
): string[] {
  const from = new Set(dagIds);
  const found = dependencies.filter(({ kind, fromDagId }) => kind === 'asset' && from.has(fromDagId));
  return [...new Set(found.map(({ via }) => via))];
}

/** The first deadline ahead of a run, of these DAGs. Pure. */
export function nextDeadlineOf(
  deployment: string,
  dagIds: readonly string[],
  { dags, asOf }: Pick<ScoreBoard, 'dags' | 'asOf'>,
): NonNullable<DagSituation['nextDeadline']> | null {
  const wanted = new Set(dagIds);
  const ahead = dags
    .filter(({ dag }) => dag.deployment === deployment && wanted.has(dag.dagId))
    .flatMap(({ dag, runTimings }) =>
      runTimings.flatMap((timing) =>
        timing?.deadline == null || timing.deadline.at <= asOf
          ? []
          : [{ dagId: dag.dagId, ...timing.deadline }],
      ),
    );
  return ahead.reduce<(typeof ahead)[number] | null>(
    (first, next) => (first === null || next.at < first.at ? next : first),
    null,
  );
}

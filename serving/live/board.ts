/** What the scorer publishes after each refresh: an immutable picture that metrics, API and pages read. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Suggestion } from '../../features/suggestions.js';
import type { PoolRisk } from '../../model/intervals/pool-fold.js';
import type { RunTiming } from '../../model/intervals/timing-fold.js';
import type { Explanation } from '../../model/types.js';
import type { DagRunSubject, Stage } from '../../features/types.js';
import type { RunProgress } from './run-state.js';
import type { DagView } from './subjects.js';

/** A task of a DAG; of several instances or runs the riskiest speaks. */
export interface TaskRisk {
  readonly taskId: string;
  /** Probability that its current or next try fails. */
  readonly risk: number;
  /** Probability that it fails for good, after all its retries; the same where no try is left. */
  readonly finalRisk: number;
  /** Tries left after the current or next one; null where nothing tells. */
  readonly triesLeft: number | null;
  /** Whether its own history is too short to say much. */
  readonly isThin: boolean;
  readonly stage: Stage;
  readonly runId: string | null;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly operator: string | null;
  readonly pool: string | null;
  /** Scored instances of it (more than 1 when mapped, or with several active runs). */
  readonly instances: number;
  /** Row among the vectors of tries that the scorer keeps for explanations; -1 when it is not kept. */
  readonly row: number;
}

/** Of a DAG whether its run fails; of several active runs the riskiest speaks. */
export interface ScoredDag {
  readonly dag: DagView;
  /** Probability that the run fails. */
  readonly risk: number;
  /** Whether its own history is too short to say much. */
  readonly isThin: boolean;
  /** Of a successful run; as the features have it, so that the page and the reasons agree. */
  readonly usualDurationSeconds: number | null;
  /** The run that the risk is of: the riskiest active one, or the planned one. */
  readonly run: DagRunSubject;
  /** Risks of `dag.runs`, in their order. */
  readonly runRisks: readonly number[];
  /** Riskiest first. */
  readonly tasks: readonly TaskRisk[];
  /** Row of the run among those vectors that the scorer keeps for explanations. */
  readonly row: number;
}

export interface DagRisk extends ScoredDag {
  /** When the run that is likeliest to be late ends, or the oldest where no deadline is known; null when nothing tells. */
  readonly timing: RunTiming | null;
  /** The same for each of `dag.runs`, in their order. */
  readonly runTimings: readonly (RunTiming | null)[];
}

export interface ModelInfo {
  readonly version: string;
  readonly trainedAt: UnixSeconds;
}

export interface ScoreBoard {
  /** Wall clock of the refresh. */
  readonly refreshedAt: UnixSeconds;
  /** The `now` that the scores are for; differs from `refreshedAt` only when history is replayed. */
  readonly asOf: UnixSeconds;
  readonly model: ModelInfo;
  /** Riskiest first, then by deployment and DAG id. */
  readonly dags: readonly DagRisk[];
  /** Pools whose slots are known. */
  readonly pools: readonly PoolRisk[];
  /** Number of scored subjects. */
  readonly subjects: number;
  /** DAGs remembered per deployment, active or not. */
  readonly knownDags: ReadonlyMap<string, number>;
  /** DAGs forgotten since the history was read: more are known than are remembered. */
  readonly forgottenDags: number;
  readonly refreshMs: number;
}

/** Why a risk is what it is. */
export interface SubjectExplanation {
  readonly explanation: Explanation;
  /** In words, the strongest first. */
  readonly reasons: readonly Reason[];
  /** How often it fails at any time: what the reasons move the risk away from. */
  readonly usual: UsualReason;
  /** What may be done; null when nothing fits. */
  readonly suggestion: Suggestion | null;
}

/** Of a DAG, with its riskiest tasks. */
export interface DagExplanation extends SubjectExplanation {
  readonly tasks: ReadonlyMap<TaskRisk, SubjectExplanation>;
}

export interface Reason {
  /** The aspect that it speaks of. */
  readonly group: string;
  readonly text: string;
  /** Change of the log-odds; positive raises the risk. */
  readonly logOdds: number;
  /** Whether it tells a fact that leans its way, rather than only what it is about. */
  readonly isTelling: boolean;
  /** Whether it tells of what a try must pass before anything else can befall it, as a slot of its pool. */
  readonly isFirstHurdle?: boolean;
}

/** Of what is usual for a subject, beside the deployment. */
export interface UsualReason extends Reason {
  /** How often it fails, without how its failures are. */
  readonly rate: string;
  /** Of what kind the latest failure was; null when no log tells. */
  readonly kind: string | null;
}

/** `starting` while history is read; `no_history` without any fact; `no_model` and `model_outdated` need `orc train`. */
export type ScorerState = 'starting' | 'no_history' | 'no_model' | 'model_outdated' | 'scored';

export interface ScorerStatus {
  readonly state: ScorerState;
  /** For people: what is missing, or how far it has come. */
  readonly detail: string;
  /** Why the latest refresh failed; null when it did not. */
  readonly lastError: string | null;
}

/** The face of the scorer towards the server. */
export interface ScoreSource {
  status(): ScorerStatus;
  /** The latest scores; kept when a refresh fails. Null before the first. */
  board(): ScoreBoard | null;
  /** Explains these DAGs of the board; cached until the next refresh. Those that cannot be explained any more are absent. */
  explain(board: ScoreBoard, dags: readonly DagRisk[]): Promise<ReadonlyMap<DagRisk, DagExplanation>>;
}

/** The task that most endangers the run: while one goes on, among what is still to come in it. Undefined without tasks. */
export function riskiestTask(dag: DagRisk): TaskRisk | undefined {
  const isUnderWay = activeRuns(dag) > 0;
  return (isUnderWay ? dag.tasks.find(({ runId }) => runId !== null) : undefined) ?? dag.tasks[0];
}

/** What interfaces call it. */
export function evidenceOf({ isThin }: { readonly isThin: boolean }): 'enough' | 'thin' {
  return isThin ? 'thin' : 'enough';
}

/** Number of runs that are going on; 0 when the next one is only planned. */
export function activeRuns(dag: DagRisk): number {
  return dag.dag.runs.filter((run) => run.runId !== null).length;
}

/** How far the run that the risk is of has come; null when it is only planned. */
export function progressOf(dag: DagRisk): RunProgress | null {
  return dag.dag.progress[dag.dag.runs.indexOf(dag.run)] ?? null;
}

/** An order of text that no locale changes. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

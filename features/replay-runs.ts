/** Vectors of DAG runs, taken along while the tries are replayed. */
import type { UnixSeconds } from '../core/facts.js';
import { compareSubjects, DecisionQueue } from './decision-queue.js';
import type { Engine } from './engine.js';
import type { OlderSample } from './older-sample.js';
import { runKey } from './row-keys.js';
import type { DagRunSubject } from './types.js';
import {
  STAGE_QUEUED,
  STAGE_RUNNING,
  type ReplayedVectors,
  type RowSubject,
  type VectorStore,
} from './vector-store.js';
import type { RunState } from './entities.js';
import { isFinalKind } from './trouble-kind.js';

/** Ids of a run. */
interface RunId {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
}

interface RunDecision {
  readonly row: RowSubject;
  readonly subject: DagRunSubject;
}

/** Rows of a run whose outcome is not known yet. */
interface OpenRun {
  readonly id: RunId;
  readonly serials: number[];
}

/** What of a fact makes a run subject. */
interface RunSource extends RunId {
  readonly runType: string | null;
  readonly runAfter?: UnixSeconds | null;
  readonly queuedAt: UnixSeconds | null;
  readonly startedAt: UnixSeconds | null;
}

/** A running run is described so long after one of its tries ended, so that the end itself is visible. */
const AFTER_END_SECONDS = 1;
/** After a failure sooner: Airflow fails a run within a second of its last task, and what was known between is worth learning from. */
const AFTER_FAILURE_SECONDS = 0.01;

export class RunRecorder {
  private readonly decisions = new DecisionQueue<RunDecision>((a, b) => compareSubjects(a.row, b.row));
  private readonly open = new Map<string, OpenRun>();
  private lastPlanned: RunId | null = null;

  /**
   * @param onSettled told the outcome of each described run, by its {@link runKey}; null when it has none.
   * @param older which runs to describe; all unless given.
   */
  constructor(
    private readonly store: VectorStore,
    private readonly onSettled: (key: string, label: 0 | 1 | null, knownAt: UnixSeconds) => void,
    private readonly older: OlderSample | null = null,
  ) {}

  get nextAt(): UnixSeconds {
    return this.decisions.nextAt;
  }

  /** Plans a description of a run as it is queued. */
  planQueued(source: RunSource, at: UnixSeconds): void {
    this.plan(source, 'queued', source.queuedAt ?? source.startedAt, null, at);
  }

  /** Plans one for the run of a try, in case no fact of its own tells of the run. */
  planDerived(source: RunSource, at: UnixSeconds, engine: Engine): void {
    const last = this.lastPlanned;
    if (last?.runId === source.runId && last.dagId === source.dagId && last.deployment === source.deployment)
      return;
    this.lastPlanned = source;
    if (engine.findRun(source.deployment, source.dagId, source.runId) === null) this.planQueued(source, at);
  }

  /**
   * Plans one of a running run after the end of a try: of failures the first, second, fourth and so on; of all ends likewise, every
   * other one of them by a hash.
   */
  planRunning(run: RunState | null, failed: boolean, at: UnixSeconds): void {
    if (run === null || run.closed) return;
    const isWanted = failed
      ? isPowerOfTwo(run.failed)
      : isPowerOfTwo(run.ended) && chosen(run.runId, run.ended);
    if (!isWanted) return;
    const source = {
      deployment: run.dag.deployment.deployment,
      dagId: run.dag.dagId,
      runId: run.runId,
      runType: run.runType,
      runAfter: known(run.runAfter),
    };
    const startedAt = known(run.startedAt);
    const queuedAt = known(run.queuedAt);
    const after = failed ? AFTER_FAILURE_SECONDS : AFTER_END_SECONDS;
    this.plan({ ...source, queuedAt, startedAt }, 'running', queuedAt, startedAt, at + after);
  }

  /** Takes the decisions of the next moment. */
  describeDue(engine: Engine): void {
    const at = this.decisions.nextAt;
    for (const decision of this.decisions.pop()) {
      const { subject, row } = decision;
      const key = runKey(row);
      const run = engine.findRun(row.deployment, row.dagId, row.runId);
      const isQueued = subject.stage === 'queued';
      let open = this.open.get(key);
      if (isQueued ? open !== undefined || run !== null : open === undefined || !isUnderWay(run)) continue;
      const offset = this.store.reserve();
      engine.dagRunVector(subject, at, this.store.buffer, offset);
      const serial = this.store.append(row, isQueued ? STAGE_QUEUED : STAGE_RUNNING, at, null, Infinity);
      if (open === undefined) {
        open = { id: row, serials: [] };
        this.open.set(key, open);
      }
      open.serials.push(serial);
    }
  }

  /** The outcome of a run that Airflow told; a derived one may still change. */
  onClosed(run: RunState, failed: boolean, at: UnixSeconds): void {
    if (run.described) this.settle(runKey(idOf(run)), failed ? 1 : 0, at);
  }

  onForgotten(run: RunState): void {
    this.settleDerived(runKey(idOf(run)), run);
  }

  finish(engine: Engine): ReplayedVectors {
    for (const [key, { id }] of this.open)
      this.settleDerived(key, engine.findRun(id.deployment, id.dagId, id.runId));
    return this.store.finish();
  }

  private plan(
    source: RunSource,
    stage: 'queued' | 'running',
    queuedAt: UnixSeconds | null,
    startedAt: UnixSeconds | null,
    at: UnixSeconds,
  ): void {
    if (this.older?.wantsRun(source, at) === false) return;
    const { deployment, dagId, runId, runType } = source;
    this.decisions.add(at, {
      row: { deployment, dagId, runId, taskId: '', mapIndex: -1, tryNumber: 0 },
      subject: {
        kind: 'dag_run',
        stage,
        deployment,
        dagId,
        runId,
        runType,
        runAfter: source.runAfter ?? null,
        queuedAt,
        startedAt,
      },
    });
  }

  /** The last word on a run of which no fact of its own told the end. */
  private settleDerived(key: string, run: RunState | null): void {
    const hasOutcome = run !== null && !run.described && run.hasOutcome && run.open === 0;
    this.settle(key, hasOutcome ? (run.failingInstances > 0 ? 1 : 0) : null, run?.lastEndedAt ?? NaN);
  }

  private settle(key: string, label: 0 | 1 | null, knownAt: UnixSeconds): void {
    const open = this.open.get(key);
    if (open === undefined) return;
    this.open.delete(key);
    this.onSettled(key, label, knownAt);
    for (const serial of open.serials) this.store.settle(serial, label, knownAt);
  }
}

/** A run of which only tries tell is under way while one of them is open or a retry is due; what failed for good may have ended it. */
function isUnderWay(run: RunState | null): boolean {
  if (run === null || run.closed) return false;
  return run.described || run.open > 0 || awaitsRetry(run);
}

function awaitsRetry({ failing }: RunState): boolean {
  for (const { kind } of failing?.values() ?? []) if (!isFinalKind(kind)) return true;
  return false;
}

function idOf(run: RunState): RunId {
  return { deployment: run.dag.deployment.deployment, dagId: run.dag.dagId, runId: run.runId };
}

function known(at: number): UnixSeconds | null {
  return Number.isNaN(at) ? null : at;
}

function isPowerOfTwo(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}

/** A coin toss that is the same in every replay (FNV-1a). */
function chosen(runId: string, count: number): boolean {
  let hash = 0x811c9dc5 ^ count;
  for (let i = 0; i < runId.length; i++) hash = Math.imul(hash ^ runId.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) & 1) === 0;
}

/** The forecasts that are kept of runs until they end: when they are taken, and what is learnt from them. */
import type { UnixSeconds } from '../../core/facts.js';
import { Checkpoints } from './checkpoints.js';
import type { DagTimes } from './dag-times.js';
import type { Decision } from './decision.js';
import type { DeploymentTimes } from './deployment-times.js';
import type { Forecasts } from './forecasts.js';
import { learnRun } from './learn-run.js';
import type { PoolFold } from './pool-fold.js';
import type { RunTimes } from './run-times.js';
import { hashOf } from './sampling.js';

/** The thresholds learn from the first runs of a DAG, then from one in so many seconds: things change by the hour, not by the run. */
const WATCHED_RUNS = 20;
const WATCHED_EVERY_SECONDS = 6 * 3600;
/** A running run is looked at once, at a moment up to so many times its expected duration. */
const CHECKPOINT_SPAN = 1.3;

/** Told of every forecast that is kept until its run ends, and then of the end. */
export interface DecisionListener {
  decided(decision: Decision): void;
  /** The run that these decisions were of has ended. */
  ended(decisions: readonly Decision[], endedAt: UnixSeconds, failed: boolean): void;
}

interface OpenRun {
  readonly deployment: DeploymentTimes;
  readonly dag: DagTimes;
  readonly run: RunTimes;
  readonly decisions: Decision[];
  /** Whether the thresholds learn from it. */
  readonly isWatched: boolean;
}

/** What to do at a moment to come: look at a run again, or note that it has passed a threshold. */
interface Checkpoint {
  readonly open: OpenRun;
  readonly passing: Decision | null;
}

/** Of a run of which only tries tell, nobody knows whether it is over while none of them is under way. */
function isKnownToGoOn(run: RunTimes): boolean {
  return run.described || run.open > 0;
}

/** State of the runs under way, and of those that have just ended. */
export class RunWatch {
  private readonly checkpoints = new Checkpoints<Checkpoint>();
  private readonly open = new Map<RunTimes, OpenRun>();
  /** Runs that have ended at the last moment: the ends of their tries may still come with it. */
  private closing: OpenRun[] = [];
  private closedAt = -Infinity;

  constructor(
    private readonly forecasts: Forecasts,
    private readonly pools: PoolFold,
    private readonly listener: DecisionListener | undefined,
  ) {}

  /** A run that has just been created, and is not yet among those of its DAG: takes its first forecasts. */
  begin(
    deployment: DeploymentTimes,
    dag: DagTimes,
    run: RunTimes,
    { isDueKnown, at }: { readonly isDueKnown: boolean; readonly at: UnixSeconds },
  ): void {
    const isDue = dag.runCount < WATCHED_RUNS || at - dag.watchedAt >= WATCHED_EVERY_SECONDS;
    const isWatched = run.isWhole && isDue;
    if (isWatched) dag.watchedAt = at;
    const open: OpenRun = { deployment, dag, run, decisions: [], isWatched };
    this.open.set(run, open);
    if (!isWatched && (!run.isWhole || this.listener === undefined)) return;
    if (isDueKnown)
      this.keep(open, this.forecasts.decide(deployment, dag, null, 'planned', run.dueAt, run.dueAt));
    const queued = this.forecasts.decide(deployment, dag, run, 'queued', run.dueAt, at);
    this.keep(open, queued);
    const share = (hashOf(`${dag.dagId}\0${run.runId}`) % 997) / 997;
    const expected = Math.max(0, queued.quantiles[1] - at);
    this.checkpoints.add(at + share * CHECKPOINT_SPAN * expected, { open, passing: null });
  }

  /** A run has ended; it is learnt from once everything of that moment is known. */
  end(run: RunTimes, at: UnixSeconds): void {
    const open = this.open.get(run);
    this.open.delete(run);
    if (open === undefined) return;
    this.closing.push(open);
    this.closedAt = at;
  }

  /** Nothing is to be learnt from this run. */
  drop(run: RunTimes): void {
    this.open.delete(run);
  }

  /** Learns from the runs of a DAG that have just ended, as nothing more will be told of it. */
  settle(dag: DagTimes): void {
    const ended = this.closing.filter((open) => open.dag === dag);
    if (ended.length === 0) return;
    this.closing = this.closing.filter((open) => open.dag !== dag);
    for (const open of ended) this.learn(open);
  }

  /** A run that has ended at this very moment. */
  closingRun(dag: DagTimes, runId: string): RunTimes | undefined {
    return this.closing.find((open) => open.dag === dag && open.run.runId === runId)?.run;
  }

  /** All that is visible before `at` has been observed: runs that have ended are learnt from, checkpoints are taken. */
  passTime(at: UnixSeconds): void {
    if (this.closing.length > 0 && at > this.closedAt) {
      const closing = this.closing;
      this.closing = [];
      for (const open of closing) this.learn(open);
    }
    for (;;) {
      const due = this.checkpoints.popUntil(at);
      if (due === null) break;
      const { open, passing } = due.item;
      if (open.dag.runs.get(open.run.runId) !== open.run) continue;
      if (passing === null) {
        if (isKnownToGoOn(open.run)) this.look(open, due.at);
      } else {
        passing.pass();
        this.checkpoints.add(passing.nextPassingAt, due.item);
      }
    }
  }

  private learn({ deployment, dag, run, decisions, isWatched }: OpenRun): void {
    this.pools.leave(run, dag.deployment, this.closedAt);
    if (isWatched) for (const decision of decisions) decision.learn(run.endedAt, run.failed);
    this.listener?.ended(decisions, run.endedAt, run.failed);
    learnRun(deployment, dag, run);
  }

  private look(open: OpenRun, at: UnixSeconds): void {
    const { deployment, dag, run } = open;
    this.keep(open, this.forecasts.decide(deployment, dag, run, 'running', run.dueAt, at));
  }

  private keep(open: OpenRun, decision: Decision): void {
    open.decisions.push(decision);
    if (open.isWatched) this.checkpoints.add(decision.nextPassingAt, { open, passing: decision });
    this.listener?.decided(decision);
  }
}

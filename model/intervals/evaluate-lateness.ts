/** How honest forecasts of end times, lateness and full pools would have been on a history: each is made before its outcome. */
import type { DeadlineConfig } from '../../core/config/deadlines.js';
import type { AnyFact } from '../../core/fact-log/decode-facts.js';
import type { UnixSeconds } from '../../core/facts.js';
import { DagRoster } from '../../features/dag-roster.js';
import { EventQueue } from '../../features/expand.js';
import { NaiveTimes } from './naive-times.js';
import { summarisePools, type PoolReport } from './report-pools.js';
import { StageScores, type StageReport } from './report-stage.js';
import { TimingFold } from './timing-fold.js';

export interface EvaluateLatenessOptions {
  /** Forecasts made before are not counted; all are unless given. */
  readonly testFrom?: UnixSeconds;
  readonly deadlines?: readonly DeadlineConfig[];
  /** How long after it happened a fact of assumed visibility counts as visible; 0 unless given. */
  readonly lagSeconds?: number;
  /** How far ahead pools are looked at; an hour unless given. */
  readonly poolHorizonSeconds?: number;
  /** Most DAGs remembered; as many as by the feature engine unless given. */
  readonly maxDags?: number;
  readonly signal?: AbortSignal;
}

export interface LatenessReport {
  /** Finished runs of which a forecast is counted. */
  readonly runs: number;
  readonly stages: Readonly<Record<'planned' | 'queued' | 'running', StageReport>>;
  readonly pools: PoolReport;
  readonly seconds: number;
}

/**
 * Replays facts in the order in which the log is read (`readFacts`) and scores every forecast against the end of its run: as
 * planned (when it was due), as queued (when it was created), and once at a random moment while it ran.
 *
 * @throws the reason of the signal when it aborts.
 */
export async function evaluateLateness(
  rows: AsyncIterable<readonly AnyFact[]> | Iterable<readonly AnyFact[]>,
  options: EvaluateLatenessOptions = {},
): Promise<LatenessReport> {
  const started = performance.now();
  const testFrom = options.testFrom ?? -Infinity;
  const naive = new NaiveTimes();
  const stages = { planned: new StageScores(), queued: new StageScores(), running: new StageScores() };
  let runs = 0;
  const fold = new TimingFold({
    ...(options.deadlines === undefined ? {} : { deadlines: options.deadlines }),
    ...(options.poolHorizonSeconds === undefined ? {} : { poolHorizonSeconds: options.poolHorizonSeconds }),
    listener: {
      decided(decision) {
        naive.decided(decision);
      },
      ended(decisions, endedAt, failed) {
        const counted = decisions.filter(({ key }) => key.decidedAt >= testFrom);
        if (counted.length > 0) runs++;
        for (const decision of counted) {
          const baseline = naive.of(decision);
          if (baseline !== undefined) stages[decision.key.stage].add(decision, baseline, endedAt, failed);
        }
        naive.ended(decisions, endedAt, failed);
      },
    },
  });
  const pools = summarisePools(fold.pools, testFrom);
  const roster = new DagRoster((deployment, dagId) => {
    fold.forgetDag(deployment, dagId);
    naive.forgetDag(deployment, dagId);
  }, options.maxDags);
  const queue = new EventQueue(options.lagSeconds ?? 0);
  const advance = (until: UnixSeconds): void => {
    for (let event = queue.popBefore(until); event !== undefined; event = queue.popBefore(until)) {
      roster.observe(event);
      fold.observe(event);
    }
  };
  for await (const batch of rows) {
    options.signal?.throwIfAborted();
    let visibleAt = NaN;
    for (const row of batch) {
      const at = queue.push(row);
      if (!Number.isNaN(at)) visibleAt = at;
    }
    if (!Number.isNaN(visibleAt)) advance(visibleAt);
  }
  advance(Infinity);
  return {
    runs,
    stages: {
      planned: stages.planned.report(),
      queued: stages.queued.report(),
      running: stages.running.report(),
    },
    pools: pools(),
    seconds: (performance.now() - started) / 1000,
  };
}

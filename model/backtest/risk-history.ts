/** The risks that DAG runs of the past had, and how the runs ended: what warnings are replayed on. */
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { ProgressListener } from '../../core/progress.js';
import { runInWorker } from '../training/run-in-worker.js';
import { testDagRuns } from './dag-run-test.js';
import { replayAll } from './replay-all.js';
import type { RiskMoment, TestedRun } from './run-history.js';

export interface RiskHistory {
  readonly runs: readonly TestedRun[];
  /** In any order, before `from` too. */
  readonly moments: readonly RiskMoment[];
  /** From then on each run has its risks at every stage, by a model that had not seen it. */
  readonly from: UnixSeconds;
  readonly until: UnixSeconds;
}

export interface ReplayedRiskOptions {
  readonly database: Database;
  /** Share of the tries that trains; the risks are of the rest. */
  readonly trainFraction: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/**
 * Trains on the first part of the history and works out the risks of the rest, as `orc backtest` does.
 * @throws AppError `too_little_history` when no labelled try has ended.
 */
export async function replayedRiskHistory(options: ReplayedRiskOptions): Promise<RiskHistory> {
  const { signal, onProgress, seed } = options;
  const { tries, dagRuns, stages, earlierStages } = await replayAll(options);
  if (tries.rows === 0) {
    throw new AppError('too_little_history', 'There is no history to replay: no try has ended yet.', {
      fix: 'Collect or import some first: orc collect, orc import FILE.',
    });
  }
  const splitAt = tries.decidedAt[Math.floor(options.trainFraction * tries.rows)]!;
  const test = await testDagRuns({
    ...{ tries, dagRuns, planned: stages.dagRuns, earlierPlanned: earlierStages.dagRuns, splitAt, seed },
    rule: { kind: 'default' },
    replayDays: 1,
    run: (job) => runInWorker(job, { onProgress, signal }),
  });
  return {
    runs: test.runs,
    moments: [...test.earlier, ...test.moments],
    from: splitAt,
    until: test.until,
  };
}

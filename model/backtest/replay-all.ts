/** The history as vectors: what a backtest trains and tests on. */
import type { Database } from '../../core/database/port.js';
import { counts, decisionQuantile, readFacts } from '../../core/fact-log/read.js';
import type { ProgressListener } from '../../core/progress.js';
import { replayTries } from '../../features/replay.js';
import { firstRowAt, sliceRows } from '../../features/slice-rows.js';
import type { StageSample } from '../../features/stage-sample.js';
import type { ReplayedVectors } from '../../features/vector-store.js';

export interface ReplayAllOptions {
  readonly database: Database;
  /** Share of the tries that trains, by decision time. */
  readonly trainFraction: number;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/** Tries that are described at each stage other than `queued`. */
const STAGE_TRIES = 30_000;

/** Vectors of all tries and DAG runs. The engine, which holds the state of every key, is let go. */
export async function replayAll(
  options: ReplayAllOptions,
): Promise<{ tries: ReplayedVectors; dagRuns: ReplayedVectors; stages: StageSample }> {
  const { database, signal, onProgress, trainFraction } = options;
  const known = await counts(database);
  const from = (await decisionQuantile(database, trainFraction)) ?? Infinity;
  const { tries, dagRuns, stages } = await replayTries(readFacts(database), {
    signal,
    onProgress,
    totalFacts: known.tries + known.dagRuns + known.dags + known.tasks + known.pools,
    // Every tested try is to be scored, so none may be thinned out.
    maxTryRows: known.tries + 1,
    stages: { from, tryShare: STAGE_TRIES / ((1 - trainFraction) * known.tries) },
  });
  const splitAt = tries.decidedAt[Math.floor(trainFraction * tries.rows)] ?? Infinity;
  const tested = (vectors: ReplayedVectors): ReplayedVectors =>
    sliceRows(vectors, firstRowAt(vectors, splitAt), vectors.rows);
  const { finalFailures } = stages!;
  return {
    tries,
    dagRuns,
    stages: { tries: tested(stages!.tries), dagRuns: tested(stages!.dagRuns), finalFailures },
  };
}

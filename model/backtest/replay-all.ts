/** The history as vectors: what a backtest trains and tests on. */
import type { Database } from '../../core/database/port.js';
import { counts, decisionQuantile, readFacts, totalOf } from '../../core/fact-log/read.js';
import type { ProgressListener } from '../../core/progress.js';
import { releaseMemory } from '../../core/release-memory.js';
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

type StageVectors = Pick<StageSample, 'tries' | 'dagRuns'>;

export interface ReplayedHistory {
  readonly tries: ReplayedVectors;
  readonly dagRuns: ReplayedVectors;
  /** Of the tested part. */
  readonly stages: StageSample;
  /** Of the training part. */
  readonly earlierStages: StageVectors;
  /** DAGs that were forgotten on the way. */
  readonly forgottenDags: number;
}

/** Vectors of all tries and DAG runs. The engine, which holds the state of every key, is let go, and its memory given back. */
export async function replayAll(options: ReplayAllOptions): Promise<ReplayedHistory> {
  const replayed = await replayLog(options);
  releaseMemory();
  return replayed;
}

async function replayLog(options: ReplayAllOptions): Promise<ReplayedHistory> {
  const { database, signal, onProgress, trainFraction } = options;
  const known = await counts(database);
  const from = (await decisionQuantile(database, trainFraction)) ?? Infinity;
  const { tries, dagRuns, stages, engine } = await replayTries(readFacts(database), {
    signal,
    onProgress,
    totalFacts: totalOf(known),
    // Every tested try is to be scored, so none may be thinned out.
    maxTryRows: known.tries + 1,
    stages: {
      from: -Infinity,
      laterFrom: from,
      outlookFrom: from,
      tryShare: STAGE_TRIES / ((1 - trainFraction) * known.tries),
    },
  });
  const splitAt = tries.decidedAt[Math.floor(trainFraction * tries.rows)] ?? Infinity;
  const part = (isTested: boolean): StageVectors => {
    const cut = (vectors: ReplayedVectors): ReplayedVectors => {
      const at = firstRowAt(vectors, splitAt);
      return sliceRows(vectors, isTested ? at : 0, isTested ? vectors.rows : at);
    };
    return { tries: cut(stages!.tries), dagRuns: cut(stages!.dagRuns) };
  };
  const { finalFailures } = stages!;
  return {
    ...{ tries, dagRuns, stages: { ...part(true), finalFailures }, earlierStages: part(false) },
    forgottenDags: engine.forgottenDags,
  };
}

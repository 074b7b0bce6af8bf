/** The fact log as vectors to learn from. */
import type { Database } from '../../core/database/port.js';
import { counts, readFacts, totalOf } from '../../core/fact-log/read.js';
import type { ProgressListener } from '../../core/progress.js';
import { releaseMemory } from '../../core/release-memory.js';
import type { OlderSampleOptions } from '../../features/older-sample.js';
import { replayTries } from '../../features/replay.js';
import type { StageSample } from '../../features/stage-sample.js';
import type { ReplayedVectors } from '../../features/vector-store.js';

export interface DescribeHistoryOptions {
  readonly database: Database;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  /** How long after it happened an imported fact counts as visible; 0 unless given. */
  readonly lagSeconds?: number;
  /** Of what was decided earlier, describes a sample; everything where null. */
  readonly older: OlderSampleOptions | null;
}

export interface DescribedHistory {
  readonly tries: ReplayedVectors;
  readonly dagRuns: ReplayedVectors;
  /** A sample of subjects at stages other than `queued`. */
  readonly stages: StageSample;
  /** DAGs that were forgotten on the way. */
  readonly forgottenDags: number;
}

/** Tries described at each stage by which risks are calibrated: of more than so many, a share, and the same share of the DAG runs. */
const STAGE_TRIES = 50_000;

/** Describes the log. The engine, which holds the state of every key, is let go, and its memory given back before the fits need theirs. */
export async function describeHistory(options: DescribeHistoryOptions): Promise<DescribedHistory> {
  const described = await replayLog(options);
  releaseMemory();
  return described;
}

async function replayLog(options: DescribeHistoryOptions): Promise<DescribedHistory> {
  const { database, signal, onProgress, older } = options;
  const known = await counts(database);
  const stageShare = STAGE_TRIES / Math.max(STAGE_TRIES, known.tries);
  const lag = options.lagSeconds === undefined ? {} : { lagSeconds: options.lagSeconds };
  const { tries, dagRuns, stages, engine } = await replayTries(readFacts(database, lag), {
    signal,
    onProgress,
    ...(older === null ? {} : { older }),
    stages: { from: older?.before ?? -Infinity, tryShare: stageShare, runShare: stageShare },
    totalFacts: totalOf(known),
    ...lag,
  });
  return { tries, dagRuns, stages: stages!, forgottenDags: engine.forgottenDags };
}

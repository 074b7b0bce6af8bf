/** Whether a new version takes the place of the one in use. */
import type { Database } from '../../core/database/port.js';
import type { ProgressListener } from '../../core/progress.js';
import { runKey } from '../../features/row-keys.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { COMPARED_FAILURES, COMPARED_ROWS, judgeChallenger, type Judgement } from '../quality/comparison.js';
import { savedModels } from '../registry/loaded-model.js';
import type { ModelVersion } from '../registry/model-version.js';
import { servingProblem } from '../registry/servable.js';
import type { SubjectKind } from '../types.js';
import { runInWorker } from './run-in-worker.js';

export interface JudgeOptions {
  readonly database: Database;
  readonly champion: ModelVersion | null;
  readonly challenger: ModelVersion;
  /** What the challenger was trained on. */
  readonly tries: ReplayedVectors;
  readonly dagRuns: ReplayedVectors;
  readonly seed: number;
  /** Whether the challenger went on from the weights of the champion. */
  readonly isWarm: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/** Without enough fresh outcomes, a challenger that learnt from so many times the tries takes over all the same. */
const MUCH_MORE = 2;
/** Rows compared at most: the bootstrap takes about 1 s per 10,000. */
const MAX_ROWS = 30_000;

/**
 * Compares on the newest outcomes since the champion learnt. The challenger learnt from these too, so it is a network fitted
 * in the same way (from scratch, or going on from the champion) on what was known before them that stands for it; the later half of the fresh rows is compared, so that
 * this network has learnt more than the champion. Both score as they would have live, following outcomes.
 */
export async function judgeVersion(options: JudgeOptions): Promise<Judgement> {
  const { database, champion, challenger, tries, dagRuns } = options;
  if (champion === null) return yes('the first model');
  if (champion.version === challenger.version) return yes('the same model as the one in use');
  if (champion.featureSetHash !== challenger.featureSetHash)
    return yes('the champion reads the features of another version of ORC');
  const problem = await servingProblem(database, champion.version);
  if (problem !== null) return yes(`the champion cannot serve: ${problem}`);
  const { learnt_until: learntUntil } = champion.parameters;
  const from = { try: sliceStart(tries, learntUntil), dag_run: sliceStart(dagRuns, learntUntil) };
  if (from.try === null) {
    const found = countSince(tries, learntUntil);
    const few = `${found.rows} tries with ${found.failures} failures ended since the champion learnt, ${COMPARED_ROWS} with ${COMPARED_FAILURES} are needed to compare`;
    const learnt = `it learnt from ${challenger.trainingRows} tries, the champion from ${champion.trainingRows}`;
    const isMuchMore = challenger.trainingRows >= MUCH_MORE * champion.trainingRows;
    return { isPromoted: isMuchMore, reason: `${few}; ${learnt}` };
  }
  const saved = await savedModels(database, champion.version);
  const judge = async (kind: SubjectKind, vectors: ReplayedVectors, start: number): Promise<Judgement> =>
    judgeChallenger(
      await runInWorker(
        {
          job: 'compare',
          vectors,
          from: start,
          runs: runNumbers(vectors),
          champion: { saved: saved[kind], learntUntil },
          challenger: options.isWarm ? 'fit_warm' : 'fit',
          seed: options.seed,
        },
        options,
      ),
    );
  const ofTries = await judge('try', tries, from.try);
  if (from.dag_run === null) return { ...ofTries, reason: `tries: ${ofTries.reason}` };
  const ofRuns = await judge('dag_run', dagRuns, from.dag_run);
  return {
    isPromoted: ofTries.isPromoted && ofRuns.isPromoted,
    reason: `tries: ${ofTries.reason}. DAG runs: ${ofRuns.reason}`,
  };
}

const yes = (reason: string): Judgement => ({ isPromoted: true, reason });

/**
 * First row of the slice to compare on: the later half of the rows decided after a time, or more of them where that half is
 * too small; null where all of them are too few.
 */
export function sliceStart(
  vectors: Pick<ReplayedVectors, 'rows' | 'labels' | 'decidedAt'>,
  after: number,
): number | null {
  const { rows, labels, decidedAt } = vectors;
  let fresh = rows;
  while (fresh > 0 && decidedAt[fresh - 1]! > after) fresh--;
  const half = Math.max(fresh + Math.floor((rows - fresh) / 2), rows - MAX_ROWS);
  let failures = 0;
  let start = rows;
  while (start > fresh) {
    const isEnough = rows - start >= COMPARED_ROWS && failures >= COMPARED_FAILURES;
    if (isEnough && start <= half) break;
    start--;
    failures += labels[start]!;
  }
  return rows - start >= COMPARED_ROWS && failures >= COMPARED_FAILURES ? start : null;
}

function countSince(vectors: ReplayedVectors, after: number): { rows: number; failures: number } {
  let rows = 0;
  let failures = 0;
  for (let row = vectors.rows - 1; row >= 0 && vectors.decidedAt[row]! > after; row--) {
    rows++;
    failures += vectors.labels[row]!;
  }
  return { rows, failures };
}

/** The DAG run of each row, as a number from 0. */
export function runNumbers(vectors: Pick<ReplayedVectors, 'rows' | 'subject'>): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from({ length: vectors.rows }, (_, row) => {
    const key = runKey(vectors.subject(row));
    let number = numbers.get(key);
    if (number === undefined) numbers.set(key, (number = numbers.size));
    return number;
  });
}

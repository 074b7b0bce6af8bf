/** An honest evaluation on history, exactly as the contract describes `orc backtest`. Nothing is stored. */
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { counts, readFacts } from '../../core/fact-log/read.js';
import type { Logger } from '../../core/logger.js';
import type { ProgressListener } from '../../core/progress.js';
import { featureSetHash } from '../../features/registry.js';
import { replayTries } from '../../features/replay.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import type { BacktestJob } from '../training/jobs.js';
import { runInWorker } from '../training/run-in-worker.js';
import { reportSubset } from './report.js';
import type { BacktestReport } from './report.js';
import { writePredictions } from './write-predictions.js';
import type { Prediction } from './write-predictions.js';

export interface RunBacktestOptions {
  readonly database: Database;
  /** Share of the tries that trains, by decision time; the later rest tests. */
  readonly trainFraction: number;
  /** Where to write one CSV row per tested try, or null. */
  readonly predictionsPath: string | null;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  readonly logger: Logger;
}

/** @throws AppError `too_little_history` when no labelled try has ended, `cancelled` on abort. */
export async function runBacktest(options: RunBacktestOptions): Promise<BacktestReport> {
  const { signal, onProgress, logger, seed } = options;
  const started = performance.now();
  const tries = await replayAll(options);
  const featureSeconds = (performance.now() - started) / 1000;
  if (tries.rows === 0) {
    throw new AppError('too_little_history', 'There is no history to test on: no try has ended yet.', {
      fix: 'Collect or import some first: orc collect, orc import FILE.',
    });
  }
  const trainRows = Math.floor(options.trainFraction * tries.rows);
  const part = { rows: trainRows, knownBefore: tries.decidedAt[trainRows]! };
  const job = { job: 'backtest', vectors: tries, part, seed } as const satisfies Partial<BacktestJob>;
  const [network, logistic] = await Promise.all([
    runInWorker({ ...job, predictor: 'network' }, { onProgress, signal }),
    runInWorker({ ...job, predictor: 'logistic_regression' }, { onProgress: () => undefined, signal }),
  ]);
  if (network.reason !== null) logger.warn({ reason: network.reason }, 'the historical rate answers');
  const labels = tries.labels.subarray(trainRows);
  const afterSuccess = tries.afterSuccess.subarray(trainRows);
  const predictions = {
    model: network.probabilities,
    historical_rate: Float64Array.from(tries.historicalRate.subarray(trainRows)),
    last_outcome: Float64Array.from(tries.lastOutcome.subarray(trainRows), (last) => (last === 1 ? 1 : 0)),
    logistic_regression: logistic.probabilities,
  };
  if (options.predictionsPath !== null) {
    await writePredictions(options.predictionsPath, predictionRows(tries, trainRows, network.probabilities));
  }
  const tested = { labels, predictions, runs: numberRuns(tries, trainRows), seed };
  return {
    model_version: `backtest-${featureSetHash().slice(0, 8)}-${seed}`,
    rows: { train: trainRows, test: tries.rows - trainRows },
    subsets: {
      all: reportSubset(tested, () => true),
      onset: reportSubset(tested, (row) => afterSuccess[row] === 1),
    },
    seconds: { features: featureSeconds, train: network.trainSeconds, score: network.scoreSeconds },
    parameters: { ...network.summary!, reason: network.reason },
  };
}

/** Vectors of all tries. The engine, which holds the state of every key, is let go. */
async function replayAll(options: RunBacktestOptions): Promise<ReplayedVectors> {
  const { database, signal, onProgress } = options;
  const known = await counts(database);
  const { tries } = await replayTries(readFacts(database), {
    signal,
    onProgress,
    totalFacts: known.tries + known.dagRuns + known.dags + known.tasks + known.pools,
    // Every tested try is to be scored, so none may be thinned out.
    maxTryRows: known.tries + 1,
  });
  return tries;
}

/** The DAG runs of the rows from `from` on, numbered as they come. */
function numberRuns(tries: ReplayedVectors, from: number): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from({ length: tries.rows - from }, (_, row) => {
    const { deployment, dagId, runId } = tries.subject(from + row);
    const run = JSON.stringify([deployment, dagId, runId]);
    const number = numbers.get(run) ?? numbers.size;
    numbers.set(run, number);
    return number;
  });
}

function* predictionRows(
  tries: ReplayedVectors,
  from: number,
  probabilities: Float64Array,
): Generator<Prediction> {
  for (let row = from; row < tries.rows; row++) {
    yield {
      subject: tries.subject(row),
      decidedAt: tries.decidedAt[row]!,
      failed: tries.labels[row]!,
      probability: probabilities[row - from]!,
    };
  }
}

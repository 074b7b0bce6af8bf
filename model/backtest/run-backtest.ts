/** An honest evaluation on history, exactly as the contract describes `orc backtest`. Nothing is stored. */
import type { DeadlineConfig } from '../../core/config/deadlines.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { readFacts } from '../../core/fact-log/read.js';
import type { Logger } from '../../core/logger.js';
import type { ProgressListener } from '../../core/progress.js';
import { featureSetHash } from '../../features/registry.js';
import { sliceRows } from '../../features/slice-rows.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { warnOfForgotten } from '../forgotten-dags.js';
import { evaluateLateness } from '../intervals/evaluate-lateness.js';
import type { BacktestJob, BacktestResult } from '../training/jobs.js';
import { runInWorker } from '../training/run-in-worker.js';
import { testDagRuns } from './dag-run-test.js';
import { runFolds } from './folds.js';
import { collectPageData } from './page-data.js';
import { baselineColumns } from './part-report.js';
import { replayAll } from './replay-all.js';
import { reportSubset } from './report.js';
import type { BacktestReport } from './report.js';
import { renderPage } from './report-page/page.js';
import { reportStages, stagedColumns } from './stages.js';
import { reportFinal } from './task-final.js';
import type { WarningRule } from './warn-at.js';
import { checkFolder, writePage } from './write-page.js';
import { writePredictions } from './write-predictions.js';
import type { Prediction } from './write-predictions.js';

export interface RunBacktestOptions {
  readonly database: Database;
  /** Share of the tries that trains, by decision time; the later rest tests. */
  readonly trainFraction: number;
  /** Where to write one CSV row per tested try, or null. */
  readonly predictionsPath: string | null;
  /** Where to write the report as an HTML page; nowhere unless given. */
  readonly reportPath?: string | null;
  /** Folds of a rolling origin over the whole history; none unless given. */
  readonly folds?: number;
  /** At which risk of a DAG run to warn; as often as there were incidents unless given. */
  readonly rule?: WarningRule;
  /** How many of the last days are replayed by name; 30 unless given. */
  readonly replayDays?: number;
  /** By when runs have to end; of other DAGs the deadline is learnt. */
  readonly deadlines?: readonly DeadlineConfig[];
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  readonly logger: Logger;
}

const DEFAULT_REPLAY_DAYS = 30;

/** @throws AppError `too_little_history` when no labelled try has ended, `cancelled` on abort, `input_invalid` for a path that cannot be written. */
export async function runBacktest(options: RunBacktestOptions): Promise<BacktestReport> {
  const { signal, onProgress, logger, seed } = options;
  for (const path of [options.predictionsPath, options.reportPath]) {
    if (path != null) await checkFolder(path);
  }
  const started = performance.now();
  const { tries, dagRuns, stages, earlierStages, forgottenDags } = await replayAll(options);
  warnOfForgotten(logger, forgottenDags);
  const featureSeconds = (performance.now() - started) / 1000;
  if (tries.rows === 0) {
    throw new AppError('too_little_history', 'There is no history to test on: no try has ended yet.', {
      fix: 'Collect or import some first: orc collect, orc import FILE.',
    });
  }
  const trainRows = Math.floor(options.trainFraction * tries.rows);
  const part = { rows: trainRows, knownBefore: tries.decidedAt[trainRows]! };
  const job = { job: 'backtest', vectors: tries, part, seed } as const satisfies Partial<BacktestJob>;
  const inSilence = (quiet: BacktestJob): Promise<BacktestResult> =>
    runInWorker(quiet, { onProgress: () => undefined, signal });
  const [network, [logistic, dagRunTest], lateness] = await Promise.all([
    runInWorker(
      { ...job, predictor: 'network', others: stages.tries, earlierOthers: earlierStages.tries },
      { onProgress, signal },
    ),
    // One after the other beside the network: two threads are busy at most.
    inSilence({ ...job, predictor: 'logistic_regression' }).then(async (result) => {
      const test = await testDagRuns({
        ...{ tries, dagRuns, planned: stages.dagRuns, earlierPlanned: earlierStages.dagRuns },
        ...{ splitAt: part.knownBefore, seed, run: inSilence },
        rule: options.rule ?? { kind: 'default' },
        replayDays: options.replayDays ?? DEFAULT_REPLAY_DAYS,
      });
      return [result, test] as const;
    }),
    evaluateLateness(readFacts(options.database), {
      testFrom: part.knownBefore,
      deadlines: options.deadlines ?? [],
      signal,
    }),
  ]);
  if (network.reason !== null) logger.warn({ reason: network.reason }, 'the historical rate answers');
  const folds = await runFolds(tries, options.folds ?? 0, seed, (fold) =>
    runInWorker(fold, { onProgress, signal }),
  );
  const testedTries = sliceRows(tries, trainRows, tries.rows);
  const { labels, afterSuccess } = testedTries;
  const { historicalRate, lastOutcome } = baselineColumns(testedTries);
  const predictions = {
    model: network.probabilities,
    historical_rate: historicalRate,
    last_outcome: lastOutcome,
    logistic_regression: logistic.probabilities,
  };
  if (options.predictionsPath !== null) {
    await writePredictions(options.predictionsPath, predictionRows(tries, trainRows, network.probabilities));
  }
  const tested = { labels, predictions, runs: numberRuns(tries, trainRows), seed };
  const report: BacktestReport = {
    model_version: `backtest-${featureSetHash().slice(0, 8)}-${seed}`,
    rows: { train: trainRows, test: tries.rows - trainRows },
    subsets: {
      all: reportSubset(tested, () => true),
      onset: reportSubset(tested, (row) => afterSuccess[row] === 1),
    },
    stages: reportStages([
      stagedColumns(testedTries, network.probabilities),
      stagedColumns(stages.tries, network.otherProbabilities),
    ]),
    task_final: reportFinal(
      [
        { vectors: testedTries, tryRisks: network.probabilities },
        { vectors: stages.tries, tryRisks: network.otherProbabilities },
      ],
      stages.finalFailures,
    ),
    folds,
    dag_runs: {
      failure: dagRunTest.failure,
      lateness: { runs: lateness.runs, stages: lateness.stages, pools: lateness.pools },
    },
    replay: dagRunTest.replay,
    seconds: { features: featureSeconds, train: network.trainSeconds, score: network.scoreSeconds },
    parameters: { ...network.summary!, reason: network.reason },
  };
  if (options.reportPath != null) {
    const data = collectPageData({ report, tries: testedTries, predictions, dagRunTest });
    await writePage(options.reportPath, renderPage(data));
  }
  return report;
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

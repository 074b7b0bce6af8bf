import type { ProgressListener } from '../../core/progress.js';
import { startBackend } from '../backend.js';
import { logisticRegression } from '../baselines/logistic-regression.js';
import { replayDecisions } from '../calibration/decision-stream.js';
import type { ScoredDecisions } from '../calibration/decision-stream.js';
import { mergeDecisions } from '../calibration/merge-decisions.js';
import { StratifiedMixture } from '../calibration/stratified-mixture.js';
import { logLoss } from '../evaluation/losses.js';
import { riskMetrics } from '../evaluation/metrics.js';
import type { RiskMetrics } from '../evaluation/metrics.js';
import { describeUsual } from '../explanation/usual-level.js';
import { sigmoid } from '../log-odds.js';
import type { FittedRisk } from '../network/fitted-risk.js';
import { fitRiskNetwork } from '../network/fit-risk-network.js';
import type { RiskFit } from '../network/fit-risk-network.js';
import { scoreParts } from '../network/score-parts.js';
import type { InitialFit } from '../network/warm-start.js';
import { compareRisks } from '../quality/comparison.js';
import type { Comparison } from '../quality/comparison.js';
import { driftReference } from '../quality/drift.js';
import type { LabelledVectors } from '../types.js';
import { packSubjectModel, unpackSubjectModel } from './subject-model.js';
import type {
  BacktestJob,
  BacktestResult,
  CompareJob,
  FitJob,
  FitResult,
  HoldoutMetrics,
  Job,
  JobResult,
  SavedStart,
} from './jobs.js';

const never = new AbortController().signal;

/** Does a job on the calling thread; blocks it for seconds to minutes. */
export async function runJob(job: Job, onProgress: ProgressListener): Promise<JobResult<Job>> {
  await startBackend();
  switch (job.job) {
    case 'fit':
      return fit(job, onProgress);
    case 'backtest':
      return backtest(job, onProgress);
    case 'compare':
      return compare(job, onProgress);
  }
}

function fit(job: FitJob, onProgress: ProgressListener): FitResult {
  const { vectors, seed } = job;
  const everything = { rows: vectors.rows, knownBefore: Infinity };
  const initial = initialFit(job.initial);
  const result = fitRiskNetwork(vectors, everything, {
    ...{ seed, onProgress, signal: never, initial },
    others: job.others,
  });
  const { fitted, scored, scoredRows } = result;
  const usual = describeUsual(fitted, vectors);
  // Scores by models that had not seen the rows: of a warm start all, else the later half, for which the mixture was warm.
  const from = result.mixtureBefore ? 0 : Math.floor(scoredRows.length / 2);
  const mixture = new StratifiedMixture(fitted.network !== null, result.mixtureBefore);
  const logOdds = replayDecisions(mixture, scored, false);
  const holdoutRisks = logOdds.slice(from).map(sigmoid);
  return {
    saved: packSubjectModel({ fitted, usual, groups: job.groups }),
    metrics: holdoutMetrics(result, from, holdoutRisks, vectors.afterSuccess),
    summary: fitted.summary,
    reason: fitted.reason,
    holdoutRows: scoredRows.slice(from),
    holdoutRisks,
    reference: driftReference(vectors),
  };
}

function initialFit(start: SavedStart | undefined): InitialFit | undefined {
  if (start === undefined) return undefined;
  const { fitted } = unpackSubjectModel(Buffer.from(start.saved));
  return { fitted, learntUntil: start.learntUntil };
}

async function compare(job: CompareJob, onProgress: ProgressListener): Promise<Comparison> {
  const { vectors, from, seed } = job;
  let challenger = job.challenger;
  if (challenger === 'fit' || challenger === 'fit_warm') {
    const part = { rows: from, knownBefore: vectors.decidedAt[from]! };
    const initial = challenger === 'fit_warm' ? { initial: job.champion } : {};
    const fit = { job: 'backtest', predictor: 'network', vectors, part, seed, ...initial } as const;
    challenger = (await backtest(fit, onProgress)).probabilities;
  }
  return compareRisks(
    {
      labels: vectors.labels.slice(from),
      afterSuccess: vectors.afterSuccess.slice(from),
      runs: job.runs.slice(from),
      champion: rescore(vectors, from, job.champion),
      challenger,
    },
    seed,
  );
}

/** Risks that a saved model would have given live to the rows from `from` on: its mixture follows the outcomes known since. */
function rescore(vectors: LabelledVectors, from: number, model: SavedStart): Float64Array {
  const { fitted } = unpackSubjectModel(Buffer.from(model.saved));
  let first = 0;
  while (first < from && vectors.labelKnownAt[first]! <= model.learntUntil) first++;
  const rows = Int32Array.from({ length: vectors.rows - first }, (_, i) => first + i);
  const decisions: ScoredDecisions = {
    scores: scoreParts(fitted, vectors.values, rows),
    decidedAt: vectors.decidedAt.subarray(first),
    labels: vectors.labels.subarray(first),
    // What it has learnt from already must not count twice: such outcomes are never told.
    labelKnownAt: vectors.labelKnownAt
      .slice(first)
      .map((time) => (time <= model.learntUntil ? Infinity : time)),
  };
  const mixture = new StratifiedMixture(fitted.network !== null, fitted.mixture);
  return replayDecisions(mixture, decisions, false)
    .slice(from - first)
    .map(sigmoid);
}

function holdoutMetrics(
  result: RiskFit,
  from: number,
  risks: Float64Array,
  afterSuccessOfRow: Uint8Array,
): HoldoutMetrics {
  const { scores } = result.scored;
  const labels = result.scored.labels.slice(from);
  const afterSuccess = Uint8Array.from(result.scoredRows.subarray(from), (row) => afterSuccessOfRow[row]!);
  return {
    ...riskMetrics(labels, risks),
    rows: labels.length,
    failures: labels.reduce((sum, label) => sum + label, 0),
    log_loss: logLoss(labels, risks),
    onset: metricsWhere(labels, risks, afterSuccess),
    baselines: {
      historical_rate: riskMetrics(labels, scores.rate.slice(from).map(sigmoid)),
      last_outcome: riskMetrics(
        labels,
        Float64Array.from(afterSuccess, (succeeded) => 1 - succeeded),
      ),
    },
  };
}

function metricsWhere(labels: Uint8Array, scores: Float64Array, wanted: Uint8Array): RiskMetrics | null {
  const chosen = labels.filter((_, i) => wanted[i] === 1);
  return chosen.length === 0
    ? null
    : riskMetrics(
        chosen,
        scores.filter((_, i) => wanted[i] === 1),
      );
}

async function backtest(job: BacktestJob, onProgress: ProgressListener): Promise<BacktestResult> {
  const { vectors, part, seed } = job;
  const options = { seed, onProgress, signal: never };
  const width = vectors.features.length;
  const testRows = vectors.rows - part.rows;
  const started = performance.now();
  if (job.predictor === 'logistic_regression') {
    const model = await logisticRegression.fit(vectors, part, options);
    const trained = performance.now();
    const test = vectors.values.subarray(part.rows * width, vectors.rows * width);
    const probabilities = await model.predict(test, testRows);
    const none = new Float64Array(0);
    return {
      probabilities,
      otherProbabilities: none,
      earlier: { rows: new Int32Array(0), probabilities: none },
      model: null,
      trainSeconds: (trained - started) / 1000,
      scoreSeconds: (performance.now() - trained) / 1000,
      summary: null,
      reason: null,
    };
  }
  const result = fitRiskNetwork(vectors, part, {
    ...options,
    initial: initialFit(job.initial),
    others: job.earlierOthers,
  });
  const trained = performance.now();
  const { fitted, scored, scoredRows } = result;
  const tested = testedDecisions(fitted, vectors, part.rows, vectors.labelKnownAt);
  const streams = [scored, tested];
  // An outcome never known: the mixture meets these scores, but learns from none.
  const unknown = new Float64Array(job.others?.rows ?? 0).fill(Infinity);
  if (result.scoredOthers !== undefined) streams.push(result.scoredOthers);
  const othersAt = streams.length;
  if (job.others !== undefined) streams.push(testedDecisions(fitted, job.others, 0, unknown));
  const { decisions, positions } = mergeDecisions(streams);
  const mixture = new StratifiedMixture(fitted.network !== null, result.mixtureBefore);
  const logOdds = replayDecisions(mixture, decisions, false);
  const risks = positions.map((at) => Float64Array.from(at, (position) => sigmoid(logOdds[position]!)));
  const scoreSeconds = (performance.now() - trained) / 1000;
  return {
    probabilities: risks[1]!,
    otherProbabilities: risks[othersAt] ?? new Float64Array(0),
    earlier: { rows: scoredRows, probabilities: risks[0]! },
    model:
      job.groups === undefined
        ? null
        : packSubjectModel({ fitted, usual: describeUsual(fitted, vectors), groups: job.groups }),
    trainSeconds: (trained - started) / 1000,
    scoreSeconds,
    summary: fitted.summary,
    reason: fitted.reason,
  };
}

function testedDecisions(
  fitted: FittedRisk,
  vectors: LabelledVectors,
  from: number,
  labelKnownAt: Float64Array,
): ScoredDecisions {
  const rows = Int32Array.from({ length: vectors.rows - from }, (_, i) => from + i);
  return {
    scores: scoreParts(fitted, vectors.values, rows),
    decidedAt: vectors.decidedAt.subarray(from),
    labels: vectors.labels.subarray(from),
    labelKnownAt: labelKnownAt.subarray(from),
  };
}

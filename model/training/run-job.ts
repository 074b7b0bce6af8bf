import type { ProgressListener } from '../../core/progress.js';
import { startBackend } from '../backend.js';
import { logisticRegression } from '../baselines/logistic-regression.js';
import { replayDecisions } from '../calibration/decision-stream.js';
import type { ScoredDecisions } from '../calibration/decision-stream.js';
import { StratifiedMixture } from '../calibration/stratified-mixture.js';
import { logLoss } from '../evaluation/losses.js';
import { riskMetrics } from '../evaluation/metrics.js';
import type { RiskMetrics } from '../evaluation/metrics.js';
import { describeUsual } from '../explanation/usual-level.js';
import { sigmoid } from '../log-odds.js';
import { fitRiskNetwork } from '../network/fit-risk-network.js';
import { scoreParts } from '../network/score-parts.js';
import type { RiskFit } from '../network/fit-risk-network.js';
import { packSubjectModel, unpackSubjectModel } from './subject-model.js';
import type { BacktestJob, BacktestResult, FitJob, FitResult, HoldoutMetrics, Job } from './jobs.js';

const never = new AbortController().signal;

/** Does a job on the calling thread; blocks it for seconds to minutes. */
export async function runJob(job: Job, onProgress: ProgressListener): Promise<FitResult | BacktestResult> {
  await startBackend();
  return job.job === 'fit' ? fit(job, onProgress) : backtest(job, onProgress);
}

function fit(job: FitJob, onProgress: ProgressListener): FitResult {
  const { vectors, seed } = job;
  const everything = { rows: vectors.rows, knownBefore: Infinity };
  const initial = job.initial && {
    fitted: unpackSubjectModel(Buffer.from(job.initial.saved)).fitted,
    learntUntil: job.initial.learntUntil,
  };
  const result = fitRiskNetwork(vectors, everything, { seed, onProgress, signal: never, initial });
  const { fitted, scored, scoredRows } = result;
  const usual = describeUsual(fitted, vectors);
  // Scores by models that had not seen the rows: of a warm start all, else the later half, for which the mixture was warm.
  const from = result.mixtureBefore ? 0 : Math.floor(scoredRows.length / 2);
  const mixture = new StratifiedMixture(fitted.network !== null, result.mixtureBefore);
  const logOdds = replayDecisions(mixture, scored, false);
  const holdoutRisks = logOdds.slice(from).map(sigmoid);
  return {
    saved: packSubjectModel({ fitted, usual, groups: job.groups }),
    metrics: holdoutMetrics(result, from, holdoutRisks),
    summary: fitted.summary,
    reason: fitted.reason,
    holdoutRows: scoredRows.slice(from),
    holdoutRisks,
  };
}

function holdoutMetrics(result: RiskFit, from: number, risks: Float64Array): HoldoutMetrics {
  const { scores } = result.scored;
  const labels = result.scored.labels.slice(from);
  const afterSuccess = scores.afterSuccess.slice(from);
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
    return {
      probabilities,
      trainSeconds: (trained - started) / 1000,
      scoreSeconds: (performance.now() - trained) / 1000,
      summary: null,
      reason: null,
    };
  }
  const result = fitRiskNetwork(vectors, part, options);
  const trained = performance.now();
  const { fitted } = result;
  const rows = Int32Array.from({ length: testRows }, (_, i) => part.rows + i);
  const decisions = joined(result.scored, {
    scores: scoreParts(fitted, vectors.values, rows),
    decidedAt: vectors.decidedAt.subarray(part.rows),
    labels: vectors.labels.subarray(part.rows),
    labelKnownAt: vectors.labelKnownAt.subarray(part.rows),
  });
  const logOdds = replayDecisions(new StratifiedMixture(fitted.network !== null), decisions, false);
  return {
    probabilities: logOdds.slice(result.scoredRows.length).map(sigmoid),
    trainSeconds: (trained - started) / 1000,
    scoreSeconds: (performance.now() - trained) / 1000,
    summary: fitted.summary,
    reason: fitted.reason,
  };
}

function joined(first: ScoredDecisions, second: ScoredDecisions): ScoredDecisions {
  const numbers = (a: Float64Array, b: Float64Array): Float64Array => {
    const out = new Float64Array(a.length + b.length);
    out.set(a);
    out.set(b, a.length);
    return out;
  };
  const bytes = (a: Uint8Array, b: Uint8Array): Uint8Array => {
    const out = new Uint8Array(a.length + b.length);
    out.set(a);
    out.set(b, a.length);
    return out;
  };
  return {
    scores: {
      rate: numbers(first.scores.rate, second.scores.rate),
      offset: numbers(first.scores.offset, second.scores.offset),
      residual: numbers(first.scores.residual, second.scores.residual),
      afterSuccess: bytes(first.scores.afterSuccess, second.scores.afterSuccess),
    },
    decidedAt: numbers(first.decidedAt, second.decidedAt),
    labels: bytes(first.labels, second.labels),
    labelKnownAt: numbers(first.labelKnownAt, second.labelKnownAt),
  };
}

/**
 * Fits the whole model of one kind of subject by rolling origin inside the training part: which history statistic to start from, how
 * many epochs, and how much each expert of the mixture deserves are decided by scores on later rows than the ones fitted.
 */
import type { ScoreColumns } from '../calibration/live-mixture.js';
import { StratifiedMixture } from '../calibration/stratified-mixture.js';
import type { StratifiedMixtureState } from '../calibration/stratified-mixture.js';
import { replayDecisions } from '../calibration/decision-stream.js';
import type { ScoredDecisions } from '../calibration/decision-stream.js';
import {
  HISTORICAL_RATE_FEATURES,
  ONSET_OFFSET_FEATURES,
  STREAK_OFFSET_FEATURES,
  columnLogOdds,
  riskColumn,
} from '../risk-columns.js';
import type { RiskColumn } from '../risk-columns.js';
import { countFailures, rowsKnownBefore, thinRows } from '../rows.js';
import type { LabelledVectors, TrainOptions, TrainingPart } from '../types.js';
import { fitInputTransform } from './input-transform.js';
import type { InputTransform } from './input-transform.js';
import { TransformedRows } from './transformed-rows.js';
import { levelledLogLoss } from './levelled-loss.js';
import { residuals, residualsOfInputs } from './network-scorer.js';
import { chooseOffset, offsetLogOdds } from './offset.js';
import type { Offset } from './offset.js';
import { NETWORK_SETTINGS, trainNetwork } from './train-network.js';
import type { Network } from './network.js';
import type { NetworkData, NetworkSettings } from './train-network.js';

/** Everything that a score needs; plain data. */
export interface FittedRisk {
  readonly features: readonly string[];
  readonly rate: RiskColumn;
  readonly offset: Offset;
  /** Null when there was too little history to learn from: the rate answers then. */
  readonly network: (Network & { readonly transform: InputTransform }) | null;
  /** After all outcomes of the training part. */
  readonly mixture: StratifiedMixtureState;
  /** Why there is no network. */
  readonly reason: string | null;
  readonly summary: FitSummary;
}

export interface FitSummary {
  readonly rows: number;
  readonly failures: number;
  readonly epochs: number;
  /** Name of the column that the network starts from, after a success and otherwise. */
  readonly offset: readonly [string, string];
  /** Share of each expert at the end. */
  readonly experts: ReturnType<StratifiedMixture['shares']>;
}

/** A fit, with the scores that later parts of the training rows got from models of earlier parts. */
export interface RiskFit {
  readonly fitted: FittedRisk;
  /** Row numbers of the rolling-origin scores, from the first fold on. */
  readonly scoredRows: Int32Array;
  readonly scored: ScoredDecisions;
}

/** Where the folds begin, as shares of the training rows; each ends where the next begins. */
const FOLD_STARTS = [0.4, 0.6, 0.85] as const;
/** Without this many of each class there is nothing to learn beyond a rate. */
const NEEDED_OF_EACH_CLASS = 10;
const NEEDED_ROWS = 200;
/** Rows on which the number of epochs is chosen. */
const VALIDATION_ROWS = 60_000;

/** Fits on the rows of the training part whose labels count. Synchronous and long: call it in a worker thread. */
export function fitRiskNetwork(
  vectors: LabelledVectors,
  part: TrainingPart,
  options: TrainOptions & { readonly settings?: NetworkSettings },
): RiskFit {
  const settings = options.settings ?? NETWORK_SETTINGS;
  const width = vectors.features.length;
  const rows = rowsKnownBefore(vectors, 0, part.rows, part.knownBefore);
  const labels = Uint8Array.from(rows, (row) => vectors.labels[row]!);
  const failures = labels.reduce((sum, label) => sum + label, 0);
  const overall = (failures + 0.5) / (rows.length + 5);
  const rate: RiskColumn = riskColumn(vectors.features, HISTORICAL_RATE_FEATURES, overall);
  const rateLogOdds = columnLogOdds(rate, vectors.values, width, rows);

  const reason = reasonAgainst(rows.length, failures);
  const candidates =
    reason === null
      ? { afterSuccess: ONSET_OFFSET_FEATURES, otherwise: STREAK_OFFSET_FEATURES }
      : { afterSuccess: [], otherwise: [] };
  const offset = chooseOffset(rate, candidates, vectors, rows);
  const start = offsetLogOdds(offset, vectors.values, width, rows);
  const offsetNames = [offset.afterSuccess.name, offset.otherwise.name] as const;
  if (reason !== null) {
    const scored = scoredDecisions(vectors, rows, {
      rate: rateLogOdds,
      offset: start.logOdds,
      residual: new Float64Array(rows.length),
      afterSuccess: start.afterSuccess,
    });
    const mixture = new StratifiedMixture(false);
    replayDecisions(mixture, scored, true);
    const experts = mixture.shares();
    const summary = { rows: rows.length, failures, epochs: 0, offset: offsetNames, experts };
    const fitted = { features: vectors.features, rate, offset, network: null, reason, summary };
    return { fitted: { ...fitted, mixture: mixture.state() }, scoredRows: rows, scored };
  }
  const offsetOfRow = new Float64Array(vectors.rows);
  rows.forEach((row, i) => (offsetOfRow[row] = start.logOdds[i]!));

  const { values, afterSuccess, weights } = vectors;
  const transform = fitInputTransform(values, width, rows);
  const inputs = new TransformedRows(transform, values);
  const data = { inputs, labels: vectors.labels, afterSuccess, weights, offset: offsetOfRow };
  const fits = FOLD_STARTS.length + 1;
  let epochsDone = 0;
  const report = (): void => {
    epochsDone++;
    options.onProgress({ step: 'training', done: epochsDone, total: fits * settings.epochs, unit: 'epochs' });
  };

  const residualOfRow = new Float64Array(vectors.rows);
  let epochs = settings.epochs;
  FOLD_STARTS.forEach((start, fold) => {
    const from = rows[Math.floor(start * rows.length)]!;
    const nextStart = FOLD_STARTS[fold + 1];
    const to = nextStart === undefined ? part.rows : rows[Math.floor(nextStart * rows.length)]!;
    const earlier = rowsKnownBefore(vectors, 0, from, Math.min(part.knownBefore, vectors.decidedAt[from]!));
    const later = rows.filter((row) => row >= from && row < to);
    if (reasonAgainst(earlier.length, countFailures(vectors.labels, earlier)) !== null) return;
    const follow =
      nextStart === undefined ? new EpochChoice(data, thinRows(later, VALIDATION_ROWS)) : undefined;
    const network = trainNetwork(data, earlier, {
      seed: options.seed,
      settings,
      onEpoch: (epoch, current) => {
        follow?.consider(epoch, current);
        report();
      },
    });
    if (follow) epochs = follow.best;
    const found = residuals(network, transform, values, later);
    later.forEach((row, i) => (residualOfRow[row] = found[i]!));
  });

  const network = trainNetwork(data, rows, {
    seed: options.seed,
    settings,
    stopAfter: epochs,
    onEpoch: report,
  });
  const first = Math.floor(FOLD_STARTS[0] * rows.length);
  const scoredRows = rows.subarray(first);
  const scored = scoredDecisions(vectors, scoredRows, {
    rate: rateLogOdds.slice(first),
    offset: start.logOdds.slice(first),
    residual: Float64Array.from(scoredRows, (row) => residualOfRow[row]!),
    afterSuccess: start.afterSuccess.slice(first),
  });
  const mixture = new StratifiedMixture(true);
  replayDecisions(mixture, scored, true);
  const fitted: FittedRisk = {
    features: vectors.features,
    rate,
    offset,
    network: { ...network, transform },
    mixture: mixture.state(),
    reason: null,
    summary: { rows: rows.length, failures, epochs, offset: offsetNames, experts: mixture.shares() },
  };
  return { fitted, scoredRows, scored };
}

/** Scores of rows by the fitted parts, before the mixture. */
export function scoreParts(fitted: FittedRisk, values: Float32Array, rows: ArrayLike<number>): ScoreColumns {
  const width = fitted.features.length;
  const { network } = fitted;
  const { logOdds, afterSuccess } = offsetLogOdds(fitted.offset, values, width, rows);
  return {
    rate: columnLogOdds(fitted.rate, values, width, rows),
    offset: logOdds,
    afterSuccess,
    residual: network ? residuals(network, network.transform, values, rows) : new Float64Array(rows.length),
  };
}

/** Follows the loss on later rows, to choose how many epochs to train. */
class EpochChoice {
  best = 0;
  private leastLoss = Infinity;
  private readonly inputs: Float32Array;
  private readonly offset: Float64Array;
  private readonly labels: Uint8Array;

  constructor(data: NetworkData, rows: Int32Array) {
    const width = data.inputs.width + 1;
    this.inputs = new Float32Array(rows.length * width).fill(1);
    data.inputs.write(rows, this.inputs, width);
    this.offset = Float64Array.from(rows, (row) => data.offset[row]!);
    this.labels = Uint8Array.from(rows, (row) => data.labels[row]!);
  }

  consider(epoch: number, network: Network): void {
    const residual = residualsOfInputs(network, this.inputs);
    const loss = levelledLogLoss(
      residual.map((r, i) => r + this.offset[i]!),
      this.labels,
    );
    if (loss < this.leastLoss) {
      this.leastLoss = loss;
      this.best = epoch;
    }
  }
}

function reasonAgainst(rows: number, failures: number): string | null {
  if (rows < NEEDED_ROWS) return `too little history: ${rows} labelled rows, ${NEEDED_ROWS} are needed`;
  if (failures < NEEDED_OF_EACH_CLASS) {
    return `too few failures to learn from: ${failures}, ${NEEDED_OF_EACH_CLASS} are needed`;
  }
  if (rows - failures < NEEDED_OF_EACH_CLASS) {
    return `too few successes to learn from: ${rows - failures}, ${NEEDED_OF_EACH_CLASS} are needed`;
  }
  return null;
}

function scoredDecisions(vectors: LabelledVectors, rows: Int32Array, scores: ScoreColumns): ScoredDecisions {
  return {
    scores,
    decidedAt: Float64Array.from(rows, (row) => vectors.decidedAt[row]!),
    labels: Uint8Array.from(rows, (row) => vectors.labels[row]!),
    labelKnownAt: Float64Array.from(rows, (row) => vectors.labelKnownAt[row]!),
  };
}

/**
 * Fits the whole model of one kind of subject by rolling origin inside the training part: which history statistic to start from, how
 * many epochs, and how much each expert of the mixture deserves are decided by scores on later rows than the ones fitted.
 */
import { replayDecisions } from '../calibration/decision-stream.js';
import { StratifiedMixture } from '../calibration/stratified-mixture.js';
import {
  HISTORICAL_RATE_FEATURES,
  ONSET_OFFSET_FEATURES,
  STREAK_OFFSET_FEATURES,
  calibratedStages,
  columnLogOdds,
  passedLogOdds,
  riskColumn,
  startingLogOdds,
} from '../risk-columns.js';
import type { RiskColumn } from '../risk-columns.js';
import { countFailures, rowsKnownBefore } from '../rows.js';
import type { LabelledVectors, TrainOptions, TrainingPart } from '../types.js';
import { FOLD_STARTS, chooseTraining } from './choose-training.js';
import type { FitSummary, FittedRisk, RiskFit } from './fitted-risk.js';
import { fitInputTransform } from './input-transform.js';
import { chooseOffset, offsetLogOdds, rowsOutsideTrouble } from './offset.js';
import { scoreOthers, withOthers } from './score-others.js';
import { scoredDecisions } from './score-parts.js';
import { NETWORK_SETTINGS, trainNetwork } from './train-network.js';
import type { NetworkSettings } from './train-network.js';
import { TransformedRows } from './transformed-rows.js';
import { canStartFrom, fitFrom } from './warm-start.js';
import type { InitialFit } from './warm-start.js';

export type { FitSummary, FittedRisk, RiskFit } from './fitted-risk.js';

/** Without this many of each class there is nothing to learn beyond a rate. */
const NEEDED_OF_EACH_CLASS = 10;
const NEEDED_ROWS = 200;

export interface FitOptions extends TrainOptions {
  readonly settings?: NetworkSettings;
  /** A model to go on from, at a fraction of the time; one of other features, or without a network, is passed over. */
  readonly initial?: InitialFit | undefined;
  /** Rows at stages other than `queued`: the network does not train on them, but what it says of them is calibrated by their outcomes. */
  readonly others?: LabelledVectors | undefined;
}

/** Fits on the rows of the training part whose labels count. Synchronous and long: call it in a worker thread. */
export function fitRiskNetwork(vectors: LabelledVectors, part: TrainingPart, options: FitOptions): RiskFit {
  const settings = options.settings ?? NETWORK_SETTINGS;
  const width = vectors.features.length;
  const rows = rowsKnownBefore(vectors, 0, part.rows, part.knownBefore);
  const failures = countFailures(vectors.labels, rows);
  const overall = (failures + 0.5) / (rows.length + 5);
  const rate: RiskColumn = riskColumn(vectors.features, HISTORICAL_RATE_FEATURES, overall);
  const rateLogOdds = columnLogOdds(rate, vectors.values, width, rows);

  const learnt = rowsOutsideTrouble(vectors, rows);
  const reason = reasonAgainst(learnt.length, countFailures(vectors.labels, learnt));
  if (reason === null && options.initial && canStartFrom(options.initial, vectors.features)) {
    return fitFrom(options.initial, vectors, rows, { ...options, settings, knownBefore: part.knownBefore });
  }
  const candidates =
    reason === null
      ? { afterSuccess: ONSET_OFFSET_FEATURES, otherwise: STREAK_OFFSET_FEATURES }
      : { afterSuccess: [], otherwise: [] };
  const offset = chooseOffset(rate, candidates, vectors, rows);
  const start = offsetLogOdds(offset, vectors.values, width, rows);
  const parts = { rate, offset, features: vectors.features };
  const offsetNames = [offset.afterSuccess.name, offset.otherwise.name] as const;
  if (reason !== null) {
    const scored = scoredDecisions(vectors, rows, {
      rate: rateLogOdds,
      offset: start.logOdds,
      residual: new Float64Array(rows.length),
      strata: start.strata,
      stages: calibratedStages(vectors.features, vectors.values, rows),
      passed: passedLogOdds(vectors.features, vectors.values, rows),
      starting: startingLogOdds(vectors.features, vectors.values, rows),
    });
    const scoredOthers = scoreOthers({ ...parts, network: null }, options.others, part);
    const mixture = new StratifiedMixture(false);
    replayDecisions(mixture, withOthers(scored, scoredOthers), true);
    const experts = mixture.shares();
    const summary: FitSummary = {
      rows: rows.length,
      failures,
      start: 'scratch',
      epochs: 0,
      decay: settings.decays[0]!,
      offset: offsetNames,
      experts,
    };
    const fitted = { features: vectors.features, rate, offset, network: null, reason, summary };
    return { fitted: { ...fitted, mixture: mixture.state() }, scoredRows: rows, scored, ...scoredOthers };
  }
  const offsetOfRow = new Float64Array(vectors.rows);
  rows.forEach((row, i) => (offsetOfRow[row] = start.logOdds[i]!));

  const { values, afterSuccess, weights } = vectors;
  const transform = fitInputTransform(values, vectors.features, learnt);
  const inputs = new TransformedRows(transform, values);
  const data = { inputs, labels: vectors.labels, afterSuccess, weights, offset: offsetOfRow };
  let epochsDone = 0;
  const report = (total: number): void => {
    epochsDone++;
    options.onProgress({ step: 'training', done: epochsDone, total, unit: 'epochs' });
  };
  const { decay, epochs, residualOfRow, residualOfOther } = chooseTraining(vectors, part, data, learnt, {
    seed: options.seed,
    settings,
    onEpoch: report,
    others: options.others,
    isEnough: (count, failed) => reasonAgainst(count, failed) === null,
  });
  const network = trainNetwork(data, learnt, {
    seed: options.seed,
    settings,
    decay,
    stopAfter: epochs,
    onEpoch: () => {
      report(epochsDone + 1);
    },
  });
  const first = rows.indexOf(learnt[Math.floor(FOLD_STARTS[0] * learnt.length)]!);
  const scoredRows = rows.subarray(first);
  const scored = scoredDecisions(vectors, scoredRows, {
    rate: rateLogOdds.slice(first),
    offset: start.logOdds.slice(first),
    residual: Float64Array.from(scoredRows, (row) => residualOfRow[row]!),
    strata: start.strata.slice(first),
    stages: calibratedStages(vectors.features, vectors.values, scoredRows),
    passed: passedLogOdds(vectors.features, vectors.values, scoredRows),
    starting: startingLogOdds(vectors.features, vectors.values, scoredRows),
  });
  const counted = { knownBefore: part.knownBefore, decidedFrom: vectors.decidedAt[scoredRows[0]!]! };
  const scoredOthers = scoreOthers({ ...parts, network: null }, options.others, counted, residualOfOther);
  const mixture = new StratifiedMixture(true);
  replayDecisions(mixture, withOthers(scored, scoredOthers), true);
  const fitted: FittedRisk = {
    features: vectors.features,
    rate,
    offset,
    network: { ...network, transform },
    mixture: mixture.state(),
    reason: null,
    summary: {
      rows: rows.length,
      failures,
      start: 'scratch',
      epochs,
      decay,
      offset: offsetNames,
      experts: mixture.shares(),
    },
  };
  return { fitted, scoredRows, scored, ...scoredOthers };
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

import type { ScoredDecisions } from '../calibration/decision-stream.js';
import type { ScoreColumns } from '../calibration/live-mixture.js';
import { calibratedStages, columnLogOdds, passedLogOdds, startingLogOdds } from '../risk-columns.js';
import { IN_TROUBLE } from '../strata.js';
import type { LabelledVectors } from '../types.js';
import type { FittedRisk } from './fitted-risk.js';
import { residuals } from './network-scorer.js';
import { offsetLogOdds } from './offset.js';

/** Scores of rows by the fitted parts, before the mixture. */
export function scoreParts(
  fitted: Pick<FittedRisk, 'features' | 'rate' | 'offset' | 'network'>,
  values: Float32Array,
  rows: ArrayLike<number>,
): ScoreColumns {
  const width = fitted.features.length;
  const { network } = fitted;
  const { logOdds, strata } = offsetLogOdds(fitted.offset, values, width, rows);
  const residual = network
    ? residuals(network, network.transform, values, rows)
    : new Float64Array(rows.length);
  for (let i = 0; i < residual.length; i++) if (strata[i] === IN_TROUBLE) residual[i] = 0;
  const rate = columnLogOdds(fitted.rate, values, width, rows);
  const passed = passedLogOdds(fitted.features, values, rows);
  const starting = startingLogOdds(fitted.features, values, rows);
  const stages = calibratedStages(fitted.features, values, rows);
  return { rate, offset: logOdds, strata, stages, residual, passed, starting };
}

/** Scores of rows with their outcomes, to be replayed. */
export function scoredDecisions(
  vectors: LabelledVectors,
  rows: Int32Array,
  scores: ScoreColumns,
): ScoredDecisions {
  return {
    scores,
    decidedAt: Float64Array.from(rows, (row) => vectors.decidedAt[row]!),
    labels: Uint8Array.from(rows, (row) => vectors.labels[row]!),
    labelKnownAt: Float64Array.from(rows, (row) => vectors.labelKnownAt[row]!),
  };
}

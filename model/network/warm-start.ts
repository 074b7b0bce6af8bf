/** Fits from the weights of an earlier model: its transform, offset and mixture go on, and nothing is chosen again. */
import { replayDecisions } from '../calibration/decision-stream.js';
import { StratifiedMixture } from '../calibration/stratified-mixture.js';
import type { UnixSeconds } from '../../core/facts.js';
import { representedBy } from '../rows.js';
import type { LabelledVectors, TrainOptions } from '../types.js';
import type { FittedRisk, RiskFit } from './fitted-risk.js';
import { offsetLogOdds, rowsOutsideTrouble } from './offset.js';
import { scoreOthers, withOthers } from './score-others.js';
import { scoreParts, scoredDecisions } from './score-parts.js';
import { trainNetwork } from './train-network.js';
import type { NetworkSettings } from './train-network.js';
import { TransformedRows } from './transformed-rows.js';

/** A model to go on from. */
export interface InitialFit {
  readonly fitted: FittedRisk;
  /** It has learnt from the outcomes known up to this time, and from no later one. */
  readonly learntUntil: UnixSeconds;
}

/** Epochs of a warm start: against all folds of a fit from scratch, a tenth of the time. */
const EPOCHS = 3;
/** Share of the learning rate, so that the weights are refined and not forgotten. */
const LEARNING_RATE_SHARE = 0.3;

export interface WarmStartOptions extends TrainOptions {
  readonly settings: NetworkSettings;
  /** Rows at stages other than `queued`; see `FitOptions`. */
  readonly others?: LabelledVectors | undefined;
  /** Their labels count when they were known before. */
  readonly knownBefore: UnixSeconds;
}

/** Whether a model can be gone on from with vectors of these features. */
export function canStartFrom(initial: InitialFit, features: readonly string[]): boolean {
  const { fitted } = initial;
  return (
    fitted.network !== null &&
    fitted.features.length === features.length &&
    fitted.features.every((name, column) => name === features[column])
  );
}

/**
 * Trains on all rows from the initial weights. Outcomes after `learntUntil` were not seen by the initial model: its scores of them move
 * the mixture on, and are what the fit is judged by (`RiskFit.scored`).
 *
 * @param rows whose labels count, rising.
 */
export function fitFrom(
  initial: InitialFit,
  vectors: LabelledVectors,
  rows: Int32Array,
  options: WarmStartOptions,
): RiskFit {
  const { fitted: earlier, learntUntil } = initial;
  const { settings, seed } = options;
  const { network: start, offset } = earlier;
  if (start === null) throw new Error('a model without a network cannot be gone on from');
  const scoredRows = rows.filter((row) => vectors.labelKnownAt[row]! > learntUntil);
  const scored = scoredDecisions(vectors, scoredRows, scoreParts(earlier, vectors.values, scoredRows));
  const mixture = new StratifiedMixture(true, earlier.mixture);
  const counted = { knownBefore: options.knownBefore, knownAfter: learntUntil };
  const scoredOthers = scoreOthers(earlier, options.others, counted);
  replayDecisions(mixture, withOthers(scored, scoredOthers), true);

  const { labels, values, afterSuccess, weights } = vectors;
  const { logOdds } = offsetLogOdds(offset, values, vectors.features.length, rows);
  const offsetOfRow = new Float64Array(vectors.rows);
  rows.forEach((row, i) => (offsetOfRow[row] = logOdds[i]!));
  const inputs = new TransformedRows(start.transform, values);
  const data = { inputs, labels, afterSuccess, weights, offset: offsetOfRow };
  const network = trainNetwork(data, rowsOutsideTrouble(vectors, rows), {
    seed,
    settings: {
      ...settings,
      hidden: start.architecture.hidden,
      members: start.architecture.members,
      epochs: EPOCHS,
      learningRate: LEARNING_RATE_SHARE * settings.learningRate,
    },
    decay: earlier.summary.decay,
    initial: start.parameters,
    onEpoch: (epoch) => {
      options.onProgress({ step: 'training', done: epoch, total: EPOCHS, unit: 'epochs' });
    },
  });
  const fitted: FittedRisk = {
    ...earlier,
    network: { ...network, transform: start.transform },
    mixture: mixture.state(),
    summary: {
      ...earlier.summary,
      ...representedBy(vectors, rows),
      epochs: EPOCHS,
      start: 'warm',
      experts: mixture.shares(),
    },
  };
  return { fitted, scoredRows, scored, ...scoredOthers, mixtureBefore: earlier.mixture };
}

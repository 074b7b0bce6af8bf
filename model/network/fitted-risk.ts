import type { ScoredDecisions } from '../calibration/decision-stream.js';
import type { StratifiedMixtureState, StratumShares } from '../calibration/stratified-mixture.js';
import type { RiskColumn } from '../risk-columns.js';
import type { InputTransform } from './input-transform.js';
import type { Network } from './network.js';
import type { Offset } from './offset.js';
import type { Decay } from './train-network.js';

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
  /** From random weights, or from those of an earlier model. */
  readonly start: 'scratch' | 'warm';
  readonly epochs: number;
  /** Weight decay that the folds chose. */
  readonly decay: Decay;
  /** Name of the column that the network starts from, after a success and otherwise. */
  readonly offset: readonly [string, string];
  /** Share of each expert at the end. */
  readonly experts: StratumShares;
}

/** A fit, with the scores that later parts of the training rows got from models of earlier parts (or from the model it went on from). */
export interface RiskFit {
  readonly fitted: FittedRisk;
  /** Row numbers of these scores, rising. */
  readonly scoredRows: Int32Array;
  readonly scored: ScoredDecisions;
  /** The same of rows at other stages, where there were any. */
  readonly scoredOthers?: ScoredDecisions;
  /** The mixture that those scores met, where it was not a new one. */
  readonly mixtureBefore?: StratifiedMixtureState;
}

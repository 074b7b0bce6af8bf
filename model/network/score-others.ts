/** Scores of rows at stages that are calibrated by themselves. */
import type { ScoredDecisions } from '../calibration/decision-stream.js';
import { STAGE_QUEUED } from '../../features/vector-store.js';
import { mergeDecisions } from '../calibration/merge-decisions.js';
import { calibratedStages } from '../risk-columns.js';
import { rowsKnownBefore } from '../rows.js';
import type { LabelledVectors, TrainingPart } from '../types.js';
import type { FittedRisk, RiskFit } from './fitted-risk.js';
import { scoreParts, scoredDecisions } from './score-parts.js';

export type ScoredOthers = Required<Pick<RiskFit, 'scoredOthers'>>;

/** Which of the rows count: those whose label was known before the end of the training part, and that a model had not learnt from. */
export interface CountedOthers extends Pick<TrainingPart, 'knownBefore'> {
  /** First decision. */
  readonly decidedFrom?: number;
  /** Labels known up to then had been learnt from. */
  readonly knownAfter?: number;
}

/**
 * @param residuals what networks of earlier rows add, by row; what the fitted network says, if any, unless given.
 * @returns null without rows at other stages.
 */
export function scoreOthers(
  fitted: Pick<FittedRisk, 'features' | 'rate' | 'offset' | 'network'>,
  others: LabelledVectors | undefined,
  { knownBefore, decidedFrom = -Infinity, knownAfter = -Infinity }: CountedOthers,
  residuals?: Float64Array,
): ScoredOthers | null {
  if (others === undefined) return null;
  const { decidedAt, labelKnownAt } = others;
  const known = rowsKnownBefore(others, 0, others.rows, knownBefore);
  const stages = calibratedStages(fitted.features, others.values, known);
  const rows = known.filter(
    (row, i) =>
      // The rest would be learnt from as if it were queued, and count twice.
      stages[i] !== STAGE_QUEUED && decidedAt[row]! >= decidedFrom && labelKnownAt[row]! > knownAfter,
  );
  const scores = scoreParts(fitted, others.values, rows);
  const residual =
    residuals === undefined ? scores.residual : Float64Array.from(rows, (row) => residuals[row]!);
  return { scoredOthers: scoredDecisions(others, rows, { ...scores, residual }) };
}

/** Both in the order of their decisions. */
export function withOthers(scored: ScoredDecisions, others: ScoredOthers | null): ScoredDecisions {
  return others === null ? scored : mergeDecisions([scored, others.scoredOthers]).decisions;
}

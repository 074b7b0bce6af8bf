/** What acting is worth: the hold-out, its analysis, and what it allows or takes back. */
export { foldCells, type Moments, type ValueCell } from './cells.js';
export {
  addOutcome,
  DEMOTION_EVIDENCE,
  loss,
  NO_EVIDENCE,
  type HarmEvidence,
  type ObservedOutcome,
} from './demotion.js';
export { ARMS, drawArm, poolUnit, unitKey, type Arm, type Draw, type DrawUnit } from './draw.js';
export type { Effect } from './effect.js';
export {
  MEASURE_OF,
  mayBecomeAutomatic,
  precisionOf,
  type JudgedProposals,
  type Measure,
  type Precision,
  type Verdict,
} from './promotion.js';
export { readCells } from './read-cells.js';
export { valueLine, valueReport, type ArmCounts, type ValueLine } from './report.js';
export { countedDelay, MOST_DELAY_MINUTES, type ValueRow } from './rows.js';

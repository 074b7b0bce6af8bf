/** The history statistic that the network starts from, chosen apart for subjects after a success and for the others; a run in trouble has its own. */
import { OnlineLogistic } from '../calibration/online-logistic.js';
import { softplus } from '../log-odds.js';
import {
  LAST_OUTCOME_FEATURES,
  TROUBLE_FEATURES,
  columnLogOdds,
  firstColumn,
  riskColumn,
} from '../risk-columns.js';
import type { RiskColumn } from '../risk-columns.js';
import { AFTER_SUCCESS, IN_TROUBLE, OTHERWISE } from '../strata.js';
import type { LabelledVectors } from '../types.js';

export interface Offset {
  readonly afterSuccess: RiskColumn;
  readonly otherwise: RiskColumn;
  /** Column of the latest outcome (0 success), -1 when the vectors have none: all rows are `otherwise` then. */
  readonly lastOutcomeColumn: number;
  /** How runs ended that were in the same trouble: where it is known, a row is in trouble. Column -1 when the vectors have none. */
  readonly inTrouble: RiskColumn;
}

/** Log-odds of the offset in the given rows, and the stratum of each. */
export function offsetLogOdds(
  offset: Offset,
  values: Float32Array,
  width: number,
  rows: ArrayLike<number>,
): { readonly logOdds: Float64Array; readonly strata: Uint8Array } {
  const strata = strataOfRows(offset.lastOutcomeColumn, offset.inTrouble.column, values, width, rows);
  const logOdds = columnLogOdds(offset.otherwise, values, width, rows);
  const onset = columnLogOdds(offset.afterSuccess, values, width, rows);
  const trouble = columnLogOdds(offset.inTrouble, values, width, rows);
  for (let i = 0; i < logOdds.length; i++) {
    if (strata[i] === AFTER_SUCCESS) logOdds[i] = onset[i]!;
    else if (strata[i] === IN_TROUBLE) logOdds[i] = trouble[i]!;
  }
  return { logOdds, strata };
}

function strataOfRows(
  lastOutcomeColumn: number,
  troubleColumn: number,
  values: Float32Array,
  width: number,
  rows: ArrayLike<number>,
): Uint8Array {
  const out = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    if (troubleColumn >= 0 && !Number.isNaN(values[from + troubleColumn]!)) out[i] = IN_TROUBLE;
    else if (lastOutcomeColumn >= 0 && values[from + lastOutcomeColumn] === 0) out[i] = AFTER_SUCCESS;
  }
  return out;
}

/** Rows that are not in trouble, which have a stratum of their own. */
export function rowsOutsideTrouble({ features, values }: LabelledVectors, rows: Int32Array): Int32Array {
  const column = firstColumn(features, TROUBLE_FEATURES);
  if (column < 0) return rows;
  const width = features.length;
  return rows.filter((row) => Number.isNaN(values[row * width + column]!));
}

/** A candidate must beat the first one by this many nats, or noise would choose. */
const NEEDED_ADVANTAGE = 2;
const PRIOR = { mean: [0, 1], precision: [4, 25], horizon: 1000 };

/**
 * Chooses in each stratum the candidate whose log-odds, recalibrated online, gave the least log loss over the later half of the rows,
 * or the historical rate unless another is clearly better. (The latest slice alone is too noisy.)
 */
export function chooseOffset(
  rate: RiskColumn,
  candidates: { readonly afterSuccess: readonly string[]; readonly otherwise: readonly string[] },
  vectors: LabelledVectors,
  rows: Int32Array,
): Offset {
  const { features, values } = vectors;
  const lastOutcomeColumn = firstColumn(features, LAST_OUTCOME_FEATURES);
  const inTrouble = riskColumn(features, TROUBLE_FEATURES, rate.whenUnknown);
  const strata = strataOfRows(lastOutcomeColumn, inTrouble.column, values, features.length, rows);
  const later = rows[rows.length >> 1] ?? 0;
  const choose = (stratum: number, names: readonly string[]): RiskColumn => {
    const chosen = rows.filter((_, i) => strata[i] === stratum);
    const outcomes = outcomesOf(vectors, chosen, later);
    const offered = [rate];
    for (const name of names) {
      if (features.includes(name)) offered.push(riskColumn(features, [name], rate.whenUnknown));
    }
    const losses = offered.map((column) =>
      recalibratedLoss(columnLogOdds(column, values, features.length, chosen), outcomes),
    );
    const least = Math.min(...losses);
    return offered[losses[0]! - least < NEEDED_ADVANTAGE ? 0 : losses.indexOf(least)]!;
  };
  return {
    afterSuccess: choose(AFTER_SUCCESS, candidates.afterSuccess),
    otherwise: choose(OTHERWISE, candidates.otherwise),
    lastOutcomeColumn,
    inTrouble,
  };
}

/** The outcomes of some rows in the order in which they became known. */
interface Outcomes {
  /** Position among the rows of each outcome. */
  readonly order: Uint32Array;
  readonly labels: Uint8Array;
  readonly knownAt: Float64Array;
  /** Whether each counts for the loss. */
  readonly counts: Uint8Array;
  /** By position. */
  readonly decidedAt: Float64Array;
}

/** @param countFrom outcomes of earlier rows do not count for the loss. */
function outcomesOf(vectors: LabelledVectors, rows: Int32Array, countFrom: number): Outcomes {
  const { labels, labelKnownAt, decidedAt } = vectors;
  const order = Uint32Array.from(rows.keys());
  order.sort((a, b) => labelKnownAt[rows[a]!]! - labelKnownAt[rows[b]!]! || a - b);
  return {
    order,
    labels: Uint8Array.from(order, (at) => labels[rows[at]!]!),
    knownAt: Float64Array.from(order, (at) => labelKnownAt[rows[at]!]!),
    counts: Uint8Array.from(order, (at) => (rows[at]! >= countFrom ? 1 : 0)),
    decidedAt: Float64Array.from(rows, (row) => decidedAt[row]!),
  };
}

/**
 * Log loss of the outcomes that count, in nats, batches of n that became known together counting sqrt(n).
 *
 * @param logOdds by position.
 */
function recalibratedLoss(logOdds: Float64Array, outcomes: Outcomes): number {
  const { order, labels, knownAt, counts, decidedAt } = outcomes;
  const rows = order.length;
  const online = new OnlineLogistic(PRIOR);
  const inputs = new Float64Array(2 * rows);
  for (let k = 0; k < rows; k++) {
    inputs[2 * k] = 1;
    inputs[2 * k + 1] = logOdds[order[k]!]!;
  }
  const decided = new Float64Array(rows);
  const asked = new Float64Array(2).fill(1);
  let loss = 0;
  let next = 0;
  for (let i = 0; i < rows; i++) {
    const now = decidedAt[i]!;
    while (next < rows && knownAt[next]! < now) {
      const from = next;
      while (next < rows && knownAt[next] === knownAt[from]) next++;
      const weight = 1 / Math.sqrt(next - from);
      for (let k = from; k < next; k++) {
        const before = decided[order[k]!]!;
        if (counts[k] === 1) loss += weight * (softplus(before) - labels[k]! * before);
      }
      online.observe(inputs.subarray(2 * from, 2 * next), labels.subarray(from, next), weight);
    }
    asked[1] = logOdds[i]!;
    decided[i] = online.logOdds(asked);
  }
  return loss;
}

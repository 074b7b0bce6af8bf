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
    const offered = [rate];
    for (const name of names) {
      if (features.includes(name)) offered.push(riskColumn(features, [name], rate.whenUnknown));
    }
    const losses = offered.map((column) =>
      recalibratedLoss(columnLogOdds(column, values, features.length, chosen), vectors, chosen, later),
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

/** Log loss of outcomes of rows from `countFrom` on, in nats, batches of n that became known together counting sqrt(n). */
function recalibratedLoss(
  logOdds: Float64Array,
  vectors: LabelledVectors,
  rows: Int32Array,
  countFrom: number,
): number {
  const { labels, labelKnownAt, decidedAt } = vectors;
  const order = Uint32Array.from(rows.keys());
  order.sort((a, b) => labelKnownAt[rows[a]!]! - labelKnownAt[rows[b]!]! || a - b);
  const online = new OnlineLogistic(PRIOR);
  const decided = new Float64Array(rows.length);
  let loss = 0;
  let next = 0;
  rows.forEach((row, i) => {
    while (next < rows.length && labelKnownAt[rows[order[next]!]!]! < decidedAt[row]!) {
      const from = next;
      const knownAt = labelKnownAt[rows[order[from]!]!];
      while (next < rows.length && labelKnownAt[rows[order[next]!]!] === knownAt) next++;
      const batch = order.subarray(from, next);
      const weight = 1 / Math.sqrt(batch.length);
      const inputs = new Float64Array(batch.length * 2);
      const known = new Uint8Array(batch.length);
      batch.forEach((j, b) => {
        inputs[2 * b] = 1;
        inputs[2 * b + 1] = logOdds[j]!;
        known[b] = labels[rows[j]!]!;
        if (rows[j]! >= countFrom) loss += weight * (softplus(decided[j]!) - known[b] * decided[j]!);
      });
      online.observe(inputs, known, weight);
    }
    decided[i] = online.logOdds([1, logOdds[i]!]);
  });
  return loss;
}

/** The history statistic that the network starts from, chosen apart for subjects after a success and for the others. */
import { OnlineLogistic } from '../calibration/online-logistic.js';
import { softplus } from '../log-odds.js';
import { LAST_OUTCOME_FEATURES, columnLogOdds, firstColumn, riskColumn } from '../risk-columns.js';
import type { RiskColumn } from '../risk-columns.js';
import type { LabelledVectors } from '../types.js';

export interface Offset {
  readonly afterSuccess: RiskColumn;
  readonly otherwise: RiskColumn;
  /** Column of the latest outcome (0 success), -1 when the vectors have none: all rows are `otherwise` then. */
  readonly lastOutcomeColumn: number;
}

/** Log-odds of the offset in the given rows, and which rows follow a success. */
export function offsetLogOdds(
  offset: Offset,
  values: Float32Array,
  width: number,
  rows: ArrayLike<number>,
): { readonly logOdds: Float64Array; readonly afterSuccess: Uint8Array } {
  const afterSuccess = rowsAfterSuccess(offset.lastOutcomeColumn, values, width, rows);
  const logOdds = columnLogOdds(offset.otherwise, values, width, rows);
  const onset = columnLogOdds(offset.afterSuccess, values, width, rows);
  for (let i = 0; i < logOdds.length; i++) if (afterSuccess[i] === 1) logOdds[i] = onset[i]!;
  return { logOdds, afterSuccess };
}

function rowsAfterSuccess(
  column: number,
  values: Float32Array,
  width: number,
  rows: ArrayLike<number>,
): Uint8Array {
  const out = new Uint8Array(rows.length);
  for (let i = 0; column >= 0 && i < rows.length; i++) {
    out[i] = values[rows[i]! * width + column] === 0 ? 1 : 0;
  }
  return out;
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
  const strata = rowsAfterSuccess(lastOutcomeColumn, values, features.length, rows);
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
    afterSuccess: choose(1, candidates.afterSuccess),
    otherwise: choose(0, candidates.otherwise),
    lastOutcomeColumn,
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

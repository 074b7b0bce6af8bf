/** Why a risk is what it is: how much each group of features moves the log-odds away from the subject's usual level. */
import { sigmoid } from '../log-odds.js';
import { seededRandom, shuffle } from '../random.js';
import { columnLogOdds } from '../risk-columns.js';
import type { NetworkModel } from '../network/network-model.js';
import type { Explanation } from '../types.js';
import { binOf } from './usual-level.js';
import type { UsualLevels } from './usual-level.js';

/** Random orders of the groups, each also taken backwards. */
const ORDERS = 6;
const SEED = 20_260_101;
/** Halvings of the way between a usual vector after a success and one after a failure. */
const BISECTIONS = 12;

/**
 * Explains rows one by one. The reference is a vector that training rows of the same historical rate usually have, placed between
 * "after a success" and "after a failure" so that its risk is that rate where it can be. From there the groups are replaced by the
 * subject's own values one after another, in several orders; each group's contribution is its mean change of the log-odds (Shapley
 * values by sampled permutations, antithetic: Castro et al. 2009, Mitchell et al. 2022), so they sum to the whole change exactly.
 *
 * @param groups name of the group of each column.
 */
export async function explainRows(
  model: NetworkModel,
  usual: UsualLevels,
  groups: readonly string[],
  values: Float32Array,
  rows: number,
): Promise<Explanation[]> {
  const width = groups.length;
  const every = Int32Array.from({ length: rows }, (_, row) => row);
  const references = await usualVectors(model, usual, values, every, width);
  const names = [...new Set(groups)];
  const columnsOf = names.map((name) => groups.flatMap((group, column) => (group === name ? [column] : [])));
  const orders = sampledOrders(names.length);
  const explanations: Explanation[] = [];
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    const reference = references.subarray(row * width, (row + 1) * width);
    const chains = buildChains(reference, own, columnsOf, orders);
    const logOdds = await model.logOdds(chains, chains.length / width);
    const sums = new Float64Array(names.length);
    orders.forEach((order, o) => {
      const at = o * (names.length + 1);
      order.forEach((group, k) => {
        sums[group] = sums[group]! + logOdds[at + k + 1]! - logOdds[at + k]!;
      });
    });
    const contributions = names
      .map((group, k) => ({ group, logOdds: sums[k]! / orders.length }))
      .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds));
    explanations.push({
      risk: sigmoid(logOdds[names.length]!),
      usualRisk: sigmoid(logOdds[0]!),
      contributions,
    });
  }
  return explanations;
}

function sampledOrders(groups: number): Int32Array[] {
  const random = seededRandom(SEED);
  const orders: Int32Array[] = [];
  for (let k = 0; k < ORDERS; k++) {
    const order = shuffle(
      Int32Array.from({ length: groups }, (_, group) => group),
      random,
    );
    orders.push(order, order.slice().reverse());
  }
  return orders;
}

/** For each order: the reference, then one more group of own values at a time, up to the vector itself. */
function buildChains(
  reference: Float32Array,
  own: Float32Array,
  columnsOf: readonly (readonly number[])[],
  orders: readonly Int32Array[],
): Float32Array {
  const width = own.length;
  const chains = new Float32Array(orders.length * (columnsOf.length + 1) * width);
  let at = 0;
  for (const order of orders) {
    const current = reference.slice();
    chains.set(current, at);
    at += width;
    for (const group of order) {
      for (const column of columnsOf[group]!) current[column] = own[column]!;
      chains.set(current, at);
      at += width;
    }
  }
  return chains;
}

async function usualVectors(
  model: NetworkModel,
  usual: UsualLevels,
  values: Float32Array,
  rows: Int32Array,
  width: number,
): Promise<Float32Array> {
  const { rate } = model.fitted;
  const target = columnLogOdds(rate, values, width, rows);
  const share = new Float64Array(rows.length).fill(0.5);
  const references = new Float32Array(rows.length * width);
  const place = (): void => {
    rows.forEach((row) => {
      const bin = binOf(usual.starts, target[row]!) * width;
      for (let column = 0; column < width; column++) {
        const low = usual.afterSuccess[bin + column]!;
        const high = usual.afterFailure[bin + column]!;
        references[row * width + column] = blend(low, high, share[row]!);
      }
      if (rate.column >= 0) references[row * width + rate.column] = values[row * width + rate.column]!;
    });
  };
  for (let step = 0; step < BISECTIONS; step++) {
    place();
    const logOdds = await model.logOdds(references, rows.length);
    const move = 0.5 ** (step + 2);
    rows.forEach((row) => {
      share[row] = share[row]! + (logOdds[row]! < target[row]! ? move : -move);
    });
  }
  place();
  return references;
}

function blend(low: number, high: number, share: number): number {
  if (Number.isNaN(low)) return high;
  return Number.isNaN(high) ? low : low + share * (high - low);
}

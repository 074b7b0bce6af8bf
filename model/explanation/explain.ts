/** Why a risk is what it is: how much each aspect of a vector moves the log-odds away from the subject's usual level. */
import { sigmoid } from '../log-odds.js';
import { seededRandom, shuffle } from '../random.js';
import type { NetworkModel } from '../network/network-model.js';
import type { Explanation } from '../types.js';
import { usualVectors, type UsualLevels } from './usual-level.js';

/** Random orders of the aspects, each also taken backwards: exact where no three aspects act together (Mitchell et al. 2022). */
const ORDERS = 2;
const SEED = 20_260_101;
/** Subjects explained together: enough for whole batches of the network, few enough to keep memory small. */
const SUBJECTS_TOGETHER = 64;

/** What {@link explainRows} needs of a model. */
export type ExplainedModel = Pick<NetworkModel, 'logOdds' | 'fitted'>;

/**
 * Explains rows. The reference is the subject's usual vector (see {@link usualVectors}); from there the aspects are replaced by the
 * subject's own values one after another, in several orders, and each aspect's contribution is its mean change of the log-odds that are
 * served, calibration included (Shapley values by sampled permutations, antithetic: Castro et al. 2009, Mitchell et al. 2022). So they sum
 * to the whole change exactly. Aspects take part in the orders by their names, wherever their columns stand.
 *
 * @param aspects name of the aspect of each column; an empty name for what the subject keeps at its usual level.
 */
export async function explainRows(
  model: ExplainedModel,
  usual: UsualLevels,
  aspects: readonly string[],
  values: Float32Array,
  rows: number,
): Promise<Explanation[]> {
  const width = aspects.length;
  const names = [...new Set(aspects)].filter((name) => name !== '').sort();
  const columnsOf = names.map((name) =>
    aspects.flatMap((aspect, column) => (aspect === name ? [column] : [])),
  );
  const orders = sampledOrders(names.length);
  const explanations: Explanation[] = [];
  for (let from = 0; from < rows; from += SUBJECTS_TOGETHER) {
    const count = Math.min(SUBJECTS_TOGETHER, rows - from);
    const own = values.subarray(from * width, (from + count) * width);
    const references = await usualVectors(model, usual, aspects, own, count);
    const chains = buildChains(references, own, count, columnsOf, orders);
    const logOdds = await model.logOdds(chains.vectors, chains.vectors.length / width);
    const each = chains.places.length / count;
    for (let row = 0; row < count; row++) {
      const along = Float64Array.from(
        chains.places.subarray(row * each, (row + 1) * each),
        (place) => logOdds[place]!,
      );
      explanations.push(shareOut(along, names, orders));
    }
  }
  return explanations;
}

function sampledOrders(aspects: number): Int32Array[] {
  const random = seededRandom(SEED);
  const orders: Int32Array[] = [];
  for (let k = 0; k < ORDERS; k++) {
    const order = shuffle(
      Int32Array.from({ length: aspects }, (_, aspect) => aspect),
      random,
    );
    orders.push(order, order.slice().reverse());
  }
  return orders;
}

/** Vectors to score, and for each step of each chain which of them it is. */
interface Chains {
  readonly vectors: Float32Array;
  readonly places: Int32Array;
}

/**
 * For each subject: its reference, its own vector, and for each order what lies between them, one more aspect of own values at a time. An
 * aspect that is as usual changes nothing: the step has the vector of the one before.
 */
function buildChains(
  references: Float32Array,
  own: Float32Array,
  subjects: number,
  columnsOf: readonly (readonly number[])[],
  orders: readonly Int32Array[],
): Chains {
  const width = own.length / subjects;
  const between = Math.max(0, columnsOf.length - 1);
  const places = new Int32Array(subjects * (2 + orders.length * between));
  const vectors = new Float32Array(places.length * width);
  let count = 0;
  let at = 0;
  const add = (vector: Float32Array): void => {
    vectors.set(vector, count * width);
    places[at++] = count++;
  };
  for (let row = 0; row < subjects; row++) {
    const reference = references.subarray(row * width, (row + 1) * width);
    const mine = own.subarray(row * width, (row + 1) * width);
    const start = count;
    add(reference);
    add(mine);
    for (const order of orders) {
      const current = reference.slice();
      let place = start;
      for (let k = 0; k < between; k++) {
        if (!takeOver(current, mine, columnsOf[order[k]!]!)) {
          places[at++] = place;
          continue;
        }
        place = count;
        add(current);
      }
    }
  }
  return { vectors: vectors.subarray(0, count * width), places };
}

/** Copies some columns; whether any changed. */
function takeOver(to: Float32Array, from: Float32Array, columns: readonly number[]): boolean {
  let isChanged = false;
  for (const column of columns) {
    if (Object.is(to[column], from[column])) continue;
    to[column] = from[column]!;
    isChanged = true;
  }
  return isChanged;
}

/** Means of the changes along the orders; `logOdds` of the steps as {@link buildChains} lays a subject out. */
function shareOut(
  logOdds: Float64Array,
  names: readonly string[],
  orders: readonly Int32Array[],
): Explanation {
  const [usual, served] = [logOdds[0]!, logOdds[1]!];
  const between = Math.max(0, names.length - 1);
  const sums = new Float64Array(names.length);
  orders.forEach((order, o) => {
    let before = usual;
    order.forEach((aspect, k) => {
      const after = k === names.length - 1 ? served : logOdds[2 + o * between + k]!;
      sums[aspect] = sums[aspect]! + after - before;
      before = after;
    });
  });
  return {
    risk: sigmoid(served),
    usualRisk: sigmoid(usual),
    contributions: names
      .map((group, k) => ({ group, logOdds: sums[k]! / orders.length }))
      .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds)),
  };
}

import { shuffle } from '../random.js';
import type { Random } from '../random.js';

/** Rows of the majority class drawn per row of the minority class, in each stratum and epoch. */
export const MAJORITY_PER_MINORITY = 12;

/** Most rows of one stratum in one epoch: beyond it the minority is sampled too, and an epoch's time stays bounded. */
export const LARGEST_STRATUM = 40_000;

/** Rows of one epoch with the log-odds that their sampling added. */
export interface EpochSample {
  readonly rows: Int32Array;
  /** log(share of failures kept / share of successes kept) of each row's stratum. */
  readonly prior: Float32Array;
}

/** Rows of one stratum, by class. */
interface Stratum {
  readonly minority: Int32Array;
  readonly majority: Int32Array;
  /** What the rows of each class stand for. */
  readonly minorityWeight: number;
  readonly majorityWeight: number;
  readonly failuresAreMinority: boolean;
}

/**
 * Draws epochs. Strata are the rows after a success and the others: their failure rates differ by two orders of magnitude.
 * The minority class of a stratum is taken whole; of the majority class a fresh sample is drawn each time, and the log-odds
 * that this shifts are carried as an offset, so that the fitted probabilities stay those of the full data.
 */
export class EpochSampler {
  private readonly strata: Stratum[];

  constructor(
    rows: Int32Array,
    labels: Uint8Array,
    afterSuccess: Uint8Array,
    weights?: Float32Array,
    private readonly ratio = MAJORITY_PER_MINORITY,
  ) {
    const weightOf = (chosen: Int32Array): number =>
      weights === undefined ? chosen.length : chosen.reduce((sum, row) => sum + weights[row]!, 0);
    this.strata = [1, 0].map((stratum) => {
      const failures = rows.filter((row) => afterSuccess[row] === stratum && labels[row] === 1);
      const successes = rows.filter((row) => afterSuccess[row] === stratum && labels[row] === 0);
      const failuresAreMinority = failures.length <= successes.length;
      const [minority, majority] = failuresAreMinority ? [failures, successes] : [successes, failures];
      return {
        minority,
        majority,
        minorityWeight: weightOf(minority),
        majorityWeight: weightOf(majority),
        failuresAreMinority,
      };
    });
  }

  /** Rows of the next epoch in random order. */
  draw(random: Random): EpochSample {
    const rows: number[] = [];
    const priorOf: [number, number] = [0, 0];
    const stratumEnd: number[] = [];
    this.strata.forEach((stratum, s) => {
      const { minority, majority, failuresAreMinority } = stratum;
      const fewer = Math.min(minority.length, Math.floor(LARGEST_STRATUM / (1 + this.ratio)));
      // A stratum with a handful of the minority still tells the level of the majority.
      const more = Math.min(majority.length, Math.max(SMALLEST_MAJORITY, fewer * this.ratio));
      for (const row of sampleWithout(minority, fewer, random)) rows.push(row);
      for (const row of sampleWithout(majority, more, random)) rows.push(row);
      const shift = logShare(fewer, stratum.minorityWeight) - logShare(more, stratum.majorityWeight);
      priorOf[s] = failuresAreMinority ? shift : -shift;
      stratumEnd.push(rows.length);
    });
    const order = new Int32Array(rows.length);
    for (let i = 0; i < order.length; i++) order[i] = i;
    shuffle(order, random);
    const prior = new Float32Array(order.length);
    order.forEach((at, i) => (prior[i] = at < stratumEnd[0]! ? priorOf[0] : priorOf[1]));
    return { rows: order.map((at) => rows[at]!), prior };
  }
}

const SMALLEST_MAJORITY = 512;

function logShare(kept: number, of: number): number {
  return kept === 0 ? 0 : Math.log(kept / of);
}

/** `count` distinct items in a random order. */
function sampleWithout(items: Int32Array, count: number, random: Random): Int32Array {
  if (count >= items.length) return items;
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (items.length - i));
    const held = items[i]!;
    items[i] = items[j]!;
    items[j] = held;
  }
  return items.subarray(0, count);
}

/**
 * The last stage of a model: several ways to turn its parts into log-odds, each followed by how well it has done lately.
 *
 * Histories drift, and a model that was better while it was trained can be worse than a plain rate afterwards. So the plain rate, the
 * offset and the network, as they are and recalibrated online, are experts whose log-odds are pooled with weights that fall
 * exponentially with their recent log loss (Vovk 1990; logarithmic pooling). The pool's log loss stays within a few nats of the
 * best expert's, whichever that turns out to be; with little evidence all weigh the same.
 */
import { softplus } from '../log-odds.js';
import { OnlineLogistic } from './online-logistic.js';
import type { OnlineLogisticState } from './online-logistic.js';

/** The parts of many scores, all log-odds, one column each. */
export interface ScoreColumns {
  /** Of the historical rate. */
  readonly rate: Float64Array;
  /** Of the history statistic that the network starts from. */
  readonly offset: Float64Array;
  /** What the network adds to the offset. */
  readonly residual: Float64Array;
  /** 1 where the latest outcome was a success, else 0. */
  readonly afterSuccess: Uint8Array;
}

interface Expert {
  readonly name: string;
  /** Inputs of a linear combination. */
  readonly inputs: (scores: ScoreColumns, row: number) => readonly number[];
  readonly mean: readonly number[];
  /** Precision of the coefficients, or null for fixed ones. */
  readonly precision: readonly number[] | null;
}

/** A level may move by about 0.5 in log-odds, a slope by 0.2, before outcomes have to insist. */
const LEVEL_PRECISION = 4;
const SLOPE_PRECISION = 25;
/** Outcomes, each batch of n that became known together counting sqrt(n): the tries of one run fail together. */
const HORIZON = 1000;

const RATE_EXPERTS: readonly Expert[] = [
  { name: 'rate', inputs: (s, row) => [s.rate[row]!], mean: [1], precision: null },
  {
    name: 'rate_recalibrated',
    inputs: (s, row) => [1, s.rate[row]!],
    mean: [0, 1],
    precision: [LEVEL_PRECISION, SLOPE_PRECISION],
  },
];

const NETWORK_EXPERTS: readonly Expert[] = [
  {
    name: 'offset_recalibrated',
    inputs: (s, row) => [1, s.offset[row]!],
    mean: [0, 1],
    precision: [LEVEL_PRECISION, SLOPE_PRECISION],
  },
  { name: 'network', inputs: (s, row) => [s.offset[row]! + s.residual[row]!], mean: [1], precision: null },
  {
    name: 'network_recalibrated',
    inputs: (s, row) => [1, s.offset[row]! + s.residual[row]!],
    mean: [0, 1],
    precision: [LEVEL_PRECISION, SLOPE_PRECISION],
  },
  {
    name: 'network_shrunk',
    inputs: (s, row) => [1, s.offset[row]!, s.residual[row]!],
    mean: [0, 1, 0.5],
    precision: [LEVEL_PRECISION, SLOPE_PRECISION, SLOPE_PRECISION],
  },
];

/** Plain state, to be saved with a model. */
export interface LiveMixtureState {
  readonly hasNetwork: boolean;
  readonly losses: readonly number[];
  readonly experts: readonly (OnlineLogisticState | null)[];
  /** Outcomes learnt from. */
  readonly outcomes: number;
}

/** The mixture of one stratum. */
export class LiveMixture {
  private readonly experts: readonly Expert[];
  private readonly online: readonly (OnlineLogistic | null)[];
  /** Recent log loss of each expert, in nats, decayed with {@link HORIZON}. */
  private readonly losses: Float64Array;
  private outcomes: number;
  private weights: Float64Array;

  constructor(
    private readonly hasNetwork: boolean,
    state?: LiveMixtureState,
  ) {
    this.experts = hasNetwork ? [...RATE_EXPERTS, ...NETWORK_EXPERTS] : RATE_EXPERTS;
    this.online = this.experts.map(({ mean, precision }, k) =>
      precision === null
        ? null
        : new OnlineLogistic({ mean, precision, horizon: HORIZON }, state?.experts[k] ?? undefined),
    );
    this.losses = Float64Array.from(state?.losses ?? new Float64Array(this.experts.length));
    this.outcomes = state?.outcomes ?? 0;
    this.weights = this.currentWeights();
  }

  /** Log-odds of the score in a row; writes those of each expert to `each` from `at` when given, for {@link observe}. */
  logOdds(scores: ScoreColumns, row: number, each?: Float64Array, at = 0): number {
    let pooled = 0;
    for (let k = 0; k < this.experts.length; k++) {
      const inputs = this.experts[k]!.inputs(scores, row);
      const value = this.online[k]?.logOdds(inputs) ?? inputs[0]!;
      if (each !== undefined) each[at + k] = value;
      pooled += this.weights[k]! * value;
    }
    return pooled;
  }

  get expertCount(): number {
    return this.experts.length;
  }

  /**
   * Learns from outcomes that became known together.
   *
   * @param rows whose outcomes these are.
   * @param each log-odds of each expert when the scores were made: `expertCount` numbers per row of `scores`.
   * @param labels of every row of `scores`; only those of `rows` are read.
   */
  observe(scores: ScoreColumns, rows: ArrayLike<number>, each: Float64Array, labels: Uint8Array): void {
    if (rows.length === 0) return;
    const weight = 1 / Math.sqrt(rows.length);
    const kept = Math.exp(-(rows.length * weight) / HORIZON);
    const count = this.experts.length;
    const known = Uint8Array.from(rows, (row) => labels[row]!);
    this.experts.forEach((expert, k) => {
      const online = this.online[k];
      const size = expert.mean.length;
      const inputs = new Float64Array(online ? rows.length * size : 0);
      let loss = 0;
      for (let r = 0; r < rows.length; r++) {
        const z = each[rows[r]! * count + k]!;
        loss += softplus(z) - known[r]! * z;
        if (online) inputs.set(expert.inputs(scores, rows[r]!), r * size);
      }
      this.losses[k] = this.losses[k]! * kept + weight * loss;
      online?.observe(inputs, known, weight);
    });
    this.outcomes += rows.length;
    this.weights = this.currentWeights();
  }

  /** Share of each expert in the pool, by name. */
  shares(): Record<string, number> {
    return Object.fromEntries(this.experts.map(({ name }, k) => [name, this.weights[k]!]));
  }

  state(): LiveMixtureState {
    return {
      hasNetwork: this.hasNetwork,
      losses: Array.from(this.losses),
      experts: this.online.map((online) => online?.state() ?? null),
      outcomes: this.outcomes,
    };
  }

  private currentWeights(): Float64Array {
    const least = Math.min(...this.losses);
    const weights = this.losses.map((loss) => Math.exp(least - loss));
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((w) => w / sum);
  }
}

/**
 * The last stage of a model: several ways to turn its parts into a risk, each followed by how well it has done lately.
 *
 * Histories drift, and a model that was better while it was trained can be worse than a plain rate afterwards. So the plain rate, the
 * offset and the network, as they are and recalibrated online, are experts whose probabilities are averaged with weights that fall
 * exponentially with their recent log loss: the Bayesian mixture, whose loss stays within the logarithm of the number of experts, in
 * nats, of the best one's, whichever that turns out to be (Vovk 1990). With little evidence all weigh the same.
 */
import type { UnixSeconds } from '../../core/facts.js';
import { logit, sigmoid, softplus } from '../log-odds.js';
import { OnlineLogistic } from './online-logistic.js';
import type { OnlineLogisticPrior, OnlineLogisticState } from './online-logistic.js';
import { BatchWeight } from './batch-weight.js';
import type { BatchWeightState } from './batch-weight.js';

/** The parts of many scores, all log-odds, one column each. */
export interface ScoreColumns {
  /** Of the historical rate. */
  readonly rate: Float64Array;
  /** Of the history statistic that the network starts from. */
  readonly offset: Float64Array;
  /** What the network adds to the offset. */
  readonly residual: Float64Array;
  /** Stratum of each score; see strata.ts. */
  readonly strata: Uint8Array;
  /** Stage by which each score is calibrated; see `calibratedStages`. */
  readonly stages: Uint8Array;
  /** What the time that has passed since the start adds to the log-odds, whatever else they are; 0 for what has not started. */
  readonly passed: Float64Array;
  /** What a subject with little history gains by the rate of others like it, as far as that is trusted; 0 for the others. */
  readonly starting: Float64Array;
}

/** Outcomes of scores that became known together. */
export interface KnownOutcomes {
  /** Of the scores. */
  readonly rows: ArrayLike<number>;
  /** Of every score; only those of `rows` are read. */
  readonly labels: Uint8Array;
  readonly knownAt: UnixSeconds;
}

interface Expert {
  readonly name: string;
  /** Inputs of a linear combination. */
  readonly inputs: (scores: ScoreColumns, row: number) => readonly number[];
  /** What an expert that follows outcomes starts from; null for a fixed one, whose log-odds are its only input. */
  readonly prior: OnlineLogisticPrior | null;
}

/** A level may move by about 0.5 in log-odds, a slope by 0.2, before outcomes have to insist. */
const LEVEL_PRECISION = 4;
const SLOPE_PRECISION = 25;
/**
 * How many outcomes a recalibration remembers: a short horizon follows drift, a long one leaves a steady history alone. Which is right
 * shows in their losses, which are remembered for {@link LOSS_HORIZON}.
 */
const HORIZONS = [
  ['recalibrated', 1000],
  ['recalibrated_slowly', 10_000],
] as const;
const LOSS_HORIZON = 5000;

const network = (s: ScoreColumns, row: number): number => s.offset[row]! + s.residual[row]!;

function fixed(name: string, value: (scores: ScoreColumns, row: number) => number): Expert {
  return { name, inputs: (s, row) => [value(s, row)], prior: null };
}

/** One expert per horizon: a level, and a slope for each value. */
function recalibrated(
  name: string,
  mean: readonly number[],
  values: (scores: ScoreColumns, row: number) => readonly number[],
): Expert[] {
  return HORIZONS.map(([suffix, horizon]) => ({
    name: `${name}_${suffix}`,
    inputs: (s, row) => [1, ...values(s, row)],
    prior: { mean: [0, ...mean], precision: [LEVEL_PRECISION, ...mean.map(() => SLOPE_PRECISION)], horizon },
  }));
}

const RATE_EXPERTS: readonly Expert[] = [
  fixed('rate', (s, row) => s.rate[row]!),
  ...recalibrated('rate', [1], (s, row) => [s.rate[row]!]),
];

const OFFSET_EXPERTS: readonly Expert[] = [
  fixed('offset', (s, row) => s.offset[row]!),
  ...recalibrated('offset', [1], (s, row) => [s.offset[row]!]),
];

const NETWORK_EXPERTS: readonly Expert[] = [
  fixed('network', network),
  ...recalibrated('network', [1], (s, row) => [network(s, row)]),
  ...recalibrated('network_shrunk', [1, 0.5], (s, row) => [s.offset[row]!, s.residual[row]!]),
];

/** A risk as it is, in the column of the rate, and recalibrated slowly: what it is asked of should change as little as outcomes allow. */
const GIVEN_EXPERTS: readonly Expert[] = RATE_EXPERTS.filter(({ name }) => name !== 'rate_recalibrated');

/** The best part of a score that a mixture has experts of, the lesser ones included; `given`: a risk that others made. */
export type BestPart = 'rate' | 'offset' | 'network' | 'given';

const EXPERTS: Readonly<Record<BestPart, readonly Expert[]>> = {
  given: GIVEN_EXPERTS,
  rate: RATE_EXPERTS,
  offset: [...RATE_EXPERTS, ...OFFSET_EXPERTS],
  network: [...RATE_EXPERTS, ...OFFSET_EXPERTS, ...NETWORK_EXPERTS],
};

/** Plain state, to be saved with a model. */
export interface LiveMixtureState {
  readonly best: BestPart;
  readonly losses: readonly number[];
  readonly experts: readonly (OnlineLogisticState | null)[];
  readonly batches: BatchWeightState;
  /** Outcomes learnt from. */
  readonly outcomes: number;
}

/** The mixture of one stratum. */
export class LiveMixture {
  private readonly experts: readonly Expert[];
  private readonly online: readonly (OnlineLogistic | null)[];
  /** Recent log loss of each expert, in nats, decayed with {@link LOSS_HORIZON}. */
  private readonly losses: Float64Array;
  private readonly batches: BatchWeight;
  private outcomes: number;
  private weights: Float64Array;

  constructor(
    private readonly best: BestPart,
    state?: LiveMixtureState,
    /** Log loss, in nats, that the experts of the rate are taken to have had before any outcome. */
    doubtOfRate = 0,
  ) {
    this.experts = EXPERTS[best];
    this.online = this.experts.map(({ prior }, k) =>
      prior === null ? null : new OnlineLogistic(prior, state?.experts[k] ?? undefined),
    );
    this.batches = new BatchWeight(state?.batches);
    this.losses = Float64Array.from(
      state?.losses ?? this.experts.map((expert) => (RATE_EXPERTS.includes(expert) ? doubtOfRate : 0)),
    );
    this.outcomes = state?.outcomes ?? 0;
    this.weights = this.currentWeights();
  }

  /** Log-odds of the score in a row; writes those of each expert to `each` from `at` when given, for {@link observe}. */
  logOdds(scores: ScoreColumns, row: number, each?: Float64Array, at = 0): number {
    let risk = 0;
    for (let k = 0; k < this.experts.length; k++) {
      const inputs = this.experts[k]!.inputs(scores, row);
      const value = this.online[k]?.logOdds(inputs) ?? inputs[0]!;
      if (each !== undefined) each[at + k] = value;
      risk += this.weights[k]! * sigmoid(value);
    }
    return logit(risk);
  }

  /** Outcomes learnt from. */
  get outcomeCount(): number {
    return this.outcomes;
  }

  get expertCount(): number {
    return this.experts.length;
  }

  /**
   * Learns from outcomes that became known together.
   *
   * @param each log-odds of each expert when the scores were made, from every `stride`th number on: one stride per row of `scores`.
   */
  observe(
    scores: ScoreColumns,
    { rows, labels, knownAt }: KnownOutcomes,
    each: Float64Array,
    stride = this.expertCount,
  ): void {
    if (rows.length === 0) return;
    const weight = this.batches.next(rows.length, knownAt);
    const kept = Math.exp(-(rows.length * weight) / LOSS_HORIZON);
    const known = Uint8Array.from(rows, (row) => labels[row]!);
    this.experts.forEach((expert, k) => {
      const online = this.online[k];
      const size = expert.prior?.mean.length ?? 0;
      const inputs = new Float64Array(online ? rows.length * size : 0);
      let loss = 0;
      for (let r = 0; r < rows.length; r++) {
        const z = each[rows[r]! * stride + k]!;
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
      best: this.best,
      losses: Array.from(this.losses),
      experts: this.online.map((online) => online?.state() ?? null),
      batches: this.batches.state(),
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

/** Trains on earlier parts of the rows and scores later ones, to choose how strongly and how long to train. */
import { countFailures, rowsKnownBefore, thinRows } from '../rows.js';
import type { LabelledVectors, TrainingPart } from '../types.js';
import { levelledLogLoss } from './levelled-loss.js';
import { residuals, residualsOfInputs } from './network-scorer.js';
import type { Network } from './network.js';
import { trainNetwork } from './train-network.js';
import type { Decay, NetworkData, NetworkSettings } from './train-network.js';

/** Where the folds begin, as shares of the training rows; each ends where the next begins. */
export const FOLD_STARTS = [0.4, 0.6, 0.85] as const;
/** The folds that choose. The first has too little before it to tell what suits the whole. */
const CHOOSING_FOLDS = [1, 2] as const;
/** Rows of a fold on which losses are compared. */
const COMPARED_ROWS = 60_000;
/** Weaker decay than the first of the list must save this many nats. */
const NEEDED_ADVANTAGE = 4;
/** Of the rarer class, in all training rows: with fewer, the strongest decay is taken untried. */
const NEEDED_TO_TRY_WEAKER = 100;

/** What the folds chose, and what the later rows of each fold got from a network of its earlier ones. */
export interface ChosenTraining {
  readonly decay: Decay;
  readonly epochs: number;
  /** By row of the matrix; 0 where no fold scored. */
  readonly residualOfRow: Float64Array;
  /** The same of the rows at other stages. */
  readonly residualOfOther: Float64Array;
}

export interface ChooseTrainingOptions {
  readonly seed: number;
  readonly settings: NetworkSettings;
  readonly onEpoch: (total: number) => void;
  /** Rows at other stages: scored like the later rows of a fold, and trained on by none. */
  readonly others?: LabelledVectors | undefined;
  /** Whether the first rows of a fold are enough to train on. */
  readonly isEnough: (rows: number, failures: number) => boolean;
}

interface Fold {
  readonly earlier: Int32Array;
  readonly later: Int32Array;
  /** Later rows at other stages. */
  readonly others: Int32Array;
}

/** One training on a fold: the weights after each epoch, and the loss on the later rows, in nats. */
interface FoldTraining {
  readonly networks: readonly Network[];
  readonly losses: readonly number[];
}

/** @param rows of the training part whose labels count, rising. */
export function chooseTraining(
  vectors: LabelledVectors,
  part: TrainingPart,
  data: NetworkData,
  rows: Int32Array,
  options: ChooseTrainingOptions,
): ChosenTraining {
  const { seed, settings, onEpoch } = options;
  const failures = countFailures(vectors.labels, rows);
  const tryWeaker = Math.min(failures, rows.length - failures) >= NEEDED_TO_TRY_WEAKER;
  const decays = tryWeaker ? settings.decays : settings.decays.slice(0, 1);
  const total = (CHOOSING_FOLDS.length * decays.length + 2) * settings.epochs;
  const folds = FOLD_STARTS.map((start, fold): Fold | null => {
    const from = rows[Math.floor(start * rows.length)]!;
    const next = FOLD_STARTS[fold + 1];
    const to = next === undefined ? part.rows : rows[Math.floor(next * rows.length)]!;
    const earlier = rowsKnownBefore(vectors, 0, from, Math.min(part.knownBefore, vectors.decidedAt[from]!));
    if (!options.isEnough(earlier.length, countFailures(vectors.labels, earlier))) return null;
    const until = next === undefined ? Infinity : vectors.decidedAt[to]!;
    return {
      earlier,
      later: rows.filter((row) => row >= from && row < to),
      others: rowsDecided(options.others, vectors.decidedAt[from]!, until),
    };
  });
  const train = (fold: Fold, decay: Decay): FoldTraining => {
    const compared = new Comparison(data, thinRows(fold.later, COMPARED_ROWS));
    const networks: Network[] = [];
    const losses: number[] = [];
    trainNetwork(data, fold.earlier, {
      seed,
      settings,
      decay,
      onEpoch: (_epoch, { architecture, parameters }) => {
        const network = { architecture, parameters: parameters.map((array) => array.slice()) };
        networks.push(network);
        losses.push(compared.lossOf(network));
        onEpoch(total);
      },
    });
    return { networks, losses };
  };
  const choices: Choice[] = [];
  for (const decay of decays) {
    const trained = folds.map((fold, k) => (fold && k > 0 ? train(fold, decay) : null));
    const choice = { decay, trained, ...leastLoss(trained, settings.epochs) };
    const before = choices.at(-1);
    choices.push(choice);
    // A still weaker one has not been seen to be better than both.
    if (before !== undefined && choice.loss >= before.loss) break;
  }
  const { decay, trained, epochs } = bestOf(choices);
  const residualOfRow = new Float64Array(vectors.rows);
  const residualOfOther = new Float64Array(options.others?.rows ?? 0);
  folds.forEach((fold, k) => {
    if (!fold) return;
    const { networks } = trained[k] ?? train(fold, decay);
    const score = (values: Float32Array, later: Int32Array, out: Float64Array): void => {
      const found = residuals(networks[epochs - 1]!, data.inputs.transform, values, later);
      later.forEach((row, i) => (out[row] = found[i]!));
    };
    score(vectors.values, fold.later, residualOfRow);
    if (options.others !== undefined) score(options.others.values, fold.others, residualOfOther);
  });
  return { decay, epochs, residualOfRow, residualOfOther };
}

/** Rows that were decided from one time to before another. */
function rowsDecided(vectors: LabelledVectors | undefined, from: number, until: number): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < (vectors?.rows ?? 0); row++) {
    const at = vectors!.decidedAt[row]!;
    if (at >= from && at < until) rows.push(row);
  }
  return Int32Array.from(rows);
}

/** A decay with its trainings by fold, the number of epochs that suits it and the loss that they left, in nats. */
interface Choice {
  readonly decay: Decay;
  readonly trained: readonly (FoldTraining | null)[];
  readonly epochs: number;
  readonly loss: number;
}

function leastLoss(
  trained: readonly (FoldTraining | null)[],
  epochs: number,
): Pick<Choice, 'epochs' | 'loss'> {
  const losses = Array.from({ length: epochs }, (_, epoch) =>
    trained.reduce((sum, fold) => sum + (fold?.losses[epoch] ?? 0), 0),
  );
  const loss = Math.min(...losses);
  const isKnown = trained.some((fold) => fold !== null);
  return { epochs: isKnown ? losses.indexOf(loss) + 1 : epochs, loss };
}

function bestOf(choices: readonly Choice[]): Choice {
  const best = choices.reduce((a, b) => (b.loss < a.loss ? b : a));
  return choices[0]!.loss - best.loss < NEEDED_ADVANTAGE ? choices[0]! : best;
}

/** Loss of networks on the same rows, apart after a success and otherwise: each stratum has a level of its own that moves with the times. */
class Comparison {
  private readonly strata: readonly {
    readonly inputs: Float32Array;
    readonly offset: Float64Array;
    readonly labels: Uint8Array;
  }[];

  constructor(data: NetworkData, rows: Int32Array) {
    const width = data.inputs.width + 1;
    this.strata = [0, 1].map((stratum) => {
      const chosen = rows.filter((row) => data.afterSuccess[row] === stratum);
      const inputs = new Float32Array(chosen.length * width).fill(1);
      data.inputs.write(chosen, inputs, width);
      return {
        inputs,
        offset: Float64Array.from(chosen, (row) => data.offset[row]!),
        labels: Uint8Array.from(chosen, (row) => data.labels[row]!),
      };
    });
  }

  lossOf(network: Network): number {
    let sum = 0;
    for (const { inputs, offset, labels } of this.strata) {
      if (labels.length === 0) continue;
      const logOdds = residualsOfInputs(network, inputs).map((r, i) => r + offset[i]!);
      sum += labels.length * levelledLogLoss(logOdds, labels);
    }
    return sum;
  }
}

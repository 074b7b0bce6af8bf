import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Network } from './network.js';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { derivedSeed, seededRandom } from '../random.js';
import { AdamW } from './adamw.js';
import { initialParameters, memberMask, parameterShapes } from './architecture.js';
import type { Architecture, Parameters } from './architecture.js';
import { EpochSampler } from './batches.js';
import { lossGradients } from './forward.js';
import type { TransformedRows } from './transformed-rows.js';

/** Decoupled weight decay: of the direct paths and the head, and of the hidden layers. */
export interface Decay {
  readonly direct: number;
  readonly hidden: number;
}

/** Settings of the optimisation. */
export interface NetworkSettings {
  readonly members: number;
  readonly hidden: readonly [number, number];
  readonly batchRows: number;
  readonly learningRate: number;
  /** Length of the cosine schedule. */
  readonly epochs: number;
  /** Steps of one epoch at least: a small history is drawn from several times. */
  readonly epochSteps: number;
  /** What the folds may choose from, the strongest first. */
  readonly decays: readonly Decay[];
  /** Share of the running average of the weights that one step replaces, once the average is warm. */
  readonly averageRate: number;
}

/** Strong decay and few epochs: by rolling origin inside the training part of three histories (docs/modelling.md). */
export const NETWORK_SETTINGS: NetworkSettings = {
  members: 4,
  hidden: [32, 16],
  batchRows: 512,
  learningRate: 4e-3,
  epochs: 8,
  epochSteps: 40,
  decays: [
    { direct: 10, hidden: 10 },
    { direct: 10, hidden: 3 },
    { direct: 3, hidden: 1 },
  ],
  averageRate: 0.01,
};

/** What the network learns from: rows of a matrix, each with the log-odds it starts from. */
export interface NetworkData {
  readonly inputs: TransformedRows;
  readonly labels: Uint8Array;
  readonly afterSuccess: Uint8Array;
  readonly weights?: Float32Array | undefined;
  /** Log-odds of each row of the matrix before any residual. */
  readonly offset: Float64Array;
}

export interface TrainNetworkOptions {
  readonly seed: number;
  readonly settings?: NetworkSettings;
  /** The strongest of the settings unless given. */
  readonly decay?: Decay;
  /** Weights to start from, of the same architecture; random ones unless given. */
  readonly initial?: Parameters;
  /** Stop after this many epochs of the schedule; all of them unless given. */
  readonly stopAfter?: number;
  /** Called after each epoch with the averaged weights, which later epochs change. */
  readonly onEpoch?: (epoch: number, network: Network) => void;
}

const WARM_UP_STEPS = 20;

/**
 * Fits the residual network with AdamW, a cosine schedule and averaged weights (Izmailov et al. 2018). Runs synchronously on
 * the backend of this thread: call it in a worker thread, after `startBackend`.
 */
export function trainNetwork(data: NetworkData, rows: Int32Array, options: TrainNetworkOptions): Network {
  const settings = options.settings ?? NETWORK_SETTINGS;
  const architecture: Architecture = {
    inputs: data.inputs.width,
    members: settings.members,
    hidden: settings.hidden,
  };
  const random = seededRandom(derivedSeed(options.seed, 'network'));
  const weights = options.initial?.map((w) => w.slice()) ?? initialParameters(architecture, random);
  const averaged = weights.map((w) => w.slice());
  const optimiser = new AdamW(weights);
  const { direct, hidden } = options.decay ?? settings.decays[0]!;
  const decay = [direct, direct, hidden, hidden, 0, direct];
  const sampler = new EpochSampler(rows, data.labels, data.afterSuccess, data.weights);
  const step = new TrainingStep(architecture, settings.batchRows);
  let steps = 0;
  const epochs = Math.min(settings.epochs, options.stopAfter ?? settings.epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    let done = 0;
    while (done < settings.epochSteps) {
      const sample = sampler.draw(random);
      const batches = Math.max(1, Math.floor(sample.rows.length / settings.batchRows));
      const ofEpoch = Math.max(batches, settings.epochSteps);
      for (let b = 0; b < batches && done < ofEpoch; b++, done++) {
        const from = Math.floor((b * sample.rows.length) / batches);
        const to = Math.floor(((b + 1) * sample.rows.length) / batches);
        const prior = sample.prior.subarray(from, to);
        const gradients = step.gradients(data, sample.rows.subarray(from, to), prior, weights);
        const warmUp = Math.min(1, (steps + 1) / WARM_UP_STEPS);
        const cosine = 0.5 + 0.5 * Math.cos((Math.PI * (epoch + done / ofEpoch)) / settings.epochs);
        optimiser.step(gradients, settings.learningRate * warmUp * cosine, decay);
        steps++;
        average(averaged, weights, Math.max(settings.averageRate, 1 / (steps + 1)));
      }
    }
    options.onEpoch?.(epoch + 1, { architecture, parameters: averaged });
  }
  step.dispose();
  return { architecture, parameters: averaged };
}

function average(averaged: readonly Float32Array[], weights: readonly Float32Array[], rate: number): void {
  averaged.forEach((a, k) => {
    const w = weights[k]!;
    for (let i = 0; i < a.length; i++) a[i] = a[i]! + rate * (w[i]! - a[i]!);
  });
}

/** Computes gradients of one batch; holds the constant mask. */
class TrainingStep {
  private readonly mask: Tensor2D;
  private readonly shapes: readonly (readonly [number, number])[];

  constructor(
    private readonly architecture: Architecture,
    private readonly batchRows: number,
  ) {
    const { members, hidden } = architecture;
    this.mask = tensor2d(memberMask(architecture), [members * hidden[0], members * hidden[1]]);
    this.shapes = parameterShapes(architecture);
  }

  gradients(
    data: NetworkData,
    rows: Int32Array,
    prior: Float32Array,
    weights: readonly Float32Array[],
  ): Float32Array[] {
    const n = rows.length;
    const width = this.architecture.inputs + 1;
    const input = new Float32Array(n * width).fill(1);
    data.inputs.write(rows, input, width);
    const start = new Float32Array(n);
    const labels = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      start[i] = data.offset[rows[i]!]! + prior[i]!;
      labels[i] = data.labels[rows[i]!]!;
    }
    // A history smaller than a quarter of a batch moves the weights less, not as much as a full batch.
    const perRow = new Float32Array(n).fill(1 / Math.max(n, this.batchRows / 4));
    const gradients: Float32Array[] = [];
    // Not returned by the function that is tidied: tfjs would look for tensors in every element of the arrays.
    tidy(() => {
      const x = tensor2d(input, [n, width]);
      const target = {
        offset: tensor2d(start, [n, 1]),
        labels: tensor2d(labels, [n, 1]),
        weights: tensor2d(perRow, [n, 1]),
      };
      const tensors = weights.map((w, k) => tensor2d(w, this.shapes[k] as [number, number]));
      for (const gradient of lossGradients(x, tensors, this.mask, target)) {
        gradients.push(gradient.dataSync() as Float32Array);
      }
    });
    return gradients;
  }

  dispose(): void {
    this.mask.dispose();
  }
}

import { normal, seededRandom } from '../../model/random.js';
import { sigmoid } from '../../model/log-odds.js';
import type { LabelledVectors } from '../../model/types.js';

export const SYNTHETIC_FEATURES = [
  'task__historical_rate__30d',
  'task__last_outcome__latest',
  'task__transition_rate__32d',
  'signal__strong__now',
  'signal__hinged__now',
  'signal__often_missing__now',
  'noise__one__now',
  'noise__two__now',
] as const;

export const SYNTHETIC_GROUPS = [
  'history',
  'history',
  'history',
  'signal',
  'signal',
  'gaps',
  'noise',
  'noise',
];

export interface SyntheticOptions {
  readonly seed?: number;
  /** Shift of the true log-odds over the whole span, as under drift. */
  readonly drift?: number;
  /** Weight of what the history does not tell; 0 makes the historical rate all there is to know. */
  readonly signal?: number;
  /** Middle of the true log-odds. */
  readonly level?: number;
}

/** Hourly decisions of a made-up task whose failures depend on its history, one signal, one hinge and one value often missing. */
export function syntheticVectors(rows: number, options: SyntheticOptions = {}): LabelledVectors {
  const { seed = 1, drift = 0, signal = 1.5, level = -2 } = options;
  const random = seededRandom(seed);
  const width = SYNTHETIC_FEATURES.length;
  const values = new Float32Array(rows * width);
  const labels = new Uint8Array(rows);
  const decidedAt = new Float64Array(rows);
  const afterSuccess = new Uint8Array(rows);
  let last = NaN;
  for (let row = 0; row < rows; row++) {
    const base = level + 0.7 * normal(random);
    const strong = normal(random);
    const hinged = normal(random);
    const gap = random() < 0.3 ? NaN : normal(random);
    const logOdds =
      base + signal * (strong + Math.max(0, hinged) + (Number.isNaN(gap) ? 0.5 : 0)) + (drift * row) / rows;
    const rate = sigmoid(base);
    values.set([rate, last, rate, strong, hinged, gap, normal(random), normal(random)], row * width);
    labels[row] = random() < sigmoid(logOdds) ? 1 : 0;
    decidedAt[row] = 1_700_000_000 + row * 3600;
    afterSuccess[row] = last === 0 ? 1 : 0;
    last = labels[row]!;
  }
  const labelKnownAt = decidedAt.map((time) => time + 600);
  return { features: SYNTHETIC_FEATURES, rows, values, labels, decidedAt, labelKnownAt, afterSuccess };
}

/** The same rows with every label the same. */
export function withOneClass(vectors: LabelledVectors, label: 0 | 1): LabelledVectors {
  return { ...vectors, labels: new Uint8Array(vectors.rows).fill(label) };
}

export const wholePart = (vectors: LabelledVectors): { rows: number; knownBefore: number } => ({
  rows: vectors.rows,
  knownBefore: Infinity,
});

export const quietOptions = {
  seed: 7,
  onProgress: (): void => undefined,
  signal: new AbortController().signal,
};

/**
 * A retraining that goes on from the weights of an earlier model, beside one from scratch: a model of the first 60 % of a history is
 * trained again at 70 %, and both score the later 30 % as they would have live. What is chosen is chosen by `--part training`, which
 * sees nothing of these 30 %.
 */
import { startBackend } from '../model/backend.js';
import { replayDecisions } from '../model/calibration/decision-stream.js';
import { StratifiedMixture } from '../model/calibration/stratified-mixture.js';
import { sigmoid } from '../model/log-odds.js';
import { fitRiskNetwork } from '../model/network/fit-risk-network.js';
import type { FittedRisk } from '../model/network/fit-risk-network.js';
import { scoreParts, scoredDecisions } from '../model/network/score-parts.js';
import type { InitialFit } from '../model/network/warm-start.js';
import { compareRisks } from '../model/quality/comparison.js';
import type { Comparison } from '../model/quality/comparison.js';
import { OLDER_SIZES, olderShare, type OlderSizes } from '../model/training/older-share.js';
import type { LabelledVectors, TrainingPart } from '../model/types.js';
import { readHistory } from './histories.js';
import { namedBy } from './named.js';
import { publicHistories } from './public-histories.js';
import { loadMatrix } from './quality-matrix.js';
import type { Matrix } from './quality-matrix.js';
import { firstRows, withOlderSample } from './retraining/older-sample.js';
import { timed, type Seconds } from './timing.js';
import { CACHE, figures, type Compared } from './xgboost.js';

/** Shares of a history: what the earlier model learns from, what there is at the retraining, and what is scored, up to its end. */
const PARTS = {
  test: { earlier: 0.6, now: 0.7, until: 1 },
  training: { earlier: 0.5, now: 0.6, until: 0.7 },
} as const;
const SEED = 1;

interface Retrained extends Compared {
  readonly seconds: Seconds;
}

interface Tested {
  readonly figures: Compared;
  readonly risks: Float64Array;
}

export interface RetrainingMeasurement {
  readonly history: string;
  readonly rows: { readonly earlier: number; readonly now: number; readonly test: number };
  readonly cold: Retrained;
  /** With a sample of what the earlier model has learnt from, as `orc train` does it, and with all of it. */
  readonly warm: Retrained & { readonly olderShare: number; readonly rows: number };
  readonly warmWhole: Retrained;
  /** The earlier model, not trained again. */
  readonly earlier: Compared;
  /** Processor seconds, warm over cold. */
  readonly share: number;
  /** By how much the warm one is better, with a paired bootstrap over DAG runs. */
  readonly warmAgainstCold: Difference;
  /** By how much the sample is better than the whole. */
  readonly warmAgainstWhole: Difference;
}

type Difference = Pick<Comparison, 'all' | 'onset' | 'calibration' | 'brier'>;

interface Settings {
  readonly part: (typeof PARTS)[keyof typeof PARTS];
  readonly sizes: OlderSizes;
  readonly seed: number;
}

/**
 * On every real history that is at hand, or on those of `--history NAME,NAME` alone.
 *
 * @param flags `--part training` chooses inside the training part; `--older ROWS,FAILURES` the size of the sample, `--seed N` another one.
 */
export async function benchRetraining(flags: ReadonlyMap<string, string>): Promise<RetrainingMeasurement[]> {
  await startBackend();
  const [rows, ofRarerClass] = (flags.get('older') ?? '').split(',').map(Number);
  const settings: Settings = {
    part: flags.get('part') === 'training' ? PARTS.training : PARTS.test,
    sizes: ofRarerClass === undefined ? OLDER_SIZES : { rows: rows!, ofRarerClass },
    seed: Number(flags.get('seed') ?? SEED),
  };
  const measurements: RetrainingMeasurement[] = [];
  const histories = publicHistories();
  const wanted = namedBy(
    flags.get('history'),
    histories.map(({ name }) => name),
    'history',
  );
  for (const { name, path } of histories) {
    if (!wanted.includes(name)) continue;
    const whole = await loadMatrix(name, CACHE, () => readHistory(path));
    const { until } = settings.part;
    measurements.push(measure(firstRows(whole, Math.floor(until * whole.rows)), settings));
  }
  return measurements;
}

function measure(matrix: Matrix, { part: shares, sizes, seed }: Settings): RetrainingMeasurement {
  const options = { seed: SEED, onProgress: () => undefined, signal: new AbortController().signal };
  const partAt = (share: number): TrainingPart => partOf(matrix, share / shares.until);
  const [before, now] = [partAt(shares.earlier), partAt(shares.now)];
  const { fitted } = fitRiskNetwork(matrix, before, options);
  const initial = { fitted, learntUntil: lastKnown(matrix, before) };
  const retrain = (
    from?: InitialFit,
    shown: LabelledVectors = firstRows(matrix, now.rows),
  ): Tested & { readonly seconds: Seconds } => {
    const known = { rows: shown.rows, knownBefore: now.knownBefore };
    const [seconds, fit] = timed(() => fitRiskNetwork(shown, known, { ...options, initial: from }));
    return { seconds, ...scoreLater(matrix, fit.fitted, now.rows, lastKnown(matrix, now)) };
  };
  const cold = retrain();
  const warmWhole = retrain(initial);
  const share = olderShare(fitted.summary, 1, sizes);
  const sample = withOlderSample(firstRows(matrix, now.rows), initial.learntUntil, share, seed);
  const warm = retrain(initial, sample);
  const tested = <T extends Uint8Array | Int32Array>(column: T): T => column.slice(now.rows) as T;
  const against = (champion: Float64Array): Difference => {
    const { all, onset, calibration, brier } = compareRisks(
      {
        labels: tested(matrix.labels),
        afterSuccess: tested(matrix.afterSuccess),
        runs: tested(matrix.runs),
        champion,
        challenger: warm.risks,
      },
      SEED,
    );
    return { all, onset, calibration, brier };
  };
  return {
    history: matrix.history,
    rows: { earlier: before.rows, now: now.rows, test: matrix.rows - now.rows },
    cold: { seconds: cold.seconds, ...cold.figures },
    warm: { seconds: warm.seconds, olderShare: share, rows: sample.rows, ...warm.figures },
    warmWhole: { seconds: warmWhole.seconds, ...warmWhole.figures },
    earlier: scoreLater(matrix, fitted, now.rows, initial.learntUntil).figures,
    share: warm.seconds.processor / cold.seconds.processor,
    warmAgainstCold: against(cold.risks),
    warmAgainstWhole: against(warmWhole.risks),
  };
}

function partOf(matrix: Matrix, share: number): TrainingPart {
  const rows = Math.floor(share * matrix.rows);
  return { rows, knownBefore: matrix.decidedAt[rows]! };
}

function lastKnown({ labelKnownAt }: Matrix, part: TrainingPart): number {
  let latest = -Infinity;
  for (let row = 0; row < part.rows; row++) {
    const time = labelKnownAt[row]!;
    if (time < part.knownBefore && time > latest) latest = time;
  }
  return latest;
}

/** Scores the rows from `from` on, the mixture following every outcome known after `learntUntil`. */
function scoreLater(matrix: Matrix, fitted: FittedRisk, from: number, learntUntil: number): Tested {
  const rows = Int32Array.from({ length: matrix.rows }, (_, row) => row).filter(
    (row) => row >= from || matrix.labelKnownAt[row]! > learntUntil,
  );
  const decisions = scoredDecisions(matrix, rows, scoreParts(fitted, matrix.values, rows));
  const mixture = new StratifiedMixture(fitted.network !== null, fitted.mixture);
  const all = replayDecisions(mixture, decisions, false).map(sigmoid);
  const risks = all.slice(rows.length - (matrix.rows - from));
  return { risks, figures: figures(matrix, from, risks) };
}

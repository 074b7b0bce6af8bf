/**
 * A retraining that goes on from the weights of an earlier model, beside one from scratch: a model of the first 60 % of a history is
 * trained again at 70 %, and both score the later 30 % as they would have live.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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
import type { TrainingPart } from '../model/types.js';
import { readHistory } from './histories.js';
import { loadMatrix } from './quality-matrix.js';
import type { Matrix } from './quality-matrix.js';
import { timed, type Seconds } from './timing.js';
import { CACHE, DATASETS, HISTORIES, figures, type Compared } from './xgboost.js';

const EARLIER_SHARE = 0.6;
const NOW_SHARE = 0.7;
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
  readonly warm: Retrained;
  /** The model of the first 60 %, not trained again. */
  readonly earlier: Compared;
  /** Processor seconds, warm over cold. */
  readonly share: number;
  /** By how much the warm one is better, with a paired bootstrap over DAG runs. */
  readonly warmAgainstCold: Pick<Comparison, 'all' | 'onset' | 'calibration' | 'brier'>;
}

/** On every real history that is at hand, or on `--history NAME.csv.gz` alone. */
export async function benchRetraining(flags: ReadonlyMap<string, string>): Promise<RetrainingMeasurement[]> {
  await startBackend();
  const only = flags.get('history');
  const measurements: RetrainingMeasurement[] = [];
  for (const name of only === undefined ? HISTORIES : [only]) {
    const path = join(DATASETS, name);
    if (existsSync(path)) measurements.push(measure(await loadMatrix(name, CACHE, () => readHistory(path))));
  }
  return measurements;
}

function measure(matrix: Matrix): RetrainingMeasurement {
  const options = { seed: SEED, onProgress: () => undefined, signal: new AbortController().signal };
  const [before, now] = [partOf(matrix, EARLIER_SHARE), partOf(matrix, NOW_SHARE)];
  const { fitted } = fitRiskNetwork(matrix, before, options);
  const initial = { fitted, learntUntil: lastKnown(matrix, before) };
  const retrain = (from?: InitialFit): Tested & { readonly seconds: Seconds } => {
    const [seconds, fit] = timed(() => fitRiskNetwork(matrix, now, { ...options, initial: from }));
    return { seconds, ...scoreLater(matrix, fit.fitted, now.rows, lastKnown(matrix, now)) };
  };
  const cold = retrain();
  const warm = retrain(initial);
  const tested = <T extends Uint8Array | Int32Array>(column: T): T => column.slice(now.rows) as T;
  const { all, onset, calibration, brier } = compareRisks(
    {
      labels: tested(matrix.labels),
      afterSuccess: tested(matrix.afterSuccess),
      runs: tested(matrix.runs),
      champion: cold.risks,
      challenger: warm.risks,
    },
    SEED,
  );
  return {
    history: matrix.history,
    rows: { earlier: before.rows, now: now.rows, test: matrix.rows - now.rows },
    cold: { seconds: cold.seconds, ...cold.figures },
    warm: { seconds: warm.seconds, ...warm.figures },
    earlier: scoreLater(matrix, fitted, now.rows, initial.learntUntil).figures,
    share: warm.seconds.processor / cold.seconds.processor,
    warmAgainstCold: { all, onset, calibration, brier },
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

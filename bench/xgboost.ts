/** XGBoost beside the network: the same vectors, the same split, the same run. Needs Python 3 and PyPI; the environment is made on demand. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { riskMetrics } from '../model/evaluation/metrics.js';
import type { RiskMetrics } from '../model/evaluation/metrics.js';
import type { TrainingPart } from '../model/types.js';
import { runInWorker } from '../model/training/run-in-worker.js';
import { compareRisks } from '../model/quality/comparison.js';
import type { Comparison } from '../model/quality/comparison.js';
import { loadMatrix, matrixFolder } from './quality-matrix.js';
import type { Matrix } from './quality-matrix.js';
import { readHistory } from './histories.js';
import { publicHistories } from './public-histories.js';

export const CACHE = resolve('bench/results/cache');
const SCRIPT = resolve('bench/xgboost-fit.py');
const SEED = 1;
const TRAIN_SHARE = 0.7;

const run = promisify(execFile);

export interface Compared {
  readonly all: RiskMetrics;
  readonly onset: RiskMetrics;
}

export interface XgboostMeasurement {
  readonly history: string;
  readonly rows: { readonly train: number; readonly test: number };
  readonly network: Compared & { readonly trainSeconds: number };
  readonly xgboost: Compared & { readonly fit: XgboostFit };
  readonly historicalRate: Compared;
  /** By how much the network is better than XGBoost, with a paired bootstrap over DAG runs. */
  readonly networkAgainstXgboost: Pick<Comparison, 'all' | 'onset' | 'calibration' | 'brier'>;
}

/** What `xgboost-fit.py` prints. */
export interface XgboostFit {
  readonly version: string;
  readonly threads: number;
  readonly tune_seconds?: number;
  readonly train_seconds: number;
  readonly train_processor_seconds: number;
  /** Largest resident size of the process, vectors included. */
  readonly peak_mib: number;
  readonly parameters: Readonly<Record<string, number>>;
}

/** Compares on every real history that is at hand; none, and the result is empty. */
export async function benchXgboost(): Promise<XgboostMeasurement[]> {
  const measurements: XgboostMeasurement[] = [];
  for (const { name, path } of publicHistories()) measurements.push(await compare(name, path));
  return measurements;
}

async function compare(name: string, path: string): Promise<XgboostMeasurement> {
  const matrix = await loadMatrix(name, CACHE, () => readHistory(path));
  const split = Math.floor(TRAIN_SHARE * matrix.rows);
  const part: TrainingPart = { rows: split, knownBefore: matrix.decidedAt[split] ?? Infinity };
  const place = matrixFolder(name, CACHE);
  const { fit, probabilities } = await fitXgboost(place);
  const network = await runInWorker(
    { job: 'backtest', predictor: 'network', vectors: matrix, part, seed: SEED },
    { onProgress: () => undefined, signal: new AbortController().signal },
  );
  const { all, onset, calibration, brier } = compareRisks(
    {
      labels: matrix.labels.slice(split),
      afterSuccess: matrix.afterSuccess.slice(split),
      runs: matrix.runs.slice(split),
      champion: probabilities,
      challenger: network.probabilities,
    },
    SEED,
  );
  return {
    history: name,
    rows: { train: split, test: matrix.rows - split },
    network: { ...figures(matrix, split, network.probabilities), trainSeconds: network.trainSeconds },
    xgboost: { ...figures(matrix, split, probabilities), fit },
    historicalRate: figures(matrix, split, Float64Array.from(matrix.historicalRate.subarray(split))),
    networkAgainstXgboost: { all, onset, calibration, brier },
  };
}

/** Figures of the rows from `split` on. */
export function figures(matrix: Matrix, split: number, probabilities: Float64Array): Compared {
  const labels = matrix.labels.slice(split);
  const onset = (_: number, i: number): boolean => matrix.afterSuccess[split + i] === 1;
  return {
    all: riskMetrics(labels, probabilities),
    onset: riskMetrics(labels.filter(onset), probabilities.filter(onset)),
  };
}

async function fitXgboost(place: string): Promise<{ fit: XgboostFit; probabilities: Float64Array }> {
  const fit = await runXgboost([place, place]);
  const bytes = await readFile(join(place, 'probabilities'));
  return { fit, probabilities: new Float64Array(new Uint8Array(bytes).buffer) };
}

/**
 * Runs `xgboost-fit.py` in a Python environment that holds XGBoost, made below the cache on first use.
 *
 * @throws Error with what Python or pip said.
 */
export async function runXgboost(args: readonly string[]): Promise<XgboostFit> {
  const environment = join(CACHE, 'python');
  const python = join(environment, 'bin/python');
  if (!existsSync(join(environment, 'ready'))) {
    await mkdir(CACHE, { recursive: true });
    await run('python3', ['-m', 'venv', environment]);
    await run(python, ['-m', 'pip', 'install', '--quiet', 'xgboost==3.2.0', 'numpy']);
    await run(python, [
      '-c',
      `import xgboost; open(${JSON.stringify(join(environment, 'ready'))}, 'w').close()`,
    ]);
  }
  const { stdout } = await run(python, [SCRIPT, ...args]);
  return JSON.parse(stdout) as XgboostFit;
}

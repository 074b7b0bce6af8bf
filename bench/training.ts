/** How fast 1,000,000 simulated tries are trained on, from scratch and warm, beside XGBoost on the same vectors. */
import { readFileSync } from 'node:fs';
import { startBackend } from '../model/backend.js';
import { fitRiskNetwork } from '../model/network/fit-risk-network.js';
import type { FitSummary } from '../model/network/fit-risk-network.js';
import { loadMatrix, matrixFolder } from './quality-matrix.js';
import { simulatedHistory } from './histories.js';
import { timed, type Seconds } from './timing.js';
import { CACHE, runXgboost } from './xgboost.js';
import type { XgboostFit } from './xgboost.js';

const TRIES = 1_000_000;
const XGBOOST = ['--trees', '600', '--depth', '6'];
/** Share of the tries that the warm start's model had seen. */
const EARLIER_SHARE = 0.95;

export interface TrainingMeasurement {
  readonly tries: number;
  readonly features: number;
  readonly backend: string;
  readonly scratch: Seconds & { readonly summary: FitSummary };
  readonly warm: Seconds;
  /** Largest resident size of this process, vectors included, in MiB. */
  readonly peakMiB: number;
  readonly xgboost: XgboostFit;
  readonly timesXgboost: { readonly wall: number; readonly processor: number };
}

export async function benchTraining(): Promise<TrainingMeasurement> {
  const name = `simulated-${TRIES}`;
  const matrix = await loadMatrix(name, CACHE, () =>
    Promise.resolve(simulatedHistory({ seed: 1, dags: 300, days: 3650, tries: TRIES })),
  );
  const place = matrixFolder(name, CACHE);
  const xgboost = await runXgboost([place, place, ...XGBOOST]);
  const backend = await startBackend();
  const options = { seed: 1, onProgress: () => undefined, signal: new AbortController().signal };
  const everything = { rows: matrix.rows, knownBefore: Infinity };
  const [scratch, fit] = timed(() => fitRiskNetwork(matrix, everything, options));
  const initial = {
    fitted: fit.fitted,
    learntUntil: matrix.labelKnownAt[Math.floor(EARLIER_SHARE * matrix.rows)]!,
  };
  const [warm] = timed(() => fitRiskNetwork(matrix, everything, { ...options, initial }));
  return {
    tries: matrix.rows,
    features: matrix.features.length,
    backend,
    scratch: { ...scratch, summary: fit.fitted.summary },
    warm,
    peakMiB: peakMiB(),
    xgboost,
    timesXgboost: {
      wall: scratch.wall / xgboost.train_seconds,
      processor: scratch.processor / xgboost.train_processor_seconds,
    },
  };
}

function peakMiB(): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Math.round(Number(kibibytes) / 1024);
}

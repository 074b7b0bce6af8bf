import { startBackend } from '../../model/backend.js';
import { fitRiskNetwork } from '../../model/network/fit-risk-network.js';
import type { Matrix } from '../quality-matrix.js';
import { peakMiBOf } from '../run-process.js';
import { timed } from '../timing.js';
import type { FitMeasurement } from './measurements.js';

/** Share of the tries that the warm start's model had seen. */
const EARLIER_SHARE = 0.95;

/** Fits the network of tries twice: from scratch, and going on from that model. */
export async function measureFit(matrix: Matrix): Promise<FitMeasurement> {
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
    backend,
    rows: matrix.rows,
    features: matrix.features.length,
    scratch: { ...scratch, summary: fit.fitted.summary },
    warm,
    peakMiB: peakMiBOf('self'),
  };
}

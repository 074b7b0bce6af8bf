/** Goes back to the former model when the present one's risks no longer fit the outcomes and the former one's would. */
import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import type { Logger } from '../../core/logger.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import { expectedCalibrationError } from '../evaluation/calibration-error.js';
import { perfectForecastError } from '../evaluation/perfect-forecast.js';
import { savedModels } from '../registry/loaded-model.js';
import type { ModelVersion } from '../registry/model-version.js';
import { championVersion, showVersion } from '../registry/registry.js';
import { earlierVersions } from '../registry/roles.js';
import { rollbackServable, servingProblem } from '../registry/servable.js';
import { runInWorker } from '../training/run-in-worker.js';
import type { LabelledVectors, SubjectKind } from '../types.js';
import type { Comparison } from './comparison.js';
import { NEEDED_OUTCOMES } from './live-quality.js';
import { keptFrom, readOutcomes, readVectors } from './score-store.js';
import type { ScoredOutcomes } from './types.js';

/** Calibration is broken from this error on; the contract allows 0.02, and a history that drifts shows 0.03. */
export const BROKEN_ERROR = 0.05;
/** The model before must be the better calibrated one in all but so many resamples, since this is asked again and again. */
const ROLLBACK_SHARE = 0.005;
/** ... and its Brier score better in most: a model that ranks worse but is level does not come back. */
const ROLLBACK_BRIER_SHARE = 0.05;
const OUTCOMES = 5000;
const RESAMPLES = 200;

/**
 * The error when it is both large and more than chance explains; null while it is neither, or too little is known. With few
 * rows even a perfect forecast shows an error: it must be twice what that exceeds in one case of twenty, because tries of one
 * run fail together and so vary more than independent ones.
 */
export function brokenCalibration(
  outcomes: Pick<ScoredOutcomes, 'rows' | 'labels' | 'risks'>,
): number | null {
  if (outcomes.rows < NEEDED_OUTCOMES) return null;
  const error = expectedCalibrationError(outcomes.labels, outcomes.risks)!;
  if (error < BROKEN_ERROR) return null;
  const chance = perfectForecastError(outcomes.risks, { resamples: RESAMPLES, seed: 1 })!;
  return error >= 2 * chance ? error : null;
}

/**
 * Whether going back helps; `comparison` has the served risks as challenger and those of the model before as champion. An
 * outage that no model foresaw breaks the calibration of both, and is no reason.
 */
export function isFormerBetter({ calibration, brier }: Comparison): boolean {
  return (
    calibration !== null &&
    brier !== null &&
    calibration.share <= ROLLBACK_SHARE &&
    brier.share <= ROLLBACK_BRIER_SHARE
  );
}

export interface WatchOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly windowDays: number;
  readonly seed: number;
}

/** Returns the version that was put back into use; null when the present one stays. What a person put into use is left alone. */
export async function watchCalibration(options: WatchOptions): Promise<ModelVersion | null> {
  const { database, logger } = options;
  const champion = await championVersion(database);
  const last = champion?.history.findLast(({ event }) => event === 'promoted' || event === 'rolled_back');
  if (champion === null || last?.event !== 'promoted' || last.by === 'user') return null;
  for (const kind of ['try', 'dag_run'] as const) {
    const reason = await reasonToGoBack(options, champion, kind);
    if (reason === null) continue;
    const restored = await rollbackServable(database, {
      expectedChampion: champion.version,
      note: { by: 'guard', reason },
    });
    logger.warn(
      { version: champion.version, restored: restored.version, reason },
      'went back to the former model',
    );
    return restored;
  }
  return null;
}

async function reasonToGoBack(
  options: WatchOptions,
  champion: ModelVersion,
  kind: SubjectKind,
): Promise<string | null> {
  const { database, clock, windowDays, signal, seed, logger } = options;
  const until = clock();
  const wanted = {
    kind,
    since: keptFrom(until, windowDays),
    until,
    limit: OUTCOMES,
    modelVersion: champion.version,
  };
  const outcomes = await readOutcomes(database, wanted);
  const error = brokenCalibration(outcomes);
  if (error === null) return null;
  const former = await firstServable(database);
  if (former === null) {
    logger.warn({ kind, error }, 'calibration is broken, and no former model can serve');
    return null;
  }
  const features = (kind === 'try' ? TRY_FEATURES : DAG_RUN_FEATURES).map(({ name }) => name);
  const { values, rows } = await readVectors(database, wanted, features.length);
  if (rows !== outcomes.rows) return null;
  const comparison = await runInWorker(
    {
      job: 'compare',
      vectors: inDecisionOrder(outcomes, values, features),
      from: 0,
      runs: reordered(outcomes).map((row) => outcomes.runs[row]!),
      champion: {
        saved: (await savedModels(database, former.version))[kind],
        learntUntil: former.parameters.learnt_until,
      },
      challenger: Float64Array.from(reordered(outcomes), (row) => outcomes.risks[row]!),
      seed,
    },
    { signal, onProgress: () => undefined },
  );
  const before = comparison.champion.all.expected_calibration_error;
  const figures = `calibration error ${error.toFixed(3)} of its scores on ${outcomes.rows} ${kind === 'try' ? 'tries' : 'DAG runs'}, where ${former.version} has ${before?.toFixed(3) ?? '?'}`;
  if (isFormerBetter(comparison)) return figures;
  logger.warn({ kind, figures }, 'calibration is broken, but going back would not mend it');
  return null;
}

async function firstServable(database: Database): Promise<ModelVersion | null> {
  for (const version of await earlierVersions(database)) {
    if ((await servingProblem(database, version)) === null) return showVersion(database, version);
  }
  return null;
}

/** Row numbers by decision time. */
function reordered({ rows, decidedAt }: ScoredOutcomes): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) => decidedAt[a]! - decidedAt[b]! || a - b,
  );
}

function inDecisionOrder(
  outcomes: ScoredOutcomes,
  values: Float32Array,
  features: readonly string[],
): LabelledVectors {
  const order = reordered(outcomes);
  const width = features.length;
  const sorted = new Float32Array(values.length);
  order.forEach((row, at) => {
    sorted.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return {
    features,
    rows: outcomes.rows,
    values: sorted,
    labels: Uint8Array.from(order, (row) => outcomes.labels[row]!),
    decidedAt: Float64Array.from(order, (row) => outcomes.decidedAt[row]!),
    labelKnownAt: Float64Array.from(order, (row) => outcomes.knownAt[row]!),
    afterSuccess: Uint8Array.from(order, (row) => outcomes.afterSuccess[row]!),
  };
}

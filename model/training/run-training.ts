import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { counts, readFacts } from '../../core/fact-log/read.js';
import type { Logger } from '../../core/logger.js';
import type { ProgressListener } from '../../core/progress.js';
import { aspectOf } from '../../features/aspects.js';
import { DAG_RUN_FEATURES, TRY_FEATURES, featureSetHash } from '../../features/registry.js';
import { replayTries } from '../../features/replay.js';
import { logLoss } from '../evaluation/losses.js';
import { loadVersion, packModels } from '../registry/loaded-model.js';
import type { ModelVersion } from '../registry/model-version.js';
import { championVersion, saveVersion } from '../registry/registry.js';
import { promoteVersion } from '../registry/roles.js';
import type { LabelledVectors, SubjectKind } from '../types.js';
import type { FitResult } from './jobs.js';
import { runInWorker } from './run-in-worker.js';

export interface RunTrainingOptions {
  readonly database: Database;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly seed: number;
  /** `if_better`: unless the champion did better on what both had not seen. */
  readonly promote: boolean | 'if_better';
  /** How long after it happened an imported fact counts as visible; 0 unless given. */
  readonly lagSeconds?: number;
}

/** Rows and failures that must be there to compare a new version with the champion. */
const COMPARED_ROWS = 200;
const COMPARED_FAILURES = 10;

/**
 * Trains both models on the whole fact log, stores them as one version and promotes it where asked. The network is fitted in
 * a worker thread; the replay of the log runs on this one, in batches.
 *
 * @throws AppError `too_little_history` when no try or run has ended yet, `cancelled` on abort.
 */
export async function runTraining(options: RunTrainingOptions): Promise<ModelVersion> {
  const { database, signal, onProgress, clock, logger, seed } = options;
  const createdAt = clock();
  const known = await counts(database);
  const replay = await replayTries(
    readFacts(database, options.lagSeconds === undefined ? {} : { lagSeconds: options.lagSeconds }),
    {
      signal,
      onProgress,
      totalFacts: known.tries + known.dagRuns + known.dags + known.tasks + known.pools,
      ...(options.lagSeconds === undefined ? {} : { lagSeconds: options.lagSeconds }),
    },
  );
  const { tries, dagRuns } = replay;
  if (tries.rows === 0 && dagRuns.rows === 0) {
    throw new AppError('too_little_history', 'There is no history to learn from: no try has ended yet.', {
      fix: 'Collect or import some first: orc collect, orc import FILE.',
    });
  }
  const fit = (kind: SubjectKind, vectors: LabelledVectors): Promise<FitResult> => {
    const groups = (kind === 'try' ? TRY_FEATURES : DAG_RUN_FEATURES).map(aspectOf);
    return runInWorker({ job: 'fit', kind, vectors, groups, seed }, { onProgress, signal });
  };
  const tryFit = await fit('try', tries);
  const dagRunFit = await fit('dag_run', dagRuns);
  for (const [kind, { reason }] of [
    ['try', tryFit],
    ['dag_run', dagRunFit],
  ] as const) {
    if (reason !== null)
      logger.warn({ kind, reason }, 'the historical rate answers, there is too little to learn from');
  }
  const saved = await saveVersion(database, {
    createdAt,
    featureSetHash: featureSetHash(),
    dataFrom: earliest(tries, dagRuns),
    dataTo: latest(tries.decidedAt, dagRuns.decidedAt),
    trainingRows: tries.rows,
    metrics: { try: tryFit.metrics, dag_run: dagRunFit.metrics },
    parameters: {
      seed,
      learnt_until: latest(tries.labelKnownAt, dagRuns.labelKnownAt) ?? 0,
      try: { ...tryFit.summary, reason: tryFit.reason },
      dag_run: { ...dagRunFit.summary, reason: dagRunFit.reason },
    },
    weights: packModels({ try: tryFit.saved, dag_run: dagRunFit.saved }),
  });
  if (options.promote === false) return saved;
  const champion = await championVersion(database);
  if (champion && options.promote === 'if_better' && champion.featureSetHash === saved.featureSetHash) {
    if (await isChampionBetter(database, champion, tries, tryFit)) {
      logger.info(
        { version: saved.version, champion: champion.version },
        'the champion did better and stays',
      );
      return saved;
    }
  }
  return promoteVersion(database, saved.version, champion?.version ?? null);
}

/** Compares the log loss on tries that neither model had seen: decided after the champion was trained, held out from the new one. */
async function isChampionBetter(
  database: Database,
  champion: ModelVersion,
  tries: LabelledVectors,
  candidate: FitResult,
): Promise<boolean> {
  const since = champion.parameters.learnt_until;
  const fresh = candidate.holdoutRows
    .map((_, i) => i)
    .filter((i) => tries.decidedAt[candidate.holdoutRows[i]!]! > since);
  const labels = Uint8Array.from(fresh, (i) => tries.labels[candidate.holdoutRows[i]!]!);
  const failures = labels.reduce((sum, label) => sum + label, 0);
  if (fresh.length < COMPARED_ROWS || failures < COMPARED_FAILURES) return false;
  const width = tries.features.length;
  const values = new Float32Array(fresh.length * width);
  fresh.forEach((i, at) => {
    const row = candidate.holdoutRows[i]!;
    values.set(tries.values.subarray(row * width, (row + 1) * width), at * width);
  });
  const model = await loadVersion(database, champion.version, champion.featureSetHash);
  const before = logLoss(labels, await model.predict('try', values, fresh.length));
  model.dispose();
  const after = logLoss(
    labels,
    Float64Array.from(fresh, (i) => candidate.holdoutRisks[i]!),
  );
  return before! < after!;
}

function earliest(...parts: readonly LabelledVectors[]): number | null {
  const times = parts.flatMap(({ rows, decidedAt }) => (rows > 0 ? [decidedAt[0]!] : []));
  return times.length > 0 ? Math.min(...times) : null;
}

function latest(...columns: readonly Float64Array[]): number | null {
  let most: number | null = null;
  for (const column of columns) for (const time of column) if (most === null || time > most) most = time;
  return most;
}

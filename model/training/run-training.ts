import type { Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import { countOutcomes } from '../../core/fact-log/read.js';
import type { Logger } from '../../core/logger.js';
import type { ProgressListener } from '../../core/progress.js';
import { aspectOf } from '../../features/aspects.js';
import { DAG_RUN_FEATURES, TRY_FEATURES, featureSetHash } from '../../features/registry.js';
import { warnOfForgotten } from '../forgotten-dags.js';
import { loadServable, packModels } from '../registry/loaded-model.js';
import type { ChangedBy, ModelVersion, TrainingStart } from '../registry/model-version.js';
import { championVersion, saveVersion } from '../registry/registry.js';
import { noteKeptOut, promoteVersion } from '../registry/roles.js';
import type { LabelledVectors, SubjectKind } from '../types.js';
import { chooseStart } from './choose-start.js';
import { describeHistory } from './describe-history.js';
import type { FitResult } from './jobs.js';
import { judgeVersion } from './judge-version.js';
import { olderSample, type OlderSizes } from './older-share.js';
import { runInWorker } from './run-in-worker.js';

export interface RunTrainingOptions {
  readonly database: Database;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly seed: number;
  /** `if_better`: unless the champion did better on what neither had learnt from; see {@link judgeVersion}. */
  readonly promote: boolean | 'if_better';
  /** Who asked for it, for the registry; `training` unless given. */
  readonly by?: ChangedBy;
  /** Trainings in a row that may go on from the weights of the model in use; 0, always from scratch, unless given. */
  readonly warmStarts?: number;
  /** How much of what the model in use has learnt from is described again; `OLDER_SIZES` unless given. */
  readonly olderSizes?: OlderSizes;
  /** How long after it happened an imported fact counts as visible; 0 unless given. */
  readonly lagSeconds?: number;
}

/**
 * Trains both models on the whole fact log, stores them as one version and promotes it where asked. The network is fitted in
 * a worker thread; the replay of the log runs on this one, in batches.
 *
 * @throws AppError `too_little_history` when no try or run has ended yet, `cancelled` on abort, `conflict` when another process
 *   put another model into use meanwhile, `input_invalid` when what was stored cannot serve. The champion then stays.
 */
export async function runTraining(options: RunTrainingOptions): Promise<ModelVersion> {
  const { database, signal, onProgress, clock, logger, seed } = options;
  const createdAt = clock();
  const { warmStarts = 0 } = options;
  const rows = await countOutcomes(database);
  const inUse = await championVersion(database);
  const chosen = await chooseStart(database, inUse, { warmStarts, featureSetHash: featureSetHash(), rows });
  const older = chosen.initial === null ? null : olderSample(inUse!, rows, seed, options.olderSizes);
  const { tries, dagRuns, stages, forgottenDags } = await describeHistory({ ...options, older });
  warnOfForgotten(logger, forgottenDags);
  if (tries.rows === 0 && dagRuns.rows === 0) {
    throw new AppError('too_little_history', 'There is no history to learn from: no try has ended yet.', {
      fix: 'Collect or import some first: orc collect, orc import FILE.',
    });
  }
  const fit = (kind: SubjectKind, vectors: LabelledVectors, others: LabelledVectors): Promise<FitResult> => {
    const groups = (kind === 'try' ? TRY_FEATURES : DAG_RUN_FEATURES).map(aspectOf);
    const initial = chosen.initial === null ? {} : { initial: chosen.initial[kind] };
    return runInWorker(
      { job: 'fit', kind, vectors, others, groups, seed, ...initial },
      { onProgress, signal },
    );
  };
  const tryFit = await fit('try', tries, stages.tries);
  const dagRunFit = await fit('dag_run', dagRuns, stages.dagRuns);
  for (const [kind, { reason }] of [
    ['try', tryFit],
    ['dag_run', dagRunFit],
  ] as const) {
    if (reason !== null)
      logger.warn({ kind, reason }, 'the historical rate answers, there is too little to learn from');
  }
  const isWarm = tryFit.summary.start === 'warm' || dagRunFit.summary.start === 'warm';
  const start = isWarm || chosen.initial === null ? chosen.start : withoutNetwork(rows);
  if (warmStarts > 0)
    logger.info(start, isWarm ? 'training went on from earlier weights' : 'trained from scratch');
  const saved = await saveVersion(database, {
    createdAt,
    featureSetHash: featureSetHash(),
    dataFrom: earliest(older === null ? null : inUse!.dataFrom, tries, dagRuns),
    dataTo: latest(tries.decidedAt, dagRuns.decidedAt),
    trainingRows: Math.round(tries.weights.reduce((sum, weight) => sum + weight, 0)),
    metrics: { try: tryFit.metrics, dag_run: dagRunFit.metrics },
    parameters: {
      seed,
      ...(warmStarts > 0 ? { start } : {}),
      learnt_until: Math.max(
        chosen.initial?.try.learntUntil ?? 0,
        latest(tries.labelKnownAt, dagRuns.labelKnownAt) ?? 0,
      ),
      try: { ...tryFit.summary, reason: tryFit.reason },
      dag_run: { ...dagRunFit.summary, reason: dagRunFit.reason },
    },
    weights: packModels({ try: tryFit.saved, dag_run: dagRunFit.saved }),
    reference: { try: tryFit.reference, dag_run: dagRunFit.reference },
  });
  if (options.promote === false) return saved;
  const champion = await championVersion(database);
  const judgement =
    options.promote === true
      ? { isPromoted: true, reason: 'asked for, without a comparison' }
      : await judgeVersion({
          database,
          champion,
          challenger: saved,
          tries,
          dagRuns,
          seed,
          isWarm,
          signal,
          onProgress,
        });
  const note = { by: options.by ?? 'training', reason: judgement.reason };
  const { version } = saved;
  const isChampion = champion?.version === version;
  logger.info({ version, champion: champion?.version ?? null, ...judgement }, 'trained');
  if (!judgement.isPromoted && !isChampion) return noteKeptOut(database, version, note);
  await loadServable(database, version);
  return promoteVersion(database, version, champion?.version ?? null, note);
}

/** The weights were there, but neither model had a network, or neither now has enough to learn from. */
function withoutNetwork(rows: number): TrainingStart {
  return { from: null, warm_starts: 0, scratch_rows: rows, reason: 'the model in use has no network' };
}

function earliest(before: number | null, ...parts: readonly LabelledVectors[]): number | null {
  const times = parts.flatMap(({ rows, decidedAt }) => (rows > 0 ? [decidedAt[0]!] : []));
  if (before !== null) times.push(before);
  return times.length > 0 ? Math.min(...times) : null;
}

function latest(...columns: readonly Float64Array[]): number | null {
  let most: number | null = null;
  for (const column of columns) for (const time of column) if (most === null || time > most) most = time;
  return most;
}

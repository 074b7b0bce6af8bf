/** Versions of the registry that this program can serve with, made without training a network. */
import { DAG_RUN_FEATURES, featureSetHash, TRY_FEATURES } from '../../../features/registry.js';
import { STAGE_FEATURES } from '../../../model/quality/queued-rows.js';
import { packModels } from '../../../model/registry/loaded-model.js';
import type { NewVersion } from '../../../model/registry/registry.js';
import type { FitResult } from '../../../model/training/jobs.js';
import { runJob } from '../../../model/training/run-job.js';
import type { LabelledVectors, SubjectKind } from '../../../model/types.js';

export type Fits = Readonly<Record<SubjectKind, FitResult>>;

/** Above 0 only of what is planned, or has begun. */
const NOT_QUEUED: ReadonlySet<string> = new Set([
  ...STAGE_FEATURES,
  ...['try__elapsed__now', 'dag_run__is_running__now'],
]);

/** Rows as they were queued, every other value 0.25. Too few of them for a network: the rate answers, which is a model all the same. */
async function fitted(kind: SubjectKind): Promise<FitResult> {
  const features = (kind === 'try' ? TRY_FEATURES : DAG_RUN_FEATURES).map(({ name }) => name);
  const rows = 40;
  const times = Float64Array.from({ length: rows }, (_, row) => row);
  const vectors: LabelledVectors = {
    features,
    rows,
    values: Float32Array.from({ length: rows * features.length }, (_, at) =>
      NOT_QUEUED.has(features[at % features.length]!) ? 0 : 0.25,
    ),
    labels: Uint8Array.from(times, (row) => (row % 4 === 0 ? 1 : 0)),
    decidedAt: times,
    labelKnownAt: times,
    afterSuccess: new Uint8Array(rows),
  };
  const groups = features.map(() => 'group');
  return (await runJob({ job: 'fit', kind, vectors, groups, seed: 1 }, () => undefined)) as FitResult;
}

export async function rateFits(): Promise<Fits> {
  return { try: await fitted('try'), dag_run: await fitted('dag_run') };
}

/** A version made in the given minute. */
export function servableVersion(fits: Fits, minute: number, changes: Partial<NewVersion> = {}): NewVersion {
  const parameters = { ...fits.try.summary, reason: fits.try.reason };
  return {
    createdAt: 1_795_000_000 + minute * 60,
    featureSetHash: featureSetHash(),
    dataFrom: 0,
    dataTo: 39,
    trainingRows: 40,
    metrics: { try: fits.try.metrics, dag_run: fits.dag_run.metrics },
    parameters: { seed: 1, learnt_until: 39, try: parameters, dag_run: parameters },
    weights: packModels({ try: fits.try.saved, dag_run: fits.dag_run.saved }),
    reference: { try: fits.try.reference, dag_run: fits.dag_run.reference },
    ...changes,
  };
}

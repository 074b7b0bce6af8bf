import { createHash } from 'node:crypto';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import { DAG_RUN_FEATURES, TRY_FEATURES, featureSetHash } from '../../features/registry.js';
import { packBundle, unpackBundle } from '../bundle.js';
import { explainRows } from '../explanation/explain.js';
import { NetworkModel } from '../network/network-model.js';
import { unpackSubjectModel } from '../training/subject-model.js';
import type { SubjectModel } from '../training/subject-model.js';
import type { Explanation, LabelledVectors, LoadedModel, SubjectKind } from '../types.js';
import { versionName } from './model-version.js';
import type { ModelVersion } from './model-version.js';
import { readWeights, showVersion } from './registry.js';

/** Packed models by kind, as stored in one version. */
export type PackedModels = Readonly<Record<SubjectKind, Uint8Array>>;

/** The bytes of a version. */
export function packModels(models: PackedModels): Buffer {
  return packBundle({ format: 'models_1', ...models });
}

/**
 * Loads a version for scoring, and makes sure that it can: its weights are those that were saved, fit the features and give
 * a probability.
 *
 * @param expectedFeatureSetHash of this program's features; loading any, when not given.
 * @throws AppError `not_found` for an unknown version, `conflict` when it was trained on other features, `input_invalid` when
 *   its weights are damaged.
 */
export async function loadVersion(
  database: Database,
  version: string,
  expectedFeatureSetHash?: string,
): Promise<LoadedModel> {
  const described = await showVersion(database, version);
  if (expectedFeatureSetHash !== undefined && described.featureSetHash !== expectedFeatureSetHash) {
    throw new AppError(
      'conflict',
      `Model ${version} was trained on feature set ${described.featureSetHash}; this program computes ${expectedFeatureSetHash}.`,
      { fix: 'Train a new model: orc train.' },
    );
  }
  const weights = await readWeights(database, version);
  const hash = createHash('sha256').update(weights).digest('hex');
  if (versionName(described.createdAt, hash) !== version) {
    throw damaged(version, `they are not those that it was saved with (hash ${hash.slice(0, 6)})`);
  }
  const model = new RegistryModel(described, weights);
  await probe(model);
  return model;
}

/** Loads a version that this program can serve with; see {@link loadVersion}. */
export function loadServable(database: Database, version: string): Promise<LoadedModel> {
  return loadVersion(database, version, featureSetHash());
}

/** The saved models of a version by kind, for jobs of worker threads. */
export async function savedModels(database: Database, version: string): Promise<PackedModels> {
  return unpackBundle(await readWeights(database, version)) as PackedModels;
}

/** A vector of which nothing is known is a fair question to any model. */
async function probe(model: RegistryModel): Promise<void> {
  for (const kind of ['try', 'dag_run'] as const) {
    const names = model.features(kind);
    if (model.featureSetHash === featureSetHash()) {
      const expected = (kind === 'try' ? TRY_FEATURES : DAG_RUN_FEATURES).map(({ name }) => name);
      const isSame = names.length === expected.length && expected.every((name, i) => name === names[i]);
      if (!isSame) throw damaged(model.version, `those of kind ${kind} do not fit the features`);
    }
    const [risk] = await model.predict(kind, new Float32Array(names.length).fill(NaN), 1);
    if (!(risk! >= 0 && risk! <= 1)) throw damaged(model.version, `they answer ${risk!}, not a probability`);
  }
}

function damaged(version: string, problem: string): AppError {
  return new AppError('input_invalid', `The weights of model ${version} are damaged: ${problem}.`, {
    fix: 'Put another version into use (orc models rollback), or train a new one (orc train).',
  });
}

class RegistryModel implements LoadedModel {
  readonly version: string;
  readonly featureSetHash: string;
  readonly trainedAt: UnixSeconds;
  private readonly models: Readonly<Record<SubjectKind, LoadedSubject>>;

  constructor(described: ModelVersion, weights: Buffer) {
    this.version = described.version;
    this.featureSetHash = described.featureSetHash;
    this.trainedAt = described.createdAt;
    const packed = unpackBundle(weights) as PackedModels;
    const learntUntil = described.parameters.learnt_until;
    const load = (saved: Uint8Array): LoadedSubject =>
      new LoadedSubject(unpackSubjectModel(Buffer.from(saved)), learntUntil);
    this.models = { try: load(packed.try), dag_run: load(packed.dag_run) };
  }

  features(kind: SubjectKind): readonly string[] {
    return this.models[kind].features;
  }

  predict(kind: SubjectKind, values: Float32Array, rows: number): Promise<Float64Array> {
    return this.models[kind].predict(values, rows);
  }

  explain(kind: SubjectKind, values: Float32Array, rows: number): Promise<Explanation[]> {
    return this.models[kind].explain(values, rows);
  }

  snapshot(): Pick<LoadedModel, 'explain'> {
    const frozen = { try: this.models.try.snapshot(), dag_run: this.models.dag_run.snapshot() };
    return { explain: (kind, values, rows) => frozen[kind].explain(values, rows) };
  }

  observe(kind: SubjectKind, outcomes: LabelledVectors): Promise<void> {
    return this.models[kind].observe(outcomes);
  }

  dispose(): void {
    // Weights live in plain arrays; tensors live only while a batch is scored.
  }
}

/** The model of one kind of subject, which follows outcomes. */
class LoadedSubject {
  private readonly model: NetworkModel;

  constructor(
    private readonly saved: SubjectModel,
    private learntUntil: UnixSeconds,
  ) {
    this.model = new NetworkModel(saved.fitted);
  }

  get features(): readonly string[] {
    return this.saved.fitted.features;
  }

  predict(values: Float32Array, rows: number): Promise<Float64Array> {
    return this.model.predict(values, rows);
  }

  explain(values: Float32Array, rows: number): Promise<Explanation[]> {
    return explainRows(this.model, this.saved.usual, this.saved.groups, values, rows);
  }

  snapshot(): LoadedSubject {
    const { fitted } = this.saved;
    const current = { ...fitted, mixture: this.model.mixture.state() };
    return new LoadedSubject({ ...this.saved, fitted: current }, this.learntUntil);
  }

  async observe(outcomes: LabelledVectors): Promise<void> {
    const { labelKnownAt, rows } = outcomes;
    const latest = labelKnownAt.reduce((most, time) => Math.max(most, time), this.learntUntil);
    const fresh = Int32Array.from({ length: rows }, (_, row) => row).filter(
      (row) => labelKnownAt[row]! > this.learntUntil,
    );
    this.learntUntil = latest;
    await this.model.learn(outcomes, fresh);
  }
}

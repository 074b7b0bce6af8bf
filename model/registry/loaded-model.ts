import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import { packBundle, unpackBundle } from '../bundle.js';
import { explainRows } from '../explanation/explain.js';
import { NetworkModel } from '../network/network-model.js';
import { unpackSubjectModel } from '../training/subject-model.js';
import type { SubjectModel } from '../training/subject-model.js';
import type { Explanation, LabelledVectors, LoadedModel, SubjectKind } from '../types.js';
import type { ModelVersion } from './model-version.js';
import { readWeights, showVersion } from './registry.js';

/** Packed models by kind, as stored in one version. */
export type PackedModels = Readonly<Record<SubjectKind, Uint8Array>>;

/** The bytes of a version. */
export function packModels(models: PackedModels): Buffer {
  return packBundle({ format: 'models_1', ...models });
}

/**
 * Loads a version for scoring.
 *
 * @param expectedFeatureSetHash of this program's features; loading any, when not given.
 * @throws AppError `not_found` for an unknown version, `conflict` when it was trained on other features.
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
  return new RegistryModel(described, await readWeights(database, version));
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

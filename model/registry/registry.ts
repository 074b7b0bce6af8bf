/** Trained models in the table model_version. */
import { createHash } from 'node:crypto';
import type { Database, Row } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { DriftReference } from '../quality/drift.js';
import type { SubjectKind } from '../types.js';
import { versionName } from './model-version.js';
import type {
  ModelRole,
  ModelVersion,
  VersionEvent,
  VersionMetrics,
  VersionParameters,
} from './model-version.js';

const COLUMNS = `version, role, feature_set_hash, training_rows, metrics, parameters, history,
  extract(epoch FROM created_at)::float8 AS created_at, extract(epoch FROM promoted_at)::float8 AS promoted_at,
  extract(epoch FROM data_from)::float8 AS data_from, extract(epoch FROM data_to)::float8 AS data_to`;

interface VersionRow extends Row {
  version: string;
  role: ModelRole;
  feature_set_hash: string;
  training_rows: number;
  metrics: VersionMetrics;
  parameters: VersionParameters;
  history: VersionEvent[];
  created_at: number;
  promoted_at: number | null;
  data_from: number | null;
  data_to: number | null;
}

/** What a training hands to the registry. */
export interface NewVersion {
  readonly createdAt: UnixSeconds;
  readonly featureSetHash: string;
  readonly dataFrom: UnixSeconds | null;
  readonly dataTo: UnixSeconds | null;
  readonly trainingRows: number;
  readonly metrics: VersionMetrics;
  readonly parameters: VersionParameters;
  readonly weights: Buffer;
  /** Of the rows learnt from; null where there were none. */
  readonly reference?: References;
}

/** Histograms of the rows that each model of a version learnt from. */
export type References = Readonly<Record<SubjectKind, DriftReference | null>>;

/** Stores a version as a candidate and returns it. The same weights in the same minute are the same version, stored once. */
export async function saveVersion(database: Database, model: NewVersion): Promise<ModelVersion> {
  const version = versionName(model.createdAt, createHash('sha256').update(model.weights).digest('hex'));
  await database.execute(
    `INSERT INTO model_version (version, role, created_at, feature_set_hash, data_from, data_to, training_rows,
       metrics, parameters, weights, reference)
     VALUES ($1, 'candidate', to_timestamp($2), $3, to_timestamp($4), to_timestamp($5), $6, $7::jsonb, $8::jsonb, $9,
       $10::jsonb)
     ON CONFLICT (version) DO NOTHING`,
    [
      version,
      model.createdAt,
      model.featureSetHash,
      model.dataFrom,
      model.dataTo,
      model.trainingRows,
      JSON.stringify(model.metrics),
      JSON.stringify(model.parameters),
      model.weights,
      model.reference === undefined ? null : JSON.stringify(model.reference),
    ],
  );
  return showVersion(database, version);
}

/** All versions, newest first. */
export async function listVersions(database: Database): Promise<ModelVersion[]> {
  const rows = await database.query<VersionRow>(
    `SELECT ${COLUMNS} FROM model_version ORDER BY model_version.created_at DESC, version DESC`,
  );
  return rows.map(toVersion);
}

/** @throws AppError `not_found` for an unknown version. */
export async function showVersion(database: Pick<Database, 'query'>, version: string): Promise<ModelVersion> {
  const [row] = await database.query<VersionRow>(`SELECT ${COLUMNS} FROM model_version WHERE version = $1`, [
    version,
  ]);
  if (!row) {
    throw new AppError('not_found', `There is no model version ${version}.`, {
      fix: 'orc models list shows those that exist.',
    });
  }
  return toVersion(row);
}

/** The version in use, null when there is none. */
export async function championVersion(database: Pick<Database, 'query'>): Promise<ModelVersion | null> {
  const [row] = await database.query<VersionRow>(
    `SELECT ${COLUMNS} FROM model_version WHERE role = 'champion'`,
  );
  return row ? toVersion(row) : null;
}

/** The stored bytes of a version. @throws AppError `not_found` for an unknown version. */
export async function readWeights(database: Database, version: string): Promise<Buffer> {
  const [row] = await database.query<{ weights: Buffer }>(
    'SELECT weights FROM model_version WHERE version = $1',
    [version],
  );
  if (!row) throw new AppError('not_found', `There is no model version ${version}.`);
  return row.weights;
}

/** What the version learnt from, for the measure of drift; null when it kept nothing of it. */
export async function readReference(
  database: Pick<Database, 'query'>,
  version: string,
): Promise<References | null> {
  const [row] = await database.query<{ reference: References | null }>(
    'SELECT reference FROM model_version WHERE version = $1',
    [version],
  );
  return row?.reference ?? null;
}

function toVersion(row: VersionRow): ModelVersion {
  return {
    version: row.version,
    role: row.role,
    createdAt: row.created_at,
    promotedAt: row.promoted_at,
    featureSetHash: row.feature_set_hash,
    dataFrom: row.data_from,
    dataTo: row.data_to,
    trainingRows: row.training_rows,
    metrics: row.metrics,
    parameters: row.parameters,
    history: row.history,
  };
}

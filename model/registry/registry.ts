/** Trained models in the table model_version. All changes of roles happen under one lock, so two processes cannot both promote. */
import { createHash } from 'node:crypto';
import type { Database, Queryable, Row } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import { versionName } from './model-version.js';
import type { ModelRole, ModelVersion, VersionMetrics, VersionParameters } from './model-version.js';

const COLUMNS = `version, role, feature_set_hash, training_rows, metrics, parameters,
  extract(epoch FROM created_at)::float8 AS created_at, extract(epoch FROM promoted_at)::float8 AS promoted_at,
  extract(epoch FROM data_from)::float8 AS data_from, extract(epoch FROM data_to)::float8 AS data_to`;

interface VersionRow extends Row {
  version: string;
  role: ModelRole;
  feature_set_hash: string;
  training_rows: number;
  metrics: VersionMetrics;
  parameters: VersionParameters;
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
}

/** Stores a version as a candidate and returns it. The same weights in the same minute are the same version, stored once. */
export async function saveVersion(database: Database, model: NewVersion): Promise<ModelVersion> {
  const version = versionName(model.createdAt, createHash('sha256').update(model.weights).digest('hex'));
  await database.execute(
    `INSERT INTO model_version (version, role, created_at, feature_set_hash, data_from, data_to, training_rows,
       metrics, parameters, weights)
     VALUES ($1, 'candidate', to_timestamp($2), $3, to_timestamp($4), to_timestamp($5), $6, $7::jsonb, $8::jsonb, $9)
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

/**
 * Puts a version into use; the one used before retires.
 *
 * @param expectedChampion promote only while this version (null: none) is in use; any, when not given.
 * @throws AppError `not_found` for an unknown version, `conflict` when another champion than expected is in use.
 */
export function promoteVersion(
  database: Database,
  version: string,
  expectedChampion?: string | null,
): Promise<ModelVersion> {
  return changingRoles(database, async (connection) => {
    await showVersion(connection, version);
    const champion = await championVersion(connection);
    if (expectedChampion !== undefined && (champion?.version ?? null) !== expectedChampion) {
      throw new AppError(
        'conflict',
        `Another process put ${champion?.version ?? 'no model'} into use meanwhile, where ${expectedChampion ?? 'no model'} was expected.`,
        { retryable: true },
      );
    }
    if (champion?.version === version) return champion;
    await retireChampion(connection);
    await connection.execute(
      `UPDATE model_version SET role = 'champion', promoted_at = clock_timestamp() WHERE version = $1`,
      [version],
    );
    return showVersion(connection, version);
  });
}

/**
 * Puts back into use the version that was in use before the present one; again, the one before that.
 *
 * @throws AppError `not_found` when no version was in use before.
 */
export function rollbackVersion(database: Database): Promise<ModelVersion> {
  return changingRoles(database, async (connection) => {
    const [before] = await connection.query<{ version: string }>(
      `SELECT version FROM model_version
       WHERE role = 'retired' AND promoted_at < coalesce(
         (SELECT promoted_at FROM model_version WHERE role = 'champion'), 'infinity')
       ORDER BY promoted_at DESC LIMIT 1`,
    );
    if (!before) throw new AppError('not_found', 'No model version was in use before the present one.');
    await retireChampion(connection);
    await connection.execute(`UPDATE model_version SET role = 'champion' WHERE version = $1`, [
      before.version,
    ]);
    return showVersion(connection, before.version);
  });
}

function changingRoles<T>(database: Database, work: (connection: Queryable) => Promise<T>): Promise<T> {
  return database.transaction(async (connection) => {
    await connection.execute('LOCK TABLE model_version IN SHARE ROW EXCLUSIVE MODE');
    return work(connection);
  });
}

async function retireChampion(connection: Queryable): Promise<void> {
  await connection.execute(`UPDATE model_version SET role = 'retired' WHERE role = 'champion'`);
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
  };
}

import { AppError, errorMessage } from '../errors.js';
import type { Logger } from '../logger.js';
import { ignoreProgress, type ProgressListener } from '../progress.js';
import { errorCode } from './connection-errors.js';
import { readMigrations, type Migration } from './migration-files.js';
import type { Database, Queryable } from './port.js';

/** Any fixed number: processes that migrate at once wait for each other on it. */
const LOCK = 7_208_914_351;

const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS schema_migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

interface Applied extends Record<string, unknown> {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

export interface MigrateOptions {
  readonly logger: Logger;
  readonly onProgress?: ProgressListener;
  /** What to apply; the files shipped with this version unless given. */
  readonly migrations?: readonly Migration[];
}

/**
 * Brings the schema up to this version, one transaction per migration, and returns how many were applied. Running it
 * again does nothing; processes that run it at once take turns.
 *
 * @throws AppError `conflict` when the database was written by a newer version or an applied migration has changed since;
 * `database_unavailable` when the user may not create tables. The failed migration leaves nothing behind.
 */
export async function migrate(database: Database, options: MigrateOptions): Promise<number> {
  const migrations = options.migrations ?? (await readMigrations());
  const onProgress = options.onProgress ?? ignoreProgress;
  // Common case, without a lock: everything is applied.
  if (await isCurrent(database, migrations)) return 0;
  let count = 0;
  for (const migration of migrations) {
    const applied = await database.transaction(async (connection) => {
      await connection.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      await explainRefusal('Creating the table schema_migration', () => connection.execute(CREATE_TABLE));
      if (checkApplied(await readApplied(connection), migrations) >= migration.number) return false;
      await explainRefusal(`Migration ${migration.name}`, () => connection.execute(migration.sql));
      await connection.execute('INSERT INTO schema_migration (number, name, sha256) VALUES ($1, $2, $3)', [
        migration.number,
        migration.name,
        migration.sha256,
      ]);
      return true;
    });
    if (applied) {
      count += 1;
      options.logger.debug({ component: 'database', migration: migration.name }, 'migration applied');
    }
    onProgress({
      step: 'Preparing the database',
      done: migration.number,
      total: migrations.length,
      unit: 'migrations',
    });
  }
  return count;
}

/** How many migrations a database has, of how many this version knows. */
export interface SchemaState {
  readonly applied: number;
  readonly known: number;
}

/**
 * Looks at the schema and changes nothing.
 *
 * @throws AppError `conflict` as {@link migrate}.
 */
export async function readSchemaState(
  database: Database,
  known?: readonly Migration[],
): Promise<SchemaState> {
  const migrations = known ?? (await readMigrations());
  const [table] = await database.query<{ exists: boolean }>(
    "SELECT to_regclass('schema_migration') IS NOT NULL AS exists",
  );
  const applied = table?.exists === true ? checkApplied(await readApplied(database), migrations) : 0;
  return { applied, known: migrations.length };
}

async function isCurrent(database: Database, migrations: readonly Migration[]): Promise<boolean> {
  const { applied, known } = await readSchemaState(database, migrations);
  return applied === known;
}

function readApplied(connection: Pick<Queryable, 'query'>): Promise<Applied[]> {
  return connection.query<Applied>('SELECT number, name, sha256 FROM schema_migration ORDER BY number');
}

/** The number of the last applied migration, after making sure that those applied are these. */
function checkApplied(applied: readonly Applied[], migrations: readonly Migration[]): number {
  for (const [index, row] of applied.entries()) {
    const known = migrations[index];
    if (!known) {
      throw new AppError(
        'conflict',
        `The database was written by a newer version of ORC AI: it has migration ${row.name}, ` +
          `this version knows ${migrations.length} migrations`,
        { fix: 'Use that newer version, or another data directory or database.' },
      );
    }
    if (known.number !== row.number || known.sha256 !== row.sha256) {
      throw new AppError(
        'conflict',
        `Migration ${row.name} was applied to the database with other contents than the ${known.name} of this version`,
        {
          fix: 'Use the version of ORC AI that made this database, or another data directory or database.',
        },
      );
    }
  }
  return applied.length;
}

async function explainRefusal<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && errorCode(error.cause) !== '42501') throw error;
    if (error instanceof AppError) {
      throw new AppError('database_unavailable', `${what} was refused: ${errorMessage(error.cause)}`, {
        cause: error.cause,
        ...(error.fix === undefined ? {} : { fix: error.fix }),
      });
    }
    throw new AppError('internal', `${what} failed: ${errorMessage(error)}`, { cause: error });
  }
}

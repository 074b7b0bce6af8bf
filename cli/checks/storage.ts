import { randomUUID } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { ResolvedConfig } from '../../core/config/load.js';
import { prepareDataDir } from '../../core/data-dir.js';
import { readSchemaState } from '../../core/database/migrate.js';
import { openDatabase } from '../../core/database/open.js';
import type { Database } from '../../core/database/port.js';
import type { Logger } from '../../core/logger.js';
import { countUsableTokens } from '../../serving/index.js';
import { explainFailure, type Check, type Recorder } from './check.js';

const MIB = 2 ** 20;
/** PostgreSQL keeps at least some hundred MiB of write-ahead log when it is busy. */
const LEAST_FREE_BYTES = 256 * MIB;
/** A million tries take about half a GiB with their indexes. */
const COMFORTABLE_FREE_BYTES = 2048 * MIB;

/** Tests the folder of the private database: that it can be written, and how much room there is. */
export async function checkDataDir(config: ResolvedConfig, record: Recorder): Promise<boolean> {
  if (config.database_url !== null) {
    record('data_dir', 'skipped', `${config.data_dir} is not used: database_url is set`);
    record('free_disk', 'skipped', 'the disk of the database server cannot be seen from here');
    return true;
  }
  try {
    const folder = await prepareDataDir(config.data_dir);
    const file = join(folder, `.check-${randomUUID()}`);
    await writeFile(file, 'orc check', { flag: 'wx' });
    await rm(file);
    record('data_dir', 'ok', `${folder} can be written`);
  } catch (error) {
    const { found, fix } = explainFailure(error);
    record(
      'data_dir',
      'failed',
      found,
      fix ?? `Make ${config.data_dir} writable, or name another folder with --data-dir.`,
    );
    record('free_disk', 'skipped', 'needs data_dir');
    return false;
  }
  const { bavail, bsize } = await statfs(config.data_dir);
  const { status, found, fix } = judgeFreeDisk(bavail * bsize, config.data_dir);
  record('free_disk', status, found, fix);
  return true;
}

/** What so many free bytes mean for a data directory. */
export function judgeFreeDisk(bytes: number, folder: string): Pick<Check, 'status' | 'found' | 'fix'> {
  const found = `${(bytes / 2 ** 30).toFixed(1)} GiB free for ${folder}`;
  if (bytes >= COMFORTABLE_FREE_BYTES) return { status: 'ok', found, fix: null };
  const fix =
    'Free some space (a million tries take about half a GiB), or name another folder with --data-dir.';
  return { status: bytes < LEAST_FREE_BYTES ? 'failed' : 'warning', found, fix };
}

export interface DatabaseFindings {
  /** How many API tokens there are; null when the database could not be asked. */
  readonly usableTokens: number | null;
}

/** Tests the store: that it answers, which version it is, and that ORC may create its tables there. Changes nothing. */
export async function checkDatabase(
  options: { readonly config: ResolvedConfig; readonly logger: Logger; readonly clock: Clock },
  record: Recorder,
): Promise<DatabaseFindings> {
  const { config, logger, clock } = options;
  let database: Database;
  try {
    database = await openDatabase({
      databaseUrl: config.database_url,
      dataDir: config.data_dir,
      logger,
      schema: 'leave',
    });
  } catch (error) {
    const { found, fix } = explainFailure(error);
    record('database', 'failed', found, fix);
    record('database_schema', 'skipped', 'needs database');
    return { usableTokens: null };
  }
  try {
    return await examine(database, config.database_url === null, clock, record);
  } finally {
    await database.close();
  }
}

async function examine(
  database: Database,
  isPrivate: boolean,
  clock: Clock,
  record: Recorder,
): Promise<DatabaseFindings> {
  const [server] = await database.query<{
    version: string;
    user: string;
    name: string;
    schema: string | null;
  }>(
    `SELECT current_setting('server_version') AS version, current_user::text AS user, current_database()::text AS name,
            current_schema()::text AS schema`,
  );
  const { version, user, name, schema } = server!;
  record(
    'database',
    'ok',
    isPrivate
      ? `PostgreSQL ${version}, ORC's own`
      : `PostgreSQL ${version}, database ${name} as user ${user}`,
  );
  try {
    await tryToCreate(database);
    const { applied, known } = await readSchemaState(database);
    const state =
      applied === known
        ? 'up to date'
        : applied === 0
          ? 'empty, made at first use'
          : `${known - applied} migrations to apply`;
    record('database_schema', 'ok', `tables may be created in schema ${schema ?? 'none'}; ${state}`);
    return { usableTokens: await countTokens(database, clock) };
  } catch (error) {
    const { found, fix } = explainFailure(error);
    record('database_schema', 'failed', found, schemaFix(found, { user, name, schema }) ?? fix);
    return { usableTokens: null };
  }
}

/** The privilege check that counts: doing it. Both kinds of table that ORC makes. */
async function tryToCreate(database: Database): Promise<void> {
  const name = `orc_check_${randomUUID().replaceAll('-', '')}`;
  await database.transaction(async (connection) => {
    await connection.execute(`CREATE TABLE ${name} (id integer)`);
    await connection.execute(`DROP TABLE ${name}`);
    await connection.execute(`CREATE TEMPORARY TABLE ${name} (id integer) ON COMMIT DROP`);
  });
}

function schemaFix(
  found: string,
  { user, name, schema }: { readonly user: string; readonly name: string; readonly schema: string | null },
): string | undefined {
  if (!/permission|denied|may not|no schema/i.test(found)) return undefined;
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return (
    `As a superuser, in that database: GRANT ALL ON SCHEMA ${quote(schema ?? 'public')} TO ${quote(user)}; ` +
    `GRANT TEMPORARY ON DATABASE ${quote(name)} TO ${quote(user)};`
  );
}

async function countTokens(database: Database, clock: Clock): Promise<number> {
  const [table] = await database.query<{ exists: boolean }>(
    "SELECT to_regclass('api_token') IS NOT NULL AS exists",
  );
  return table?.exists === true ? countUsableTokens(database, clock) : 0;
}

import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.js';
import { failureHint } from './failure-hint.js';
import type { Location } from './location.js';
import type { Runtime } from './runtime.js';
import { run, type ServerUser } from './server-user.js';

/** Name of the superuser and of the database. */
export const SUPERUSER = 'orc';
export const DATABASE = 'orc';

/** No one gets in without the password, local users of the machine included. */
const HOST_RULES = 'host all all 127.0.0.1/32 scram-sha-256\n';

/**
 * Makes a new cluster: UTF-8, text ordered by code point, page checksums, one superuser with a random password.
 *
 * @throws AppError `database_unavailable` with what initdb said.
 */
export async function createCluster(location: Location, runtime: Runtime, user: ServerUser): Promise<void> {
  await writeFile(location.passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  await mkdir(location.data, { mode: 0o700 });
  if (user !== null) {
    // initdb reads the one and fills the other as that user.
    await chown(location.passwordFile, user.uid, user.gid);
    await chown(location.data, user.uid, user.gid);
  }
  const { code, output } = await run(
    runtime.initdb,
    [
      `--pgdata=${location.data}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${location.passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      '--no-instructions',
    ],
    user,
  );
  if (code !== 0) {
    throw new AppError(
      'database_unavailable',
      `Cannot make the database in ${location.folder}: ${lastLines(output)}`,
      { fix: failureHint(output, location.folder) },
    );
  }
  // Writing to the file that initdb made keeps its owner.
  await writeFile(join(location.data, 'pg_hba.conf'), HOST_RULES);
}

/** What initdb said last, on one line, without its report of progress. */
function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.endsWith(' ... ok'));
  return lines.slice(-4).join(' | ') || 'initdb gave no reason';
}

export async function readPassword(location: Location): Promise<string> {
  return (await readFile(location.passwordFile, 'utf8')).trim();
}

/**
 * Makes sure that the programs can open the cluster: both of the same major version.
 *
 * @throws AppError `conflict` when they are not.
 */
export async function checkVersion(location: Location, runtime: Runtime, user: ServerUser): Promise<void> {
  const cluster = (await readFile(join(location.data, 'PG_VERSION'), 'utf8')).trim();
  const { output } = await run(runtime.postgres, ['--version'], user);
  const program = /(\d+)(\.|[a-z])/.exec(output)?.[1];
  if (cluster === program) return;
  throw new AppError(
    'conflict',
    `The database in ${location.folder} was made by PostgreSQL ${cluster}, and this version of ORC AI brings ${program ?? output.trim()}`,
    { fix: 'Name another --data-dir, or use the version of ORC AI that made it.' },
  );
}

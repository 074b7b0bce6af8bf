import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { AppError } from '../../errors.js';

/** Whom the server runs as: null means as this process. PostgreSQL refuses to run as root. */
export type ServerUser = { readonly uid: number; readonly gid: number } | null;

/** Those whom operating systems already have; none is created. macOS has `_postgres`. */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/** Only what PostgreSQL needs: C messages, since its log is read, and no stray `PG*` variables. */
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' };

/** How to start a process as that user. The working directory is one that everybody may enter. */
export function spawnOptions(user: ServerUser): {
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
} {
  return { cwd: '/', env: ENVIRONMENT, ...(user === null ? {} : { uid: user.uid, gid: user.gid }) };
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user of a new server: this one, or as root the first of `postgres` and `nobody` that exists.
 *
 * @throws AppError `database_unavailable` when root has nobody to run it as.
 */
export async function chooseServerUser(): Promise<ServerUser> {
  if (!isRoot()) return null;
  for (const name of CANDIDATES) {
    const ids = await Promise.all([run('id', ['-u', name], null), run('id', ['-g', name], null)]);
    const [uid, gid] = ids.map((result) => (result.code === 0 ? Number(result.output.trim()) : NaN));
    if (uid !== undefined && gid !== undefined && uid > 0 && Number.isInteger(gid)) return { uid, gid };
  }
  throw new AppError(
    'database_unavailable',
    'PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody',
    { fix: 'Run orc as an ordinary user, or set database_url to a PostgreSQL server.' },
  );
}

/** True when that user may enter the folder, all folders above it included. */
export async function mayEnter(user: ServerUser, folder: string): Promise<boolean> {
  if (user === null) {
    return access(folder, constants.X_OK).then(
      () => true,
      () => false,
    );
  }
  return (await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], user)).code === 0;
}

export interface RunResult {
  /** Exit code; null when it could not be started or was ended by a signal. */
  readonly code: number | null;
  /** Both of its output streams, or why it could not be started. */
  readonly output: string;
}

/** Runs a command to its end as that user. Never rejects. */
export function run(command: string, args: readonly string[], user: ServerUser): Promise<RunResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    try {
      const child = spawn(command, args, { ...spawnOptions(user), stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('error', (error) => {
        resolve({ code: null, output: error.message });
      });
      child.on('close', (code) => {
        resolve({ code, output: Buffer.concat(chunks).toString('utf8') });
      });
    } catch (error) {
      // A uid that this process may not take is reported by a throw on some platforms.
      resolve({ code: null, output: String(error) });
    }
  });
}

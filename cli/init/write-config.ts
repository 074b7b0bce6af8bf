import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { stringify } from 'yaml';
import { AppError, errorMessage } from '../../core/errors.js';
import type { AirflowSettings } from './airflow-settings.js';

export interface WrittenFiles {
  /** Absolute path of the configuration. */
  readonly config: string;
  /** Absolute path of the file that holds the secret; null when it stays where it was. */
  readonly secret: string | null;
}

/** @throws AppError `conflict` when there is a file already */
export function refuseToOverwrite(path: string): void {
  if (existsSync(path)) throw exists(path);
}

function exists(path: string): AppError {
  return new AppError('conflict', `${path} exists already, and is left as it is`, {
    fix: 'Test it with orc check, name another file with --config, or overwrite it with --force.',
  });
}

export interface WriteOptions {
  readonly path: string;
  readonly settings: AirflowSettings;
  /** Written as `data_dir` when it was given. */
  readonly dataDir: string | undefined;
  readonly isOverwriting: boolean;
}

/**
 * Writes the configuration, and a new secret into a file of mode 0600 beside it.
 * @throws AppError `conflict` when a file exists and may not be overwritten, `usage` when a file cannot be written
 */
export async function writeConfiguration(options: WriteOptions): Promise<WrittenFiles> {
  const config = resolve(options.path);
  const { settings, isOverwriting } = options;
  const secretFile =
    settings.secret?.kept.in === 'new_file'
      ? join(dirname(config), `${parse(config).name}.${settings.name}.${settings.secret.key}`)
      : null;
  const text = renderConfiguration(settings, secretFile, options.dataDir);
  if (!isOverwriting) for (const path of [config, secretFile]) if (path !== null) refuseToOverwrite(path);
  if (secretFile !== null)
    await writeNewFile(secretFile, `${settings.secret!.value}\n`, 0o600, isOverwriting);
  try {
    await writeNewFile(config, text, 0o644, isOverwriting);
  } catch (error) {
    if (secretFile !== null && !isOverwriting) await rm(secretFile, { force: true });
    throw error;
  }
  return { config, secret: secretFile };
}

async function writeNewFile(path: string, text: string, mode: number, isOverwriting: boolean): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    // An existing file may have another mode, so it is replaced rather than written into.
    await writeFile(isOverwriting ? temporary : path, text, { mode, flag: 'wx' });
    if (isOverwriting) await rename(temporary, path);
  } catch (error) {
    if (isOverwriting) await rm(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(path);
    throw new AppError('usage', `${path} cannot be written (${errorMessage(error)})`, {
      cause: error,
      fix: 'Name a file in a folder that this user may write: --config FILE.',
    });
  }
}

/** The text of orc.yaml: never a secret, only where it is. */
export function renderConfiguration(
  { name, url, username, secret }: AirflowSettings,
  secretFile: string | null,
  dataDir: string | undefined,
): string {
  const kept = secret?.kept;
  const file = secretFile ?? (kept?.in === 'file' ? kept.path : null);
  const deployment = {
    name,
    url,
    ...(username === null ? {} : { username }),
    ...(secret === null || file === null ? {} : { [`${secret.key}_file`]: file }),
  };
  const head = [
    '# Configuration of ORC AI, written by orc init. docs/configuration.md lists every key; orc check tests what this says.',
    ...(kept?.in === 'environment'
      ? [`# The ${secret!.key} comes from the environment: ${kept.variable}.`]
      : []),
  ];
  const body = {
    ...(dataDir === undefined ? {} : { data_dir: resolve(dataDir) }),
    deployments: [deployment],
  };
  return `${head.join('\n')}\n${stringify(body)}`;
}

import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError, errorMessage } from './errors.js';

/**
 * Makes the data directory where it is missing, for its owner alone (mode 0700; root's is 0711, since the private database
 * of root runs as another user, who passes through and cannot list). An existing folder keeps its mode.
 *
 * @returns its absolute path
 * @throws AppError `config_invalid` when it cannot be made, is not a folder, or cannot be written.
 */
export async function prepareDataDir(path: string): Promise<string> {
  const folder = resolve(path);
  const fail = (what: string, cause?: unknown): AppError =>
    new AppError('config_invalid', `Data directory ${folder} ${what}`, {
      cause,
      fix: 'Name a folder that this user may write with --data-dir (or data_dir in orc.yaml, or ORC_DATA_DIR).',
    });
  try {
    await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' || code === 'ENOTDIR') throw fail('is not a folder', error);
    throw fail(`cannot be made: ${errorMessage(error)}`, error);
  }
  if (!(await stat(folder)).isDirectory()) throw fail('is not a folder');
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fail(`cannot be written by user id ${process.getuid?.() ?? 'unknown'}`, error);
  }
  return folder;
}

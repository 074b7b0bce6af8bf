import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError, errorMessage } from '../../core/errors.js';

/**
 * Looks before the long work whether a file could be written there.
 *
 * @throws AppError `input_invalid` when its folder is missing or may not be written to.
 */
export async function checkFolder(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new AppError('input_invalid', `Cannot write to ${path}: ${errorMessage(error)}`, {
      cause: error,
      fix: `Give a file in a folder that exists and may be written to.`,
    });
  }
}

/** @throws AppError `input_invalid` when the file cannot be written. */
export async function writePage(path: string, page: string): Promise<void> {
  try {
    await writeFile(path, page);
  } catch (error) {
    throw new AppError('input_invalid', `Cannot write the report to ${path}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { AppError, errorMessage } from '../../core/errors.js';

/**
 * Writes a file as a whole or not at all: beside it, then by renaming, so that no reader ever sees half of it.
 * @throws AppError `input_invalid` when it cannot be written
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o644 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AppError('input_invalid', `--out ${path}: ${errorMessage(error)}`, {
      cause: error,
      fix: 'Name a file in a folder that exists and that this user may write to.',
    });
  }
}

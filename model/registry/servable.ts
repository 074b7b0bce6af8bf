/** What may serve: never a version whose weights are damaged or whose features are others than this program's. */
import type { Database } from '../../core/database/port.js';
import { AppError, errorMessage } from '../../core/errors.js';
import { loadServable } from './loaded-model.js';
import type { ModelVersion } from './model-version.js';
import { championVersion } from './registry.js';
import { promoteVersion, rollbackVersion, type RollbackOptions } from './roles.js';

/**
 * Puts a version into use by hand.
 *
 * @throws AppError `not_found`, `conflict` or `input_invalid` when it does not exist, reads other features, or is damaged; the
 *   model in use then stays.
 */
export async function promoteServable(database: Database, version: string): Promise<ModelVersion> {
  await assertServable(database, version);
  return promoteVersion(database, version);
}

/** Goes back to the latest version used before that can serve. @throws AppError as {@link rollbackVersion} does. */
export function rollbackServable(
  database: Database,
  options: Omit<RollbackOptions, 'check'> = {},
): Promise<ModelVersion> {
  return rollbackVersion(database, { ...options, check: (version) => assertServable(database, version) });
}

/** Why a version cannot serve; null when it can. Rejects when the database does. */
export async function servingProblem(database: Database, version: string): Promise<string | null> {
  try {
    await assertServable(database, version);
    return null;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'conflict' || error.code === 'input_invalid'))
      return errorMessage(error);
    throw error;
  }
}

/**
 * The champion if it can serve; else the latest version before it that can, which takes its place; else null. `problem` says
 * what is wrong with the champion.
 */
export async function restoreServable(
  database: Database,
): Promise<{ readonly champion: ModelVersion | null; readonly problem: string | null }> {
  const champion = await championVersion(database);
  if (champion === null) return { champion: null, problem: null };
  const problem = await servingProblem(database, champion.version);
  if (problem === null) return { champion, problem: null };
  try {
    const restored = await rollbackServable(database, {
      expectedChampion: champion.version,
      note: { by: 'guard', reason: problem },
    });
    return { champion: restored, problem };
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return { champion: null, problem };
    throw error;
  }
}

async function assertServable(database: Database, version: string): Promise<void> {
  (await loadServable(database, version)).dispose();
}

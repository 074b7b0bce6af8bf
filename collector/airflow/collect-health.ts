import type { PlatformObservation } from '../../core/facts.js';
import type { ImportErrorObservation } from '../../core/surroundings.js';
import { loadImportErrors } from '../../core/fact-log/read-surroundings.js';
import { commitBatch } from './commit.js';
import { type Pass, serverNow } from './context.js';
import { mapHealth, mapImportError, mapImportErrorCount } from './map-surroundings.js';
import { readOptional } from './optional.js';

/**
 * Reads how Airflow's components are, and the DAG files that it cannot import. What this user may not read, or what Airflow does not
 * know, leaves no fact.
 */
export async function collectHealth(pass: Pass, liveFrom: number | null): Promise<void> {
  const { api, deployment } = pass;
  const platform: PlatformObservation[] = [];
  const health = await readOptional(pass, 'health', () => api.health());
  if (health !== null) platform.push(...mapHealth(health, deployment, serverNow(pass), pass.clock()));
  const read = await readOptional(pass, 'import_errors', () => api.importErrors());
  const importErrors: ImportErrorObservation[] = [];
  if (read !== null) {
    const present = distinct(read.rows.map((row) => mapImportError(row, deployment)));
    importErrors.push(...present);
    if (read.isComplete) {
      importErrors.push(...(await resolved(pass, present)));
      platform.push(mapImportErrorCount(present.length, deployment, pass.clock()));
    }
  }
  await commitBatch(pass, { platform, importErrors }, liveFrom, () => Promise.resolve());
}

const keyOf = (error: ImportErrorObservation): string => JSON.stringify([error.file, error.bundleName]);

/** One per file: the latest. */
function distinct(errors: readonly ImportErrorObservation[]): ImportErrorObservation[] {
  const sorted = [...errors].sort((a, b) => a.eventTime - b.eventTime);
  return [...new Map(sorted.map((error) => [keyOf(error), error])).values()];
}

/** Those that were known and are gone. */
async function resolved(
  pass: Pass,
  present: readonly ImportErrorObservation[],
): Promise<ImportErrorObservation[]> {
  const keys = new Set(present.map(keyOf));
  const known = await loadImportErrors(pass.database, pass.deployment);
  return known
    .filter((error) => !keys.has(keyOf(error)))
    .map((error) => ({ ...error, isResolved: true, eventTime: pass.clock() }));
}

import { commitBatch } from './commit.js';
import type { Pass } from './context.js';
import { mapDagVersion } from './map-surroundings.js';
import { readOptional } from './optional.js';
import type { ApiDagChange } from './rows.js';
import { loadState, saveState } from './state.js';

/** Those that are newer than the given id; null when there may be more of them than the page shows. */
export function newerThan<T extends ApiDagChange>(
  id: string | null,
  newest: readonly T[],
): readonly T[] | null {
  const newer = newest.filter((row) => id === null || row.id > id);
  return newest.length > 1 && newer.length === newest.length ? null : newer;
}

/**
 * Writes the versions that are new: when the code of which DAG has changed.
 * @param liveFrom null during the first collection: versions then count as known since they were made
 */
export async function collectDagVersions(pass: Pass, liveFrom: number | null): Promise<void> {
  const newest = await readOptional(pass, 'dag_versions', () => pass.api.newestDagVersions());
  const latest = newest?.[0];
  if (newest === null || latest === undefined) return;
  const saved = await loadState(pass.database, pass, 'dag_versions');
  const versions = newerThan(saved?.newestVersion ?? null, newest) ?? (await pass.api.dagVersions());
  if (versions.length === 0) return;
  const dagVersions = versions.map((version) => mapDagVersion(version, pass.deployment));
  await commitBatch(pass, { dagVersions }, liveFrom, (connection) =>
    saveState(connection, pass, 'dag_versions', { newestVersion: latest.id }),
  );
}

import type { AssetObservation, DagDependencyObservation } from '../../core/surroundings.js';
import { loadAssets, loadDagDependencies } from '../../core/fact-log/read-surroundings.js';
import { commitBatch } from './commit.js';
import type { Pass } from './context.js';
import { dependenciesOfAssets, mapAsset, mapDagDependency } from './map-surroundings.js';
import { readOptional } from './optional.js';
import { loadState, saveState } from './state.js';

/**
 * Reads all assets with their producers and consumers, and what leads from DAG to DAG; by the hour, and when DAGs have changed.
 * What is gone becomes inactive; what this user may not read stays as it was.
 * @param liveFrom null during the first collection: descriptions then count as always known
 */
export async function collectAssets(pass: Pass, liveFrom: number | null): Promise<void> {
  const startedAt = pass.clock();
  const saved = await loadState(pass.database, pass, 'assets');
  const { tasks, dagVersions } = pass.tally;
  const hasChanged = tasks.appended + dagVersions.appended > 0;
  if (saved !== null && !hasChanged && startedAt - saved.readAt < pass.tuning.tasksEverySeconds) return;
  const assets = await readAssets(pass);
  const dagDependencies = await readDependencies(pass, assets);
  await commitBatch(pass, { assets: assets ?? [], dagDependencies }, liveFrom, (connection) =>
    saveState(connection, pass, 'assets', { readAt: startedAt }),
  );
}

/** Those that are there, and those that have left as inactive; null when they may not be read. */
async function readAssets(pass: Pass): Promise<AssetObservation[] | null> {
  const { api, database, deployment } = pass;
  const rows = await readOptional(pass, 'assets', () => api.assets());
  if (rows === null) return null;
  const present = rows.map((asset) => mapAsset(asset, deployment));
  const keyOf = (asset: AssetObservation): string => JSON.stringify([asset.uri, asset.name]);
  const keys = new Set(present.map(keyOf));
  const gone = (await loadAssets(database, deployment)).filter((asset) => !keys.has(keyOf(asset)));
  return [
    ...present,
    ...gone.map((asset) => ({ ...asset, isActive: false, producingTasks: [], consumingDags: [] })),
  ];
}

async function readDependencies(
  pass: Pass,
  assets: readonly AssetObservation[] | null,
): Promise<DagDependencyObservation[]> {
  const { api, database, deployment } = pass;
  const rows = await readOptional(pass, 'dag_dependencies', () => api.dagDependencies());
  const byTasks = rows?.map((row) => mapDagDependency(row, deployment));
  const present = [...(assets === null ? [] : dependenciesOfAssets(assets)), ...(byTasks ?? [])];
  const keyOf = (row: DagDependencyObservation): string =>
    JSON.stringify([row.fromDagId, row.toDagId, row.kind, row.via]);
  const keys = new Set(present.map(keyOf));
  const gone = (await loadDagDependencies(database, deployment)).filter(
    (row) => !keys.has(keyOf(row)) && (row.kind === 'asset' ? assets !== null : byTasks !== undefined),
  );
  return [...present, ...gone.map((row) => ({ ...row, isActive: false }))];
}

import type { TaskObservation } from '../../core/facts.js';
import { newerThan } from './collect-dag-versions.js';
import { commitBatch } from './commit.js';
import type { Pass } from './context.js';
import { loadActiveDags, loadDagsWithoutTasks, loadTasks } from './known-facts.js';
import { mapDag, mapTask } from './map.js';
import type { ApiDagChange } from './rows.js';
import { readOptional } from './optional.js';
import { type TasksState, loadState, saveState } from './state.js';

/** DAGs whose tasks are read and committed together. */
const DAGS_PER_COMMIT = 50;

/**
 * Reads all DAGs, and the tasks of those that are new, have a new version (Airflow 3), or were not read for an hour.
 * @param liveFrom null during the first collection: descriptions then count as always known
 */
export async function collectMetadata(pass: Pass, liveFrom: number | null): Promise<void> {
  const startedAt = pass.clock();
  if (startedAt < pass.memory.dagsDueAt) return;
  const activeIds = await collectDags(pass, liveFrom);
  const changes = await readOptional(pass, 'dag_changes', () => pass.api.newestDagChanges());
  await collectTasks(pass, activeIds, changes, liveFrom);
  pass.memory.dagsDueAt = startedAt + (pass.clock() - startedAt) * pass.tuning.dagsPatience;
}

/** Returns the DAGs that Airflow has now. DAGs that it has no more become inactive; their facts stay. */
async function collectDags(pass: Pass, liveFrom: number | null): Promise<string[]> {
  const { deployment, database } = pass;
  const dags = (await pass.api.dags()).map((dag) => mapDag(dag, deployment));
  const present = new Set(dags.map((dag) => dag.dagId));
  const gone = (await loadActiveDags(database, deployment)).filter((dag) => !present.has(dag.dagId));
  if (gone.length > 0) pass.logger.info({ count: gone.length }, 'DAGs have left Airflow');
  const inactive = gone.map((dag) => ({ ...dag, isActive: false, nextRunAfter: null }));
  await commitBatch(pass, { dags: [...dags, ...inactive] }, liveFrom, () => Promise.resolve());
  pass.onProgress({ step: 'DAGs', done: dags.length, total: dags.length, unit: 'DAGs' });
  return dags.filter((dag) => dag.isActive).map((dag) => dag.dagId);
}

async function collectTasks(
  pass: Pass,
  activeIds: readonly string[],
  versions: readonly ApiDagChange[] | null,
  liveFrom: number | null,
): Promise<void> {
  const saved = await loadState(pass.database, pass, 'tasks');
  const state: TasksState = saved ?? { after: null, readAt: null, newestVersion: null };
  const newestVersion = versions?.[0]?.id ?? state.newestVersion;
  const startedAt = pass.clock();
  const isDue =
    state.after !== null ||
    state.readAt === null ||
    startedAt - state.readAt >= pass.tuning.tasksEverySeconds;
  const changed =
    versions === null
      ? await loadDagsWithoutTasks(pass.database, pass.deployment, activeIds)
      : changedSince(state.newestVersion, versions);
  if (isDue || changed === null) {
    await readAll(pass, activeIds, liveFrom, { ...state, newestVersion }, startedAt);
    return;
  }
  if (changed.size === 0) return;
  const ids = activeIds.filter((id) => changed.has(id));
  const tasks = await readTasks(pass, ids);
  await commitBatch(pass, { tasks }, liveFrom, (connection) =>
    saveState(connection, pass, 'tasks', { ...state, newestVersion }),
  );
}

/** DAGs with a newer version than the given one; null when there may be more of them than the page shows. */
function changedSince(version: string | null, newest: readonly ApiDagChange[]): Set<string> | null {
  const newer = newerThan(version, newest);
  return newer === null ? null : new Set(newer.map((row) => row.dag_id));
}

/** Reads the tasks of every DAG, a few DAGs to a commit; an interrupted reading goes on after the last commit. */
async function readAll(
  pass: Pass,
  activeIds: readonly string[],
  liveFrom: number | null,
  state: TasksState,
  startedAt: number,
): Promise<void> {
  const sorted = [...activeIds].sort();
  const { after } = state;
  const remaining = after === null ? sorted : sorted.filter((id) => id > after);
  let done = sorted.length - remaining.length;
  for (let start = 0; start < remaining.length; start += DAGS_PER_COMMIT) {
    const ids = remaining.slice(start, start + DAGS_PER_COMMIT);
    const tasks = await readTasks(pass, ids);
    await commitBatch(pass, { tasks }, liveFrom, (connection) =>
      saveState(connection, pass, 'tasks', { ...state, after: ids.at(-1) ?? null }),
    );
    done += ids.length;
    pass.onProgress({ step: 'tasks', done, total: sorted.length, unit: 'DAGs' });
  }
  // An interrupted reading may have missed changes to the DAGs that it had read before.
  const readAt = after === null ? startedAt : null;
  await saveAlone(pass, { after: null, readAt: readAt ?? state.readAt, newestVersion: state.newestVersion });
}

async function saveAlone(pass: Pass, state: TasksState): Promise<void> {
  await pass.database.transaction((connection) => saveState(connection, pass, 'tasks', state));
}

/** Tasks of these DAGs as they are, and those that have left as inactive. */
async function readTasks(pass: Pass, dagIds: readonly string[]): Promise<TaskObservation[]> {
  const tasks = await pass.api.tasks(dagIds);
  const observations = dagIds.flatMap((dagId) =>
    (tasks.get(dagId) ?? []).map((task) => mapTask(task, dagId, pass.deployment)),
  );
  const present = new Set(observations.map((task) => JSON.stringify([task.dagId, task.taskId])));
  const known = await loadTasks(pass.database, pass.deployment, dagIds);
  const gone = known.filter(
    (task) => task.isActive && !present.has(JSON.stringify([task.dagId, task.taskId])),
  );
  return [...observations, ...gone.map((task) => ({ ...task, isActive: false }))];
}

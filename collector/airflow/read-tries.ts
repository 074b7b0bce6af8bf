import type { TryObservation } from '../../core/facts.js';
import type { EarlierTries, SpanRows } from './api.js';
import { askForHistory } from './ask-for-history.js';
import type { Pass } from './context.js';
import { type CatalogTask, loadRunTypes, loadTaskCatalog, runKey } from './known-facts.js';
import { mapTry, runTypeOfRunId } from './map.js';
import type { ApiDagRun, ApiTaskInstance } from './rows.js';

export interface TriesRead {
  readonly observations: readonly TryObservation[];
  /** Ids of the task instances that told their earlier tries. */
  readonly historyIds: readonly string[];
}

const NO_TRIES: readonly ApiTaskInstance[] = [];

/**
 * All tries behind task instances: their last ones, and the earlier ones of those that have some.
 * @param read task instances, and the DAG runs that are at hand; others are looked up in the fact log
 */
export async function readTries(pass: Pass, read: SpanRows): Promise<TriesRead> {
  const dagIds = [...new Set(read.taskInstances.map((row) => row.dag_id))];
  const catalog = await loadTaskCatalog(pass.database, pass.deployment, dagIds);
  const runTypes = await collectRunTypes(pass, read.taskInstances, read.dagRuns);
  const { history } = pass.api;
  const asked =
    history === null
      ? { tries: read.earlierTries ?? new Map(), ids: [] }
      : await askForHistory(pass, history, read, (dagId, taskId) => {
          return catalog.get(dagId)?.get(taskId)?.retries ?? null;
        });
  return {
    observations: observe(pass, read.taskInstances, asked.tries, catalog, runTypes),
    historyIds: asked.ids,
  };
}

function observe(
  pass: Pass,
  rows: readonly ApiTaskInstance[],
  earlier: EarlierTries,
  catalog: ReadonlyMap<string, ReadonlyMap<string, CatalogTask>>,
  runTypes: ReadonlyMap<string, string | null>,
): TryObservation[] {
  const { deployment } = pass;
  const observations: TryObservation[] = [];
  const unknownStates = new Set<string>();
  // Rows of a run mostly follow each other: its type is looked up once.
  let runId: string | null = null;
  let dagId: string | null = null;
  let runType: string | null = null;
  let tasks: ReadonlyMap<string, CatalogTask> | undefined;
  for (const row of rows) {
    if (row.dag_run_id !== runId || row.dag_id !== dagId) {
      runId = row.dag_run_id;
      dagId = row.dag_id;
      runType = runTypes.get(runKey(dagId, runId)) ?? runTypeOfRunId(runId);
      tasks = catalog.get(dagId);
    }
    const context = { deployment, runType, owner: tasks?.get(row.task_id)?.owner ?? null };
    for (const version of inOrder(row, earlier.get(row) ?? NO_TRIES)) {
      const mapped = mapTry(version, context);
      if ('observation' in mapped) observations.push(mapped.observation);
      else if (mapped.skipped === 'unknown_state') unknownStates.add(version.state!);
    }
  }
  if (unknownStates.size > 0) {
    pass.logger.warn(
      { states: [...unknownStates] },
      'task instances in states that this version does not know were left out',
    );
  }
  return observations;
}

/** Earlier tries, then the row as it was listed, then what has become of it since. */
function inOrder(row: ApiTaskInstance, history: readonly ApiTaskInstance[]): readonly ApiTaskInstance[] {
  if (history.length === 0) return [row];
  const sorted = [...history].sort((a, b) => a.try_number - b.try_number);
  return [
    ...sorted.filter((version) => version.try_number < row.try_number),
    row,
    ...sorted.filter((version) => version.try_number >= row.try_number),
  ];
}

async function collectRunTypes(
  pass: Pass,
  rows: readonly ApiTaskInstance[],
  runs: readonly ApiDagRun[],
): Promise<Map<string, string | null>> {
  const types = new Map(runs.map((run) => [runKey(run.dag_id, run.dag_run_id), run.run_type]));
  const missing = rows.filter((row) => !types.has(runKey(row.dag_id, row.dag_run_id)));
  if (missing.length > 0) {
    const found = await loadRunTypes(pass.database, pass.deployment, missing);
    for (const [key, type] of found) types.set(key, type);
  }
  return types;
}

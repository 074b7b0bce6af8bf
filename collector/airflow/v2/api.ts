import type { UnixSeconds } from '../../../core/facts.js';
import type { AirflowApi, ApiOptions, ListLimits, Span } from '../api.js';
import { countAnswer, poolPage, taskPage } from '../fields.js';
import { askForTasks } from '../ask-for-tasks.js';
import { orNull } from '../http/airflow-error.js';
import type { Query } from '../http/address.js';
import type { AirflowClient } from '../http/client.js';
import { formatInstant } from '../instant.js';
import { askLogEnd, LOG_TYPES, logPath } from '../log-end.js';
import { createLister, spanQuery } from '../list.js';
import type { ApiDagRun, ApiTaskInstance } from '../rows.js';
import { selectForHistory } from './history-needed.js';
import { createSurroundingsV2 } from './surroundings.js';
import { dagPage, dagRunDuePage, dagRunPage, deadlinePage, taskInstancePage } from './schemas.js';

const API = ['api', 'v2'] as const;
const RUNS = [...API, 'dags', '~', 'dagRuns'] as const;
/** No public API: what Airflow's own page asks. */
const DEADLINES = ['ui', 'dags', '~', 'dagRuns', '~', 'deadlines'] as const;
const TASK_INSTANCES = [...RUNS, '~', 'taskInstances'] as const;

/** From this release on, the page of Airflow that shows deadlines asks for those of all DAG runs at once; before, for those of one. */
const LISTS_DEADLINES = 3;

/**
 * REST API v2: Airflow 3.0 to 3.3.
 * @param minor of the release: 3 for Airflow 3.3
 */
export function createApiV2(client: AirflowClient, options: ApiOptions, minor: number): AirflowApi {
  const { signal } = options;
  const { list, listAll } = createLister(client, options, { login: 'token', offersCursors: true });

  const surroundings = createSurroundingsV2(client, options, { list, listAll });

  async function rowsIn(
    field: 'run_after' | 'updated_at',
    span: Span,
    limits: ListLimits,
    needsRuns: boolean,
  ) {
    const query = { ...spanQuery(field, span), order_by: 'id' };
    const dagRuns = await list(RUNS, query, dagRunPage, runKeyOf, limits);
    if (dagRuns === null) return null;
    if (needsRuns && dagRuns.length === 0) return { dagRuns, taskInstances: [] };
    const taskInstances = await list(TASK_INSTANCES, query, taskInstancePage, taskInstanceKey, limits);
    return taskInstances === null ? null : { dagRuns, taskInstances };
  }

  return {
    restVersion: 'v2',
    concurrency: client.concurrency,
    dueField: 'run_after',
    dags: () =>
      listAll([...API, 'dags'], { exclude_stale: false, order_by: 'dag_id' }, dagPage, (dag) => dag.dag_id),
    tasks: (dagIds) =>
      askForTasks(client, dagIds, async (dagId) => {
        return (await client.get([...API, 'dags', dagId, 'tasks'], {}, taskPage, { signal })).rows;
      }),
    newestDagChanges: () => surroundings.newestDagVersions(),
    async countDagRuns(from) {
      const answer = await client.get(RUNS, { limit: 0, ...fromQuery(from) }, countAnswer, { signal });
      return answer.total_entries ?? null;
    },
    async dagRunDue(which, from) {
      const order = which === 'first' ? 'run_after' : '-run_after';
      const query = { limit: 1, order_by: order, ...fromQuery(from) };
      return (await client.get(RUNS, query, dagRunDuePage, { signal })).rows[0]?.run_after ?? null;
    },
    dueIn: (span, limits) => rowsIn('run_after', span, limits, true),
    changedIn: (span, limits) => rowsIn('updated_at', span, limits, false),
    history: {
      selectForHistory: ({ taskInstances }, retriesOf) => selectForHistory(taskInstances, retriesOf),
      tries: (of) =>
        orNull(async () => (await client.get(triesPath(of), {}, taskInstancePage, { signal })).rows),
    },
    logEnd: (of, keepLastBytes, logSignal = signal) =>
      askLogEnd(() =>
        client.getEnd(
          logPath('v2', of),
          { map_index: of.map_index, full_content: true },
          {
            accept: LOG_TYPES.v2,
            keepLastBytes,
            isSingleAttempt: true,
            signal: logSignal,
          },
        ),
      ),
    pools: () => listAll([...API, 'pools'], { order_by: 'id' }, poolPage, (pool) => pool.name),
    deadlinesIn:
      minor < LISTS_DEADLINES
        ? null
        : (span, limits) => {
            const query = { ...spanQuery('last_updated_at', span), order_by: 'id' };
            return list(DEADLINES, query, deadlinePage, (deadline) => deadline.id, limits);
          },
    ...surroundings,
  };
}

function triesPath(of: ApiTaskInstance): (string | number)[] {
  const mapped = of.map_index < 0 ? [] : [of.map_index];
  const run = [...API, 'dags', of.dag_id, 'dagRuns', of.dag_run_id];
  return [...run, 'taskInstances', of.task_id, ...mapped, 'tries'];
}

function runKeyOf(run: ApiDagRun): string {
  return JSON.stringify([run.dag_id, run.dag_run_id]);
}

function taskInstanceKey(row: ApiTaskInstance): string {
  return row.id ?? JSON.stringify([row.dag_id, row.dag_run_id, row.task_id, row.map_index, row.try_number]);
}

function fromQuery(from: UnixSeconds | null): Query {
  return from === null ? {} : { run_after_gte: formatInstant(from) };
}

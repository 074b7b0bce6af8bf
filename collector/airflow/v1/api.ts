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
import type { ApiTaskInstance } from '../rows.js';
import { selectForHistory } from './history-needed.js';
import { dagPage, dagRunPage, logicalDatePage, triesPage } from './schemas.js';
import { createSurroundingsV1 } from './surroundings.js';
import { createTaskInstanceReader } from './task-instances.js';

const API = ['api', 'v1'] as const;
const RUNS = [...API, 'dags', '~', 'dagRuns'] as const;

/** The release that keeps earlier tries; before, Airflow forgets them. */
const KEEPS_TRIES = 10;

/**
 * REST API v1: Airflow 2.9 to 2.11. Filters know no `run_after`, so history goes by logical date.
 * @param minor of the release: 11 for Airflow 2.11
 */
export function createApiV1(client: AirflowClient, options: ApiOptions, minor: number): AirflowApi {
  const get = { signal: options.signal, login: 'basic' } as const;
  const { list, listAll } = createLister(client, options, { login: 'basic', offersCursors: false });
  const taskInstances = createTaskInstanceReader(client, options, minor);

  const runsIn = (field: 'execution_date' | 'updated_at', span: Span, limits: ListLimits) => {
    const query = { ...spanQuery(field, span), order_by: 'id' };
    return list(RUNS, query, dagRunPage, (run) => JSON.stringify([run.dag_id, run.dag_run_id]), limits);
  };

  return {
    restVersion: 'v1',
    concurrency: client.concurrency,
    dueField: 'logical_date',
    deadlinesIn: null,
    dags: () =>
      listAll([...API, 'dags'], { only_active: false, order_by: 'dag_id' }, dagPage, (dag) => dag.dag_id),
    tasks: (dagIds) =>
      askForTasks(client, dagIds, async (dagId) => {
        return (await client.get([...API, 'dags', dagId, 'tasks'], {}, taskPage, get)).rows;
      }),
    newestDagChanges: () => Promise.resolve(null),
    async countDagRuns(from) {
      // A limit of 0 counts as none.
      const answer = await client.get(RUNS, { limit: 1, ...fromQuery(from) }, countAnswer, get);
      return answer.total_entries ?? null;
    },
    async dagRunDue(which, from) {
      const order = which === 'first' ? 'execution_date' : '-execution_date';
      const query = { limit: 1, order_by: order, ...fromQuery(from) };
      return (await client.get(RUNS, query, logicalDatePage, get)).rows[0]?.logical_date ?? null;
    },
    async dueIn(span, limits) {
      const dagRuns = await runsIn('execution_date', span, limits);
      const rows = dagRuns === null ? null : await taskInstances.ofRuns(dagRuns, limits);
      return dagRuns === null || rows === null ? null : { dagRuns, taskInstances: rows };
    },
    async changedIn(span, limits) {
      const dagRuns = await runsIn('updated_at', span, limits);
      const rows = dagRuns === null ? null : await taskInstances.changedIn(span, limits);
      return dagRuns === null || rows === null ? null : { dagRuns, taskInstances: rows };
    },
    history: {
      selectForHistory: (rows, retriesOf) => (minor < KEEPS_TRIES ? [] : selectForHistory(rows, retriesOf)),
      tries: (of) => orNull(async () => (await client.get(triesPath(of), {}, triesPage, get)).rows),
    },
    logEnd: (of, keepLastBytes, logSignal = options.signal) =>
      askLogEnd(() =>
        client.getEnd(
          logPath('v1', of),
          { map_index: of.map_index, full_content: true },
          {
            accept: LOG_TYPES.v1,
            keepLastBytes,
            isSingleAttempt: true,
            login: 'basic',
            signal: logSignal,
          },
        ),
      ),
    pools: () => listAll([...API, 'pools'], { order_by: 'id' }, poolPage, (pool) => pool.name),
    ...createSurroundingsV1(client, options, { list, listAll }),
  };
}

function triesPath(of: ApiTaskInstance): (string | number)[] {
  const mapped = of.map_index < 0 ? [] : [of.map_index];
  const run = [...API, 'dags', of.dag_id, 'dagRuns', of.dag_run_id];
  return [...run, 'taskInstances', of.task_id, ...mapped, 'tries'];
}

function fromQuery(from: UnixSeconds | null): Query {
  return from === null ? {} : { execution_date_gte: formatInstant(from) };
}

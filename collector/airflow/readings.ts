import { z } from 'zod';
import { type RestVersion } from './api.js';
import type { QueryValue } from './http/address.js';
import { isAirflowError } from './http/airflow-error.js';
import type { AirflowClient } from './http/client.js';
import { LOG_TYPES, logPath } from './log-end.js';
import { healthAnswer } from './surrounding-fields.js';
import { dependenciesOf, dependencyGraph } from './v2/dependencies.js';

/** What ORC reads from Airflow; each takes a right of its own. */
export const READINGS = [
  'dags',
  'tasks',
  'dag_runs',
  'task_instances',
  'tries',
  'dag_versions',
  'pools',
  'logs',
  'assets',
  'asset_events',
  'dag_dependencies',
  'import_errors',
  'health',
  'event_log',
  'deadlines',
] as const;
export type Reading = (typeof READINGS)[number];

/** Those that prediction can do without. */
export const OPTIONAL_READINGS: ReadonlySet<Reading> = new Set<Reading>([
  'assets',
  'asset_events',
  'dag_dependencies',
  'import_errors',
  'health',
  'event_log',
  'deadlines',
  'logs',
]);

/** How a try of one reading went. What Airflow refuses or breaks is thrown. */
export type ReadingOutcome =
  | {
      readonly status: 'read';
      /** How many of them this user sees; null where Airflow does not count. */
      readonly total: number | null;
    }
  | { readonly status: 'untested'; readonly reason: string };

/** Rows that a list gave beside those that were asked for. */
export interface PageSize {
  readonly asked: number;
  readonly received: number;
  /** All rows of the list; null where Airflow does not count. */
  readonly total: number | null;
}

/** Tries readings one by one, each with the smallest question there is. Later ones need what earlier ones found. */
export interface ReadingTester {
  /** @throws AirflowError `unauthorized`, and every other kind, with a fix */
  read(reading: Reading): Promise<ReadingOutcome>;
  /** Asks for a page of DAG runs of this size. */
  pageSize(asked: number): Promise<PageSize>;
  /** True when this user may also list connections, where Airflow keeps the secrets of other systems. */
  seesConnections(): Promise<boolean>;
}

const page = z.looseObject({ total_entries: z.int().nullish() });
const dagRow = z.object({ dag_id: z.string() });
const instanceRow = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  task_id: z.string(),
  map_index: z.int(),
  try_number: z.int(),
});

export function createReadingTester(
  client: AirflowClient,
  restVersion: RestVersion,
  signal?: AbortSignal,
): ReadingTester {
  const login = restVersion === 'v1' ? 'basic' : 'token';
  let dag: z.output<typeof dagRow> | undefined;
  let instance: z.output<typeof instanceRow> | undefined;

  const list = async <T>(
    key: string,
    row: z.ZodType<T>,
    path: readonly (string | number)[],
    query: Readonly<Record<string, QueryValue>> = { limit: 1 },
  ): Promise<{ rows: readonly T[]; total: number | null }> => {
    const schema = page
      .extend({ [key]: z.array(row) })
      .transform((answer) => ({ rows: answer[key]!, total: page.parse(answer).total_entries ?? null }));
    return client.get(['api', restVersion, ...path], query, schema, {
      signal,
      isSingleAttempt: true,
      login,
    });
  };
  const count = async (key: string, path: readonly string[]): Promise<ReadingOutcome> => {
    const { total } = await list(key, z.unknown(), path);
    return { status: 'read', total };
  };

  const readings: Readonly<Record<Reading, () => Promise<ReadingOutcome>>> = {
    dags: async () => {
      const { rows, total } = await list('dags', dagRow, ['dags']);
      dag = rows[0];
      return { status: 'read', total };
    },
    tasks: async () => {
      if (dag === undefined) return untested('there is no DAG to try it on');
      const path = ['dags', dag.dag_id, 'tasks'];
      return unlessGone(async () => {
        const { rows } = await list('tasks', z.unknown(), path, {});
        return { status: 'read', total: rows.length };
      });
    },
    dag_runs: () => count('dag_runs', ['dags', '~', 'dagRuns']),
    task_instances: async () => {
      const path = ['dags', '~', 'dagRuns', '~', 'taskInstances'];
      const { rows, total } = await list('task_instances', instanceRow, path);
      instance = rows[0];
      return { status: 'read', total };
    },
    tries: async () => {
      if (instance === undefined) return untested('there is no task instance to try it on');
      const { dag_id, dag_run_id, task_id, map_index } = instance;
      const mapped = map_index < 0 ? [] : [map_index];
      const path = ['dags', dag_id, 'dagRuns', dag_run_id, 'taskInstances', task_id, ...mapped, 'tries'];
      return unlessGone(async () => {
        const { rows } = await list('task_instances', z.unknown(), path, {});
        return { status: 'read', total: rows.length };
      });
    },
    dag_versions: () =>
      restVersion === 'v1'
        ? Promise.resolve(untested('Airflow 2 keeps no versions of DAGs'))
        : count('dag_versions', ['dags', '~', 'dagVersions']),
    pools: () => count('pools', ['pools']),
    logs: async () => {
      if (instance === undefined || instance.try_number < 1)
        return untested('there is no task instance to try it on');
      const { map_index, ...of } = instance;
      return unlessGone(async () => {
        await client.getEnd(
          logPath(restVersion, of),
          { map_index },
          { accept: LOG_TYPES[restVersion], keepLastBytes: 0, signal, isSingleAttempt: true, login },
        );
        return { status: 'read', total: null };
      });
    },
    assets: () => (restVersion === 'v1' ? count('datasets', ['datasets']) : count('assets', ['assets'])),
    asset_events: () =>
      restVersion === 'v1'
        ? count('dataset_events', ['datasets', 'events'])
        : count('asset_events', ['assets', 'events']),
    async dag_dependencies() {
      if (restVersion === 'v1') return untested('Airflow 2 tells those through datasets only');
      const graph = await client.get(['ui', 'dependencies'], {}, dependencyGraph, {
        signal,
        isSingleAttempt: true,
        login,
      });
      return { status: 'read', total: dependenciesOf(graph).length };
    },
    import_errors: () => count('import_errors', ['importErrors']),
    async health() {
      const path = restVersion === 'v1' ? ['health'] : ['monitor', 'health'];
      await client.get(['api', restVersion, ...path], {}, healthAnswer, {
        signal,
        isSingleAttempt: true,
        login: 'none',
      });
      return { status: 'read', total: null };
    },
    event_log: () => count('event_logs', ['eventLogs']),
    async deadlines() {
      if (restVersion === 'v1') return untested('Airflow 2 keeps no deadlines of DAG runs');
      try {
        const { total_entries } = await client.get(
          ['ui', 'dags', '~', 'dagRuns', '~', 'deadlines'],
          { limit: 1 },
          page,
          { signal, isSingleAttempt: true, login },
        );
        return { status: 'read', total: total_entries ?? null };
      } catch (error) {
        if (!isAirflowError(error, 'not_found')) throw error;
        return untested(
          'this Airflow lists no deadlines by REST; its metadata database has them from 3.1 on',
        );
      }
    },
  };

  return {
    read: (reading) => readings[reading](),
    async pageSize(asked) {
      const path = ['dags', '~', 'dagRuns'];
      const { rows, total } = await list('dag_runs', z.unknown(), path, { limit: asked });
      return { asked, received: rows.length, total };
    },
    async seesConnections() {
      try {
        await list('connections', z.unknown(), ['connections'], { limit: 0 });
        return true;
      } catch (error) {
        if (isAirflowError(error, 'unauthorized', 'not_found')) return false;
        throw error;
      }
    },
  };
}

function untested(reason: string): ReadingOutcome {
  return { status: 'untested', reason };
}

/** A row that was there a moment ago may be gone: that says nothing about the right to read it. */
async function unlessGone(work: () => Promise<ReadingOutcome>): Promise<ReadingOutcome> {
  try {
    return await work();
  } catch (error) {
    if (isAirflowError(error, 'not_found')) return untested('what it was tried on is gone');
    throw error;
  }
}

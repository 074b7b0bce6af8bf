import { z } from 'zod';
import {
  createAirflowClient,
  findAirflow,
  isAirflowError,
  type AirflowClient,
  type AirflowConnection,
  type ClientOptions,
} from '../../collector/airflow/index.js';
import { LONGEST_NOTE, MOST_FAILED, type AirflowSite } from './site.js';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const dagAnswer = z
  .object({ is_paused: z.boolean(), is_stale: z.boolean().optional(), is_active: z.boolean().nullish() })
  .transform((dag) => ({ isPaused: dag.is_paused, isActive: dag.is_active ?? dag.is_stale !== true }));
const runAnswer = z
  .object({ state: z.string(), note: text, end_date: text })
  .transform(({ state, note, end_date }) => ({
    ...{ state, note },
    endedAt: end_date === null ? null : Date.parse(end_date) / 1000,
  }));
const failedAnswer = z.object({
  total_entries: z.int(),
  task_instances: z.array(
    z
      .object({ task_id: z.string(), map_index: z.int(), try_number: z.int(), state: z.string() })
      .transform((row) => ({
        taskId: row.task_id,
        mapIndex: row.map_index,
        tryNumber: row.try_number,
        state: row.state,
      })),
  ),
});
const poolAnswer = z
  .object({ slots: z.int(), include_deferred: z.boolean().default(false), description: text })
  .transform((pool) => ({
    slots: pool.slots,
    includeDeferred: pool.include_deferred,
    description: pool.description,
  }));
const clearedAnswer = z.object({
  task_instances: z.array(
    z
      .object({ task_id: z.string(), map_index: z.int().optional() })
      .transform((row) => ({ taskId: row.task_id, mapIndex: row.map_index ?? null })),
  ),
});
const counted = z.object({ total_entries: z.int() });
const anything = z.unknown();

/** Only what failed in exactly this run, and its run is queued again. */
const CLEARING = {
  only_failed: true,
  only_running: false,
  reset_dag_runs: true,
  include_upstream: false,
  include_downstream: false,
  include_future: false,
  include_past: false,
};

export interface OpenSite {
  readonly site: AirflowSite;
  close(): Promise<void>;
}

/**
 * The Airflow of a connection whose user may act.
 * @throws AirflowError when it cannot be reached or is none that ORC knows
 */
export async function openSite(connection: AirflowConnection, options: ClientOptions): Promise<OpenSite> {
  const client = createAirflowClient(connection, options);
  try {
    const { version, restVersion } = await findAirflow(client);
    return { site: restSite(client, version, restVersion), close: () => client.close() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

function restSite(client: AirflowClient, version: string, api: 'v1' | 'v2'): AirflowSite {
  const isV1 = api === 'v1';
  const login = isV1 ? ('basic' as const) : ('token' as const);
  const read = async <T>(
    path: readonly string[],
    query: Record<string, string | number | readonly string[]>,
    schema: z.ZodType<T>,
  ): Promise<T | null> => {
    try {
      return await client.get(['api', api, ...path], query, schema, { login, isSingleAttempt: true });
    } catch (error) {
      if (isAirflowError(error, 'not_found')) return null;
      throw error;
    }
  };
  const change = <T>(
    method: 'POST' | 'PATCH',
    path: readonly string[],
    body: object,
    schema: z.ZodType<T>,
    query: Record<string, string> = {},
  ): Promise<T> => client.change(method, ['api', api, ...path], query, body, schema, { login });

  return {
    version,
    dag: (dagId) => read(['dags', dagId], {}, dagAnswer),
    run: (dagId, runId) => read(['dags', dagId, 'dagRuns', runId], {}, runAnswer),
    async failedInstances(dagId, runId) {
      const query = { state: ['failed', 'upstream_failed'], limit: MOST_FAILED };
      const found = await read(['dags', dagId, 'dagRuns', runId, 'taskInstances'], query, failedAnswer);
      if (found === null) return [];
      return found.total_entries > found.task_instances.length ? null : found.task_instances;
    },
    pool: (name) => read(['pools', name], {}, poolAnswer),
    async hasDeadlines(dagId, runId) {
      const [major, minor] = version.split('.').map(Number);
      if (major !== 3 || minor! < 3) return null;
      const path = ['ui', 'dags', dagId, 'dagRuns', runId, 'deadlines'];
      try {
        const found = await client.get(path, { limit: 1 }, counted, { login, isSingleAttempt: true });
        return found.total_entries > 0;
      } catch (error) {
        if (isAirflowError(error)) return null;
        throw error;
      }
    },
    async clearFailed(dagId, runId, dryRun) {
      const body = { ...CLEARING, dag_run_id: runId, dry_run: dryRun };
      return (await change('POST', ['dags', dagId, 'clearTaskInstances'], body, clearedAnswer))
        .task_instances;
    },
    async setPaused(dagId, isPaused) {
      await change('PATCH', ['dags', dagId], { is_paused: isPaused }, anything, { update_mask: 'is_paused' });
    },
    async resizePool(name, pool, slots) {
      // The default pool takes no other field; a custom one of Airflow 3 wants all of them whatever the mask.
      const whole = isV1
        ? { name, slots }
        : { pool: name, slots, include_deferred: pool.includeDeferred, description: pool.description };
      const body = name === 'default_pool' && !isV1 ? { slots } : whole;
      await change('PATCH', ['pools', name], body, anything, { update_mask: 'slots' });
    },
    async trigger(dagId, runId, conf, note) {
      const dates = isV1 ? {} : { logical_date: null };
      const body = { dag_run_id: runId, conf, note: note.slice(0, LONGEST_NOTE), ...dates };
      await change('POST', ['dags', dagId, 'dagRuns'], body, anything);
    },
    async setNote(dagId, runId, note) {
      const path = ['dags', dagId, 'dagRuns', runId];
      if (isV1) await change('PATCH', [...path, 'setNote'], { note }, anything);
      else await change('PATCH', path, { note }, anything, { update_mask: 'note' });
    },
  };
}

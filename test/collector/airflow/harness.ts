import { deploymentSchema, type DeploymentConfig } from '../../../core/config/schema.js';
import type { Database } from '../../../core/database/port.js';
import { silentLogger } from '../../../core/logger.js';
import { collectAirflow, type CollectOptions, type CollectResult } from '../../../collector/airflow/index.js';
import type { FakeAirflow } from './fake-airflow.js';

export const NO_WAIT = (): Promise<void> => Promise.resolve();

export function deploymentOf(url: string, more: Record<string, unknown> = {}): DeploymentConfig {
  return deploymentSchema.parse({
    name: 'test',
    url,
    username: 'viewer',
    password: 'secret-password',
    ...more,
  });
}

export type CollectMore = Partial<CollectOptions> & { readonly config?: Record<string, unknown> };

/** One collection from the fake, whose clock is the world's, without waiting between attempts. */
export function collect(
  fake: FakeAirflow,
  database: Database,
  more: CollectMore = {},
): Promise<CollectResult> {
  const { config, ...options } = more;
  return collectAirflow(deploymentOf(fake.url, config), {
    database,
    logger: silentLogger(),
    clock: () => fake.world.now,
    sleep: NO_WAIT,
    ...options,
  });
}

const TABLES = ['dag_fact', 'task_fact', 'dag_run_fact', 'try_fact', 'pool_fact'];

/** All facts without what depends on the moment of writing, in a fixed order. */
export async function dumpFacts(database: Database, tables: readonly string[] = TABLES): Promise<string[]> {
  const rows: string[] = [];
  for (const table of tables) {
    const found = await database.query<{ row: string }>(
      `SELECT '${table} ' || (to_jsonb(f) - '{fact_id,known_at,event_time}'::text[])::text AS row FROM ${table} f ORDER BY 1`,
    );
    rows.push(...found.map(({ row }) => row));
  }
  return rows;
}

/** Keys of tries in the log, as `expectedTries` of the world. */
export async function tryKeys(database: Database): Promise<string[]> {
  const rows = await database.query<Record<string, unknown>>(
    'SELECT dag_id, run_id, task_id, map_index, try_number, state FROM try_fact',
  );
  return rows
    .map((row) =>
      JSON.stringify([
        row['dag_id'],
        row['run_id'],
        row['task_id'],
        row['map_index'],
        row['try_number'],
        row['state'],
      ]),
    )
    .sort();
}

export async function countFacts(database: Database): Promise<number> {
  return (await dumpFacts(database)).length;
}

/** The error of a promise that must fail. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<Error & { code?: string; kind?: string; fix?: string }> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
}

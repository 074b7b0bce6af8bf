import { expect } from 'vitest';
import { openDatabase } from '../../core/database/open.js';
import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';
import { compareWithAirflow, formatComparison, type CompareOptions } from './compare-with-airflow.js';

/** Opens the store of a data directory for the work, and closes it whatever happens. */
export async function withStore<T>(dataDir: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase({ databaseUrl: null, dataDir, logger: silentLogger() });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Fails unless the facts of a deployment equal Airflow's tables, row for row; prints the counts. */
export async function expectEqualTables(
  database: Database,
  deployment: string,
  metadataUrl: string,
  options: CompareOptions = {},
): Promise<void> {
  const comparisons = await compareWithAirflow(database, deployment, metadataUrl, options);
  console.log(formatComparison(comparisons));
  for (const { table, airflow: rows, missing, unexpected } of comparisons) {
    expect({ table, missing, unexpected }).toEqual({ table, missing: [], unexpected: [] });
    expect(rows, table).toBeGreaterThan(0);
  }
}

export async function countTryFacts(database: Database): Promise<number> {
  const [row] = await database.query<{ n: number }>('SELECT count(*)::integer AS n FROM try_fact');
  return row!.n;
}

/**
 * Fails unless the log has every deadline that Airflow (3.1 or later) keeps now, with its time; it also keeps those of runs that have
 * ended in time, which Airflow deletes. Older ones keep none, and need none.
 */
export async function expectDeadlines(
  database: Database,
  deployment: string,
  metadataUrl: string,
): Promise<void> {
  const airflow = await connect(metadataUrl, { logger: silentLogger(), applicationName: 'orc test' });
  try {
    const [columns] = await airflow.query<{ n: number }>(
      `SELECT count(*)::integer AS n FROM information_schema.columns
       WHERE table_name = 'deadline' AND column_name = 'deadline_time'`,
    );
    if (columns!.n === 0) return;
    const keyOf = `json_build_array(dag_id, run_id, deadline_id, (extract(epoch FROM deadline_at) * 1000000)::bigint)::text AS key`;
    const kept = await airflow.query<{ key: string }>(
      `SELECT ${keyOf} FROM (
         SELECT r.dag_id, r.run_id, d.id::text AS deadline_id, d.deadline_time AS deadline_at
         FROM deadline d JOIN dag_run r ON r.id = d.dagrun_id
       ) AS d`,
    );
    const facts = await database.query<{ key: string }>(
      `SELECT ${keyOf} FROM deadline_fact WHERE deployment = $1`,
      [deployment],
    );
    const known = new Set(facts.map(({ key }) => key));
    const missing = kept.filter(({ key }) => !known.has(key));
    console.log(
      `deadline: ${kept.length} rows in Airflow, ${missing.length} missing, ${known.size} in the log`,
    );
    expect(missing).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
  } finally {
    await airflow.close();
  }
}

import { expect } from 'vitest';
import { openDatabase } from '../../core/database/open.js';
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

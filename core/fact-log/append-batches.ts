import type { Queryable } from '../database/port.js';
import { extraProblem } from './extra-problem.js';
import { statement } from './sql.js';
import type { WriteOptions, WriteResult } from './write-tries.js';

/** Observations of one statement: about 1 MB of JSON. */
const BATCH = 5000;

const LOCK = statement('lock');

export type Observations<T> = AsyncIterable<T> | Iterable<T>;

/**
 * Runs the statement `append` over the observations, some thousand at a time; conditions as for `writeTries`.
 * @param toRow the observation as the columns that the statement names
 */
export async function appendBatches<T>(
  connection: Queryable,
  append: string,
  observations: Observations<T>,
  options: WriteOptions,
  toRow: (observation: T) => Record<string, unknown>,
): Promise<WriteResult> {
  let received = 0;
  let appended = 0;
  let refused = 0;
  let batch: Record<string, unknown>[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await connection.query(LOCK);
    const { source, knownAt, visibilityAssumed } = options;
    appended += await connection.execute(append, [source, knownAt, visibilityAssumed, JSON.stringify(batch)]);
    batch = [];
  };
  for await (const observation of observations) {
    received++;
    const row = toRow(observation);
    if (extraProblem(row) !== null) refused++;
    else batch.push({ ordinal: batch.length, ...row });
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return { received, appended, refused };
}

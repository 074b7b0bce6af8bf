import fc from 'fast-check';
import type { Database } from '../../../core/database/port.js';
import {
  TRY_STATES,
  type DagRunObservation,
  type TryFact,
  type TryObservation,
} from '../../../core/facts.js';
import { writeTries, type WriteOptions, type WriteResult } from '../../../core/fact-log/write.js';
import { readFacts, type AnyFact, type ReadFactsOptions } from '../../../core/fact-log/read.js';

fc.configureGlobal({ seed: 20_261_123 });

/** 2027-01-15, later than all facts of these tests. */
export const KNOWN_AT = 1_800_000_000;
export const IMPORTED: WriteOptions = { source: 'test', knownAt: KNOWN_AT, visibilityAssumed: true };
export const LIVE: WriteOptions = { source: 'test', knownAt: KNOWN_AT, visibilityAssumed: false };

/** A try that was queued at 100, started at 110 and succeeded at 200, seconds after 2023-11-14T22:13:20Z. */
export function tryObservation(change: Partial<TryObservation> = {}): TryObservation {
  return {
    deployment: 'default',
    dagId: 'dag',
    runId: 'run',
    taskId: 'task',
    mapIndex: -1,
    tryNumber: 1,
    state: 'success',
    runType: 'scheduled',
    scheduledAt: null,
    queuedAt: 1_700_000_100,
    startedAt: 1_700_000_110,
    endedAt: 1_700_000_200,
    operator: 'PythonOperator',
    pool: 'default_pool',
    queue: 'default',
    owner: 'someone',
    hostname: 'worker-1',
    extra: null,
    ...change,
  };
}

export function dagRunObservation(change: Partial<DagRunObservation> = {}): DagRunObservation {
  return {
    deployment: 'default',
    dagId: 'dag',
    runId: 'run',
    state: 'success',
    runType: 'scheduled',
    runAfter: 1_700_000_000,
    logicalDate: null,
    queuedAt: 1_700_000_000,
    startedAt: 1_700_000_001,
    endedAt: 1_700_000_300,
    ...change,
  };
}

export function append(
  database: Database,
  observations: readonly TryObservation[],
  options: WriteOptions = IMPORTED,
): Promise<WriteResult> {
  return database.transaction((connection) => writeTries(connection, observations, options));
}

export async function all<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
}

export async function readAll(database: Database, options: ReadFactsOptions = {}): Promise<AnyFact[]> {
  return all(readFacts(database, options));
}

export async function readTries(database: Database): Promise<TryFact[]> {
  const facts = await readAll(database, { deriveRuns: false });
  return facts.flatMap((row) => (row.kind === 'try' ? [row.fact] : []));
}

/** Text as PostgreSQL can hold it: any Unicode but NUL, with a taste for what breaks formats. */
export const storableText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom(
    '\t',
    '\n',
    '\\N',
    '\\.',
    'a\\tb',
    '"',
    "'",
    '\r\n',
    '😀',
    'é/.. ',
    '\u2028',
    '\ufeff',
    '{}',
    '',
  ),
);

export const storableId = storableText.map((text) => `x${text}`);

/** Times as Airflow gives them: microseconds, 2001 to 2033. */
export const microsecondTime = fc
  .integer({ min: 1_000_000_000_000_000, max: 2_000_000_000_000_000 })
  .map((microseconds) => microseconds / 1e6);

export const anyTry: fc.Arbitrary<TryObservation> = fc.record({
  deployment: storableId,
  dagId: storableId,
  runId: storableId,
  taskId: storableId,
  mapIndex: fc.integer({ min: -1, max: 2_147_483_647 }),
  tryNumber: fc.integer({ min: 1, max: 2_147_483_647 }),
  state: fc.constantFrom(...TRY_STATES),
  runType: fc.option(storableText),
  scheduledAt: fc.option(microsecondTime),
  queuedAt: fc.option(microsecondTime),
  startedAt: fc.option(microsecondTime),
  endedAt: fc.option(microsecondTime),
  operator: fc.option(storableText),
  pool: fc.option(storableText),
  queue: fc.option(storableText),
  owner: fc.option(storableText),
  hostname: fc.option(storableText),
  extra: fc.option(
    fc.dictionary(
      fc.string({ maxLength: 8 }).map((key) => key.replaceAll('\0', '')),
      fc.oneof(
        storableText,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
});

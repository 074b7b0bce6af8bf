import type { Database } from '../database/port.js';
import type { DagRunFact, TryFact, UnixSeconds } from '../facts.js';
import { copyRows, type ReadScope } from './copy-rows.js';
import { FACT_COLUMNS, FactReader, type AnyFact } from './decode-facts.js';
import { statement } from './sql.js';
import { markTouched, readTouchedRuns } from './touched-runs.js';

export type { ReadScope } from './copy-rows.js';
export type { AnyFact } from './decode-facts.js';

export interface ReadFactsOptions extends ReadScope {
  /** How long after it happened a fact of assumed visibility counts as visible; 0 unless given. */
  readonly lagSeconds?: number;
  /** Whether DAG runs without run facts are derived from their tries; true unless given. */
  readonly deriveRuns?: boolean;
}

/** Facts in the log, by kind. */
export interface FactCounts {
  readonly tries: number;
  readonly dagRuns: number;
  readonly dags: number;
  readonly tasks: number;
  readonly pools: number;
}

const READ_FACTS = statement('read-facts');
const READ_DAG_RUN_HISTORY = statement('read-dag-run-history');
const READ_DECISIONS = statement('read-decisions');
const LATEST_FACT_ID = statement('latest-fact-id');
const DECISION_QUANTILE = statement('decision-quantile');
const COUNT_FACTS = statement('count-facts');
const COUNT_OUTCOMES = statement('count-outcomes');

/**
 * Streams all kinds of facts in the order of the time they first became visible (`firstVisibleAt`), ties by fact id.
 *
 * A try or DAG run fact that tells several new phases comes once, at the first of them; later phases of an assumed fact
 * become visible afterwards, at `visibleAt(fact, phaseTime(fact, phase), lagSeconds)`. A derived DAG run comes as one fact
 * with the highest fact id of its tries. The sort is the database's; memory here is bounded by one network chunk. What an action
 * of ORC brought about is marked `isTouched`.
 */
export async function* readFacts(
  database: Database,
  options: ReadFactsOptions = {},
): AsyncGenerator<AnyFact[], void, undefined> {
  const settings = {
    ...options,
    lagSeconds: options.lagSeconds ?? 0,
    deriveRuns: options.deriveRuns ?? true,
  };
  const touched = await readTouchedRuns(database, options);
  const batches = copyRows(database, READ_FACTS, FACT_COLUMNS, settings, (decoder) => {
    const reader = new FactReader(decoder);
    return () => reader.fact();
  });
  for await (const batch of batches) yield touched.size === 0 ? batch : markTouched(batch, touched);
}

/**
 * Streams one fact per DAG run in the order of their queueing (else start), then deployment, dag_id, run_id: that of the
 * first final state, else the latest one. Runs without run facts are derived from their tries.
 */
export function readDagRunHistory(
  database: Database,
  scope: ReadScope = {},
): AsyncGenerator<DagRunFact[], void, undefined> {
  const settings = { ...scope, lagSeconds: 0, deriveRuns: true };
  return copyRows(database, READ_DAG_RUN_HISTORY, FACT_COLUMNS, settings, (decoder) => {
    const reader = new FactReader(decoder);
    return () => reader.dagRunFact();
  });
}

/** Streams the outcome of every labelled try that has ended, in the order of `compareDecisions`. */
export function readDecisions(
  database: Database,
  scope: ReadScope = {},
): AsyncGenerator<TryFact[], void, undefined> {
  return copyRows(
    database,
    READ_DECISIONS,
    FACT_COLUMNS,
    { ...scope, lagSeconds: 0, deriveRuns: false },
    (decoder) => {
      const reader = new FactReader(decoder);
      return () => reader.tryFact();
    },
  );
}

/** The highest fact id, 0 in an empty log. Every fact below it is in the log already: writers commit in the order of ids. */
export async function latestFactId(database: Pick<Database, 'query'>): Promise<number> {
  const [row] = await database.query<{ fact_id: number }>(LATEST_FACT_ID);
  return row?.fact_id ?? 0;
}

/** The decision time of the labelled try that follows that share (0 to 1) of them all; null without any. */
export async function decisionQuantile(
  database: Pick<Database, 'query'>,
  share: number,
): Promise<UnixSeconds | null> {
  const [row] = await database.query<{ at: number | null }>(DECISION_QUANTILE, [share]);
  return row?.at ?? null;
}

/** Counts the labelled tries that have ended: those that {@link readDecisions} streams. */
export async function countOutcomes(database: Pick<Database, 'query'>): Promise<number> {
  const [row] = await database.query<{ outcomes: number }>(COUNT_OUTCOMES);
  return row?.outcomes ?? 0;
}

/** How many facts {@link readFacts} streams, but for the few that tell of surroundings. */
export function totalOf({ tries, dagRuns, dags, tasks, pools }: FactCounts): number {
  return tries + dagRuns + dags + tasks + pools;
}

/** Counts the facts of each kind. */
export async function counts(database: Pick<Database, 'query'>): Promise<FactCounts> {
  const [row] = await database.query<Record<string, number>>(COUNT_FACTS);
  return {
    tries: row?.['tries'] ?? 0,
    dagRuns: row?.['dag_runs'] ?? 0,
    dags: row?.['dags'] ?? 0,
    tasks: row?.['tasks'] ?? 0,
    pools: row?.['pools'] ?? 0,
  };
}

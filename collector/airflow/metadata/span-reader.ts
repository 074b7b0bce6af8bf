import type { Queryable, SqlValue } from '../../../core/database/port.js';
import type { ListLimits, Span, SpanRows } from '../api.js';
import { formatInstant } from '../instant.js';
import type { ApiTaskInstance } from '../rows.js';
import type { Candidate } from './candidates.js';
import { createRunReader, createTryReader } from './row-reader.js';
import type { MetadataSchema } from './schema.js';
import { statementsOf } from './statements.js';

/** Reads DAG runs, task instances and their earlier tries from one snapshot. */
export interface SpanReader {
  due(connection: Queryable, span: Span, limits: ListLimits): Promise<SpanRows | null>;
  changed(
    connection: Queryable,
    candidates: readonly Candidate[],
    span: Span,
    limits: ListLimits,
  ): Promise<SpanRows | null>;
}

/**
 * The planner cannot see how few runs a span holds, and would rather read all of task_instance: from runs to task instances it
 * always goes by index, and with one process, for the server is Airflow's.
 */
const BY_INDEX = `
  SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL max_parallel_workers_per_gather = 0`;

export function createSpanReader(schema: MetadataSchema): SpanReader {
  const sql = statementsOf(schema);
  const readRuns = createRunReader();
  const readTries = createTryReader(schema);

  async function read(
    connection: Queryable,
    [runs, tries, history]: readonly [string, string, string | null],
    { maxRows }: ListLimits,
  ): Promise<SpanRows | null> {
    const dagRuns = await readRuns(connection, runs, maxRows);
    const taskInstances = dagRuns === null ? null : await readTries(connection, tries, maxRows);
    if (dagRuns === null || taskInstances === null) return null;
    const earlier = history === null ? [] : await readTries(connection, history, maxRows);
    return earlier === null
      ? null
      : { dagRuns, taskInstances, earlierTries: byInstance(taskInstances, earlier) };
  }

  return {
    async due(connection, span, limits) {
      await configure(connection, { from: formatInstant(span.from), to: endOf(span) });
      await connection.execute(BY_INDEX);
      return read(connection, [sql.dueRuns, sql.dueTries, sql.dueHistory], limits);
    },
    async changed(connection, candidates, span, limits) {
      const ids = candidates.map(({ id }) => id).join();
      const since = candidates.map((candidate) => formatInstant(candidate.since)).join();
      await configure(connection, { ids: `{${ids}}`, since: `{${since}}`, to: endOf(span) });
      await connection.execute(BY_INDEX);
      return read(connection, [sql.changedRuns, sql.changedTries, sql.changedHistory], limits);
    },
  };
}

function endOf({ to }: Span): string {
  return to === null ? 'infinity' : formatInstant(to);
}

async function configure(connection: Queryable, settings: Readonly<Record<string, string>>): Promise<void> {
  const names = Object.keys(settings);
  const calls = names.map((name, index) => `set_config('orc.${name}', $${index + 1}, true)`);
  await connection.query(`SELECT ${calls.join(', ')}`, Object.values(settings) satisfies SqlValue[]);
}

/** Earlier tries by the row of their task instance. */
function byInstance(
  taskInstances: readonly ApiTaskInstance[],
  history: readonly ApiTaskInstance[],
): Map<ApiTaskInstance, ApiTaskInstance[]> {
  const found = new Map<ApiTaskInstance, ApiTaskInstance[]>();
  if (history.length === 0) return found;
  // Few runs have any: looking for the run first spares most task instances a key.
  const runs = new Map<string, Map<string, ApiTaskInstance[]>>();
  for (const row of history) {
    const run = runs.get(row.dag_run_id) ?? new Map<string, ApiTaskInstance[]>();
    const key = instanceKey(row);
    const tries = run.get(key) ?? [];
    tries.push(row);
    runs.set(row.dag_run_id, run.set(key, tries));
  }
  for (const row of taskInstances) {
    const tries = runs.get(row.dag_run_id)?.get(instanceKey(row));
    if (tries !== undefined) found.set(row, tries);
  }
  return found;
}

function instanceKey(row: ApiTaskInstance): string {
  return `${row.dag_id}\0${row.task_id}\0${row.map_index}`;
}

import type { ApiOptions, ListLimits, Span } from '../api.js';
import { isAirflowError } from '../http/airflow-error.js';
import type { Query } from '../http/address.js';
import type { AirflowClient } from '../http/client.js';
import { formatInstant } from '../instant.js';
import { runKey } from '../known-facts.js';
import { spanQuery } from '../list.js';
import type { ApiDagRun, ApiTaskInstance } from '../rows.js';
import { readUnordered } from './read-unordered.js';
import { taskInstancePageOf } from './schemas.js';

const RUNS = ['api', 'v1', 'dags', '~', 'dagRuns'] as const;

/** DAG runs asked for at once. */
const RUNS_PER_QUESTION = 20;
/** Rows of one answer to a question about runs: Airflow's own limit of 100 does not count there. */
const ROWS_PER_ANSWER = 5000;
/** How often a list without order is read before less is asked for. */
const ROUNDS = 2;
/** And when nothing less can be asked for: pages in pure disorder show 5000 rows all within about twelve readings. */
const LAST_ROUNDS = 25;

/** Lists of task instances of Airflow 2, which cannot order them: no page may be trusted to follow the one before. */
export interface TaskInstanceReader {
  /** All of these DAG runs; null when there are too many. */
  ofRuns(runs: readonly ApiDagRun[], limits: ListLimits): Promise<ApiTaskInstance[] | null>;
  /** Those that changed last in the span; null when there are too many, or they change faster than they are read. */
  changedIn(span: Span, limits: ListLimits): Promise<ApiTaskInstance[] | null>;
}

export function createTaskInstanceReader(
  client: AirflowClient,
  options: ApiOptions,
  minor: number,
): TaskInstanceReader {
  const { pageSize, signal } = options;
  const page = taskInstancePageOf(minor);

  function listUnordered(path: readonly string[], query: Query, limits: ListLimits) {
    const isLast = limits.maxRows === Infinity;
    return readUnordered<ApiTaskInstance>({
      pageSize,
      keyOf: identityOf,
      maxRows: limits.maxRows,
      isTimeoutFinal: limits.isTimeoutFinal,
      rounds: isLast ? LAST_ROUNDS : ROUNDS,
      mayGiveUp: !isLast,
      read: (position, isTimeoutFinal) =>
        client.get(path, { ...query, ...position }, page, { signal, login: 'basic', isTimeoutFinal }),
    });
  }

  /** Null when the answer does not hold them all, or did not come: too large, too slow. */
  async function askFor(runs: readonly ApiDagRun[]): Promise<ApiTaskInstance[] | null> {
    const get = { signal, login: 'basic', isTimeoutFinal: true } as const;
    try {
      const answer = await client.ask([...RUNS, '~', 'taskInstances', 'list'], questionOf(runs), page, get);
      if (answer.rows.length < (answer.total ?? 0)) return null;
      const asked = new Set(runs.map((run) => runKey(run.dag_id, run.dag_run_id)));
      return answer.rows.filter((row) => asked.has(runKey(row.dag_id, row.dag_run_id)));
    } catch (error) {
      if (isAirflowError(error, 'timeout', 'too_large')) return null;
      throw error;
    }
  }

  async function ofRun(run: ApiDagRun): Promise<ApiTaskInstance[]> {
    const path = ['api', 'v1', 'dags', run.dag_id, 'dagRuns', run.dag_run_id, 'taskInstances'];
    return (await listUnordered(path, {}, { maxRows: Infinity, isTimeoutFinal: false })) ?? [];
  }

  return {
    async ofRuns(runs, limits) {
      const inOrder = [...runs].sort((a, b) => dueOf(a) - dueOf(b));
      const rows: ApiTaskInstance[] = [];
      let size = RUNS_PER_QUESTION;
      for (let start = 0; start < inOrder.length;) {
        const part = inOrder.slice(start, start + size);
        const answer = (await askFor(part)) ?? (part.length === 1 ? await ofRun(part[0]!) : null);
        if (answer === null) {
          size = Math.ceil(part.length / 2);
          continue;
        }
        rows.push(...answer);
        if (rows.length > limits.maxRows) return null;
        start += part.length;
      }
      return rows;
    },
    changedIn: (span, limits) =>
      listUnordered([...RUNS, '~', 'taskInstances'], spanQuery('updated_at', span), limits),
  };
}

/**
 * Airflow takes every DAG id together with every run id. Runs next to each other in time, and the time that they span, leave nothing
 * else that fits.
 */
function questionOf(runs: readonly ApiDagRun[]): object {
  const due = runs.map(dueOf);
  return {
    dag_ids: [...new Set(runs.map((run) => run.dag_id))],
    dag_run_ids: [...new Set(runs.map((run) => run.dag_run_id))],
    execution_date_gte: formatInstant(Math.min(...due)),
    execution_date_lte: formatInstant(Math.max(...due)),
    page_limit: ROWS_PER_ANSWER,
  };
}

function dueOf(run: ApiDagRun): number {
  return run.logical_date ?? 0;
}

function identityOf(row: ApiTaskInstance): string {
  return JSON.stringify([row.dag_id, row.dag_run_id, row.task_id, row.map_index]);
}

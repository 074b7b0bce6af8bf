/** The SQL of run history, by generation of Airflow's schema. COPY takes no parameters: it finds them in settings of the transaction. */
import { HISTORY_TABLE } from './columns.js';
import type { MetadataSchema } from './schema.js';

/** `SELECT`s for `COPY (...) TO STDOUT`; each ends where a `LIMIT` may follow. */
export interface Statements {
  /** By due time between the settings `orc.from` and `orc.to`. */
  readonly dueRuns: string;
  readonly dueTries: string;
  /** Null where Airflow forgets earlier tries. */
  readonly dueHistory: string | null;
  /** Changed since `orc.since` of each of the runs `orc.ids`, and before `orc.to`. */
  readonly changedRuns: string;
  readonly changedTries: string;
  readonly changedHistory: string | null;
}

/** Columns of {@link createRunReader}. */
const runColumns = (schema: MetadataSchema): string => {
  const [due, logical] =
    schema.generation === 3
      ? ['r.run_after', 'r.logical_date']
      : [
          // Runs of these types wait for the end of their data interval; the others are due when they are made.
          `coalesce(CASE WHEN r.run_type IN ('scheduled', 'backfill') THEN r.data_interval_end END, r.execution_date)`,
          'r.execution_date',
        ];
  return `r.dag_id, r.run_id, r.state, r.run_type, ${due}, ${logical}, r.queued_at, r.start_date, r.end_date`;
};

/** Columns of {@link createTryReader}, of the table with the alias `t`. */
const tryColumns = (schema: MetadataSchema): string => {
  const [scheduled, version] =
    schema.generation === 3
      ? ['t.scheduled_dttm', 't.dag_version_id::text']
      : ['NULL::timestamptz', 'NULL::text'];
  return `t.dag_id, t.run_id, t.task_id, t.map_index, coalesce(t.try_number, 0), coalesce(t.max_tries, -1), t.state,
    ${scheduled}, t.queued_dttm, t.start_date, t.end_date, t.operator, t.pool, t.queue, t.hostname, ${version}`;
};

const instant = (name: string): string => `current_setting('orc.${name}')::timestamptz`;

/** Runs to look at, and since when each. */
const CANDIDATES = `unnest(current_setting('orc.ids')::integer[], current_setting('orc.since')::timestamptz[]) AS c (id, since)`;
const SAME_TRIES = 'USING (dag_id, run_id, task_id, map_index)';

export function statementsOf(schema: MetadataSchema): Statements {
  const due = schema.generation === 3 ? 'r.run_after' : 'r.execution_date';
  const isDue = `${due} >= ${instant('from')} AND ${due} < ${instant('to')}`;
  const hasChanged = (alias: string): string =>
    `${alias}.updated_at >= c.since AND ${alias}.updated_at < ${instant('to')}`;
  const runs = runColumns(schema);
  const tries = tryColumns(schema);
  const changedInstances = `
    FROM ${CANDIDATES} JOIN dag_run r ON r.id = c.id
    JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id AND ${hasChanged('t')}`;
  const dueInstances = `
    FROM dag_run r JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id WHERE ${isDue}`;
  const historyOfInstances = (instances: string): string => `
    SELECT ${tries}
    FROM (SELECT t.dag_id, t.run_id, t.task_id, t.map_index ${instances}) AS instance
    JOIN ${HISTORY_TABLE} t ${SAME_TRIES}`;
  const historyOfRuns = `
    SELECT ${tries} FROM dag_run r
    JOIN ${HISTORY_TABLE} t ON t.dag_id = r.dag_id AND t.run_id = r.run_id WHERE ${isDue}`;
  const ofHistory = (sql: string): string | null => (schema.hasHistory ? sql : null);
  return {
    dueRuns: `SELECT ${runs} FROM dag_run r WHERE ${isDue}`,
    dueTries: `SELECT ${tries} ${dueInstances}`,
    // Only Airflow 3 has an index from runs to their history.
    dueHistory: ofHistory(schema.generation === 3 ? historyOfRuns : historyOfInstances(dueInstances)),
    changedRuns: `SELECT ${runs} FROM ${CANDIDATES} JOIN dag_run r ON r.id = c.id AND ${hasChanged('r')}`,
    changedTries: `SELECT ${tries} ${changedInstances}`,
    changedHistory: ofHistory(historyOfInstances(changedInstances)),
  };
}

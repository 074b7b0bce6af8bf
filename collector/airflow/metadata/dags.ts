import type { Queryable } from '../../../core/database/port.js';
import type { UnixSeconds } from '../../../core/facts.js';
import type { ApiDag } from '../rows.js';
import { formatRelativeDelta, formatTimeDelta } from '../v1/schedule-interval.js';
import type { Generation } from './columns.js';
import type { MetadataSchema } from './schema.js';

interface DagRow extends Record<string, unknown> {
  readonly dag_id: string;
  readonly is_paused: boolean;
  readonly is_stale: boolean;
  readonly schedule: string | null;
  readonly owners: string | null;
  readonly tags: readonly string[];
  readonly next_run: UnixSeconds | null;
  readonly fileloc: string | null;
}

const COLUMNS: Readonly<Record<Generation, string>> = {
  2: 'is_active IS NOT TRUE AS is_stale, schedule_interval AS schedule',
  // A DAG without a schedule has the text of Python's nothing, which the REST API takes for nothing too.
  3: "is_stale, nullif(timetable_summary, 'None') AS schedule",
};
const FILTER: Readonly<Record<Generation, string>> = { 2: 'WHERE is_subdag IS NOT TRUE', 3: '' };

/** All DAGs, also those that Airflow no longer finds. */
export async function readDags(connection: Queryable, { generation }: MetadataSchema): Promise<ApiDag[]> {
  const rows = await connection.query<DagRow>(
    `SELECT dag_id, coalesce(is_paused, false) AS is_paused, ${COLUMNS[generation]}, owners,
       ARRAY(SELECT name FROM dag_tag t WHERE t.dag_id = dag.dag_id) AS tags,
       extract(epoch FROM next_dagrun_create_after)::double precision AS next_run, fileloc
     FROM dag ${FILTER[generation]}`,
  );
  return rows.map((row) => ({
    dag_id: row.dag_id,
    is_paused: row.is_paused,
    is_stale: row.is_stale,
    timetable_summary: generation === 2 ? parseSchedule(row.schedule) : row.schedule,
    owners: row.owners === null ? [] : row.owners.split(',').map((owner) => owner.trim()),
    tags: row.tags.map((name) => ({ name })),
    next_dagrun_run_after: row.next_run,
    fileloc: row.fileloc,
  }));
}

/** Airflow 2 keeps a cron expression as a JSON text, and a time delta as an object with its class; null for anything else. */
export function parseSchedule(text: string | null): string | null {
  if (text === null || text === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { type, attrs } = value as { type?: unknown; attrs?: Readonly<Record<string, unknown>> };
  if (attrs === undefined) return null;
  const part = (name: string): number => Number(attrs[name] ?? 0);
  if (type === 'timedelta') {
    return formatTimeDelta({
      days: part('days'),
      seconds: part('seconds'),
      microseconds: part('microseconds'),
    });
  }
  return type === 'relativedelta' ? formatRelativeDelta(attrs) : null;
}

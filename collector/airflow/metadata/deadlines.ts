import type { Queryable } from '../../../core/database/port.js';
import type { UnixSeconds } from '../../../core/facts.js';
import type { ListLimits, Span } from '../api.js';
import { formatInstant } from '../instant.js';
import type { ApiDeadline } from '../rows.js';
import type { Columns } from './columns.js';

/** How Airflow keeps deadlines: since 3.2 with a mark of those that were missed; in 3.1 by the state of the call that follows. */
export type DeadlineForm = 'missed' | 'callback_state';

/** What ORC reads of them; never what is to be called and with what. */
export const DEADLINE_COLUMNS: Readonly<Record<DeadlineForm, Columns>> = {
  missed: {
    deadline: [
      'id',
      'dagrun_id',
      'deadline_time',
      'missed',
      'created_at',
      'last_updated_at',
      'deadline_alert_id',
    ],
    deadline_alert: ['id', 'name'],
  },
  callback_state: { deadline: ['id', 'dagrun_id', 'deadline_time', 'callback_state'] },
};

export const DEADLINE_TABLES: readonly string[] = ['deadline', 'deadline_alert'];

/** The statements that let a role read deadlines, which ORC can do without. */
export function deadlineGrants(form: DeadlineForm, role: string): string {
  return Object.entries(DEADLINE_COLUMNS[form])
    .map(([table, columns]) => `GRANT SELECT (${columns.join(', ')}) ON ${table} TO ${role};`)
    .join('\n');
}

/** In 3.1 nothing tells when a deadline was marked as missed: those of so many days back are read each time. */
const LATE_MARKS_SECONDS = 86_400;

/** Airflow 3.1 keeps no time of the creation, but its ids are UUIDv7: they begin with it, in milliseconds. */
const CREATED_BY_ID = `(('x' || lpad(left(replace(d.id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0)`;

const SELECTED: Readonly<Record<DeadlineForm, string>> = {
  missed: `
    SELECT d.id::text, r.dag_id, r.run_id AS dag_run_id, extract(epoch FROM d.deadline_time)::double precision AS deadline_time,
      d.missed, extract(epoch FROM d.created_at)::double precision AS created_at, a.name AS alert_name
    FROM deadline d JOIN dag_run r ON r.id = d.dagrun_id LEFT JOIN deadline_alert a ON a.id = d.deadline_alert_id
    WHERE d.last_updated_at >= $1::timestamptz AND d.last_updated_at < $2::timestamptz`,
  callback_state: `
    SELECT d.id::text, r.dag_id, r.run_id AS dag_run_id, extract(epoch FROM d.deadline_time)::double precision AS deadline_time,
      d.callback_state IS NOT NULL AS missed, ${CREATED_BY_ID}::double precision AS created_at, NULL::text AS alert_name
    FROM deadline d JOIN dag_run r ON r.id = d.dagrun_id
    WHERE d.callback_state IS NULL OR (d.deadline_time >= $1::timestamptz AND d.deadline_time < $2::timestamptz)`,
};

/** Deadlines that were set or missed in the span; null when there are more than the limits allow. */
export async function readDeadlines(
  connection: Queryable,
  form: DeadlineForm,
  { from, to }: Span,
  { maxRows }: ListLimits,
): Promise<ApiDeadline[] | null> {
  const earliest: UnixSeconds = form === 'missed' ? from : Math.max(0, from - LATE_MARKS_SECONDS);
  const rows = await connection.query<ApiDeadline & Record<string, unknown>>(
    `${SELECTED[form]} ORDER BY d.id LIMIT $3::bigint`,
    [
      formatInstant(earliest),
      to === null ? 'infinity' : formatInstant(to),
      Number.isFinite(maxRows) ? maxRows + 1 : null,
    ],
  );
  return rows.length > maxRows ? null : rows;
}

/** Columns of a history file in the order of docs/history-files.md. */
export const HISTORY_COLUMNS = [
  'deployment',
  'dag_id',
  'run_id',
  'task_id',
  'map_index',
  'try_number',
  'state',
  'run_type',
  'scheduled_at',
  'queued_at',
  'started_at',
  'ended_at',
  'operator',
  'pool',
  'queue',
  'owner',
  'hostname',
  'extra',
] as const;
export type HistoryColumn = (typeof HISTORY_COLUMNS)[number];

/** Columns that every CSV file has; `queued_at` or `started_at` comes on top, and `ended_at` for final states. */
export const REQUIRED_COLUMNS: readonly HistoryColumn[] = ['dag_id', 'run_id', 'task_id', 'state'];

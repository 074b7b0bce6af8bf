import type { EventDetail } from '../rows.js';

/**
 * The keys of `extra` that may be kept. Everything else is dropped: conf, notes and full commands are large and can hold secrets, and
 * values of variables and connections are masked by some releases only.
 */
const KEPT: ReadonlySet<string> = new Set([
  // clear and mark
  'dry_run',
  'confirmed',
  'new_state',
  'state',
  'status',
  'task_ids',
  'map_index',
  'dag_run_id',
  'dag_run_state',
  'only_failed',
  'only_running',
  'only_new',
  'reset_dag_runs',
  'include_upstream',
  'include_downstream',
  'include_past',
  'include_future',
  'upstream',
  'downstream',
  'past',
  'future',
  'recursive',
  // pause, pools, names of variables and connections
  'is_paused',
  'update_mask',
  'pool',
  'pool_name',
  'name',
  'slots',
  'include_deferred',
  'key',
  'variable_key',
  'connection_id',
  'conn_id',
  // backfill, assets
  'backfill_id',
  'from_date',
  'to_date',
  'start_date',
  'end_date',
  'max_active_runs',
  'run_backwards',
  'reprocess_behavior',
  'asset_id',
  'method',
]);

const MAX_TEXT = 250;
const MAX_ITEMS = 100;

type Kept = string | number | boolean | null | readonly Kept[];

/** Of the JSON text in `extra`, the harmless keys, each cut to size; null when nothing is left. */
export function readDetail(extra: string | null): EventDetail | null {
  const entries = Object.entries(parseObject(extra)).flatMap(([key, value]) => {
    const kept = KEPT.has(key) ? keep(value) : undefined;
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function parseObject(extra: string | null): Readonly<Record<string, unknown>> {
  if (extra?.startsWith('{') !== true) return {};
  try {
    return JSON.parse(extra) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Undefined for what is no plain value or list of such. */
function keep(value: unknown, depth = 0): Kept | undefined {
  // The cut may go through a surrogate pair, and half of one cannot be stored.
  if (typeof value === 'string') return value.slice(0, MAX_TEXT).replace(/\p{Surrogate}$/u, '');
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  // A mapped task instance is a pair: [task id, map index].
  if (!Array.isArray(value) || depth > 1) return undefined;
  return value.slice(0, MAX_ITEMS).flatMap((item) => {
    const kept = keep(item, depth + 1);
    return kept === undefined ? [] : [kept];
  });
}

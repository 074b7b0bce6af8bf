/** Vectors described as their subject was queued: what models learn from, and a moment at which all vectors tell of the same. Pure. */
import { RUN_STAGE, STAGE } from '../../features/groups/stage.js';

/** Constant among queued subjects. */
export const STAGE_FEATURES: ReadonlySet<string> = new Set([...STAGE, ...RUN_STAGE].map(({ name }) => name));
/** Neither 0 nor unknown only of what is not created yet, or has begun. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...STAGE_FEATURES,
  'dag_run__is_running__now',
  'try__elapsed__now',
]);

/** Those of the given rows of a matrix that were queued. */
export function queuedRows(features: readonly string[], values: Float32Array, rows: Int32Array): Int32Array {
  const width = features.length;
  const columns = features.flatMap((feature, column) => (ELSEWHERE.has(feature) ? [column] : []));
  const queued = new Int32Array(rows.length);
  let count = 0;
  for (const row of rows) {
    let tells = false;
    for (const column of columns) tells ||= Boolean(values[row * width + column]);
    if (!tells) queued[count++] = row;
  }
  return queued.slice(0, count);
}

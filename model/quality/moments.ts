/** When a vector was described, as far as that decides which vectors it can be compared with. Pure. */
import { RUN_STAGE, STAGE } from '../../features/groups/stage.js';

/** Before its run exists; as it was queued; in a DAG run that has begun. */
export const MOMENTS = ['planned', 'queued', 'begun'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Constant within a moment. */
export const MOMENT_FEATURES: ReadonlySet<string> = new Set([...STAGE, ...RUN_STAGE].map(({ name }) => name));
const BEGUN_FEATURE = 'dag_run__is_running__now';

/** The place in {@link MOMENTS} of each of the given rows of a matrix. */
export function momentsOf(features: readonly string[], values: Float32Array, rows: Int32Array): Uint8Array {
  const width = features.length;
  const planned = features.findIndex((feature) => MOMENT_FEATURES.has(feature));
  const begun = features.indexOf(BEGUN_FEATURE);
  return Uint8Array.from(rows, (row) => {
    if (planned >= 0 && values[row * width + planned] === 1) return MOMENTS.indexOf('planned');
    return MOMENTS.indexOf(begun >= 0 && values[row * width + begun] === 1 ? 'begun' : 'queued');
  });
}

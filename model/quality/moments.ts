/** When a vector was described, as far as that decides which vectors it can be compared with. Pure. */
import { RUN_STAGE, STAGE } from '../../features/groups/stage.js';

/** Before its run exists, and as it was queued. At other moments models are asked, and learn, of different mixtures. */
export const MOMENTS = ['planned', 'queued'] as const;
export type Moment = (typeof MOMENTS)[number];
/** In place of the number of a moment. */
export const NO_MOMENT = -1;

/** Constant within a moment. */
export const MOMENT_FEATURES: ReadonlySet<string> = new Set([...STAGE, ...RUN_STAGE].map(({ name }) => name));
/** Neither 0 nor unknown only in a run that is under way. */
const IN_A_RUN: ReadonlySet<string> = new Set(['run__open__now', 'run__duration_surprise__largest']);
/** Neither 0 nor unknown only of what has begun itself. */
const BEGUN: ReadonlySet<string> = new Set(['dag_run__is_running__now', 'try__elapsed__now']);

/** The place in {@link MOMENTS} of each of the given rows of a matrix. */
export function momentsOf(features: readonly string[], values: Float32Array, rows: Int32Array): Int8Array {
  const width = features.length;
  const columnsOf = (names: ReadonlySet<string>): number[] =>
    features.flatMap((feature, column) => (names.has(feature) ? [column] : []));
  const plannedColumns = columnsOf(MOMENT_FEATURES);
  const inRunColumns = columnsOf(IN_A_RUN);
  const begunColumns = columnsOf(BEGUN);
  /** Whether one of the columns tells something of the row: is neither 0 nor unknown. */
  const tells = (row: number, columns: readonly number[]): boolean =>
    columns.some((column) => Boolean(values[row * width + column]));
  return Int8Array.from(rows, (row) => {
    if (tells(row, begunColumns)) return NO_MOMENT;
    if (!tells(row, plannedColumns)) return MOMENTS.indexOf('queued');
    return tells(row, inRunColumns) ? NO_MOMENT : MOMENTS.indexOf('planned');
  });
}

import type { Queryable } from '../../core/database/port.js';
import type { ActionKind } from '../../core/action-terms.js';
import type { ValueCell } from './cells.js';
import type { Arm } from './draw.js';
import { MOST_DELAY_MINUTES } from './rows.js';

interface CellRow extends Record<string, unknown> {
  readonly kind: ActionKind;
  readonly cause: string;
  readonly arm: Arm;
  readonly treated_probability: number;
  readonly units: number;
  readonly known: number;
  readonly failed: number;
  readonly delays: number;
  readonly sum1: number | null;
  readonly sum2: number | null;
  readonly sum3: number | null;
}

/** GREATEST and LEAST pass over null, which has to stay null. */
const COUNTED = `CASE WHEN delay_minutes IS NOT NULL THEN least(greatest(delay_minutes, 0), ${MOST_DELAY_MINUTES}) END`;

/** Power sums of the delays as they are serve: these count up to a few hundred, so that little cancels. */
const aggregate = (source: string): string => `
  SELECT kind, cause, arm, treated_probability, count(*) AS units, count(failed) AS known,
    count(*) FILTER (WHERE failed) AS failed, count(counted) AS delays,
    sum(counted) AS sum1, sum(counted * counted) AS sum2, sum(counted * counted * counted) AS sum3
  FROM (SELECT kind, cause, arm, treated_probability, failed, ${COUNTED} AS counted FROM (${source}) AS row) AS counted_row
  GROUP BY kind, cause, arm, treated_probability`;

/**
 * Folds rows in the database into cells, as `foldCells` does.
 *
 * @param source a query of this program, whose columns are those of `ValueRow`: kind, cause, arm (text), treated_probability,
 *   delay_minutes (float8) and failed (boolean)
 * @param parameters of that query
 */
export async function readCells(
  connection: Pick<Queryable, 'query'>,
  source: string,
  parameters: Parameters<Queryable['query']>[1] = [],
): Promise<ValueCell[]> {
  const rows = await connection.query<CellRow>(aggregate(source), parameters);
  return rows.map((row) => {
    const { kind, cause, arm, treated_probability, units, known, failed, delays } = row;
    const mean = delays === 0 ? 0 : row.sum1! / delays;
    const difference = delays === 0 ? 0 : row.sum2! - delays * mean ** 2;
    // What rounding leaves where all delays are alike is no spread.
    const squares = difference > 1e-9 * (row.sum2 ?? 0) ? difference : 0;
    const cubes = squares === 0 ? 0 : row.sum3! - 3 * mean * row.sum2! + 2 * delays * mean ** 3;
    const delay = { count: delays, mean, squares, cubes };
    return { kind, cause, arm, treatedProbability: treated_probability, units, known, failed, delay };
  });
}

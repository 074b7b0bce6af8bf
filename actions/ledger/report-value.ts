import type { Database } from '../../core/database/port.js';
import { readCells, valueReport, type ValueLine } from '../value/index.js';

/** Every unit that was drawn where something could be done: in shadow and suggest both arms are left alone. */
const DRAWN = `
  SELECT kind, cause, arm, treated_probability, run_failed AS failed, NULL::double precision AS delay_minutes
  FROM action WHERE arm IS NOT NULL AND mode IN ('approve', 'automatic')`;

/** What acting was worth, by intention to treat; empty before anything that could be acted on was drawn. */
export async function reportValue(database: Pick<Database, 'query'>): Promise<ValueLine[]> {
  return valueReport(await readCells(database, DRAWN));
}

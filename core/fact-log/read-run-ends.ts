import type { Database } from '../database/port.js';
import type { UnixSeconds } from '../facts.js';
import { statement } from './sql.js';

/** How a DAG run ended. */
export interface RunEnd {
  readonly runId: string;
  readonly failed: boolean;
  readonly endedAt: UnixSeconds;
}

const READ_RUN_ENDS = statement('read-run-ends');

/** The last runs of a DAG that ended, newest first. */
export function readRunEnds(
  database: Pick<Database, 'query'>,
  of: { readonly deployment: string; readonly dagId: string },
  limit: number,
): Promise<RunEnd[]> {
  return database.query<RunEnd & Record<string, unknown>>(READ_RUN_ENDS, [of.deployment, of.dagId, limit]);
}

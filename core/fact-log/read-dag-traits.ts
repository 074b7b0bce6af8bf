import type { Database } from '../database/port.js';
import type { DagObservation } from '../facts.js';
import { statement } from './sql.js';

const READ_DAG_TRAITS = statement('read-dag-traits');

/** Owners and tags of every DAG that was ever described, as they are now. */
export function readDagTraits(
  database: Pick<Database, 'query'>,
): Promise<Pick<DagObservation, 'deployment' | 'dagId' | 'owners' | 'tags'>[]> {
  return database.query<
    Pick<DagObservation, 'deployment' | 'dagId' | 'owners' | 'tags'> & Record<string, unknown>
  >(READ_DAG_TRAITS, []);
}

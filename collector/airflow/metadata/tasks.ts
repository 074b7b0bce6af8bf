import type { Queryable } from '../../../core/database/port.js';
import { errorMessage } from '../../../core/errors.js';
import type { Logger } from '../../../core/logger.js';
import type { ApiDagChange, ApiTask } from '../rows.js';
import type { Generation } from './columns.js';
import type { MetadataSchema } from './schema.js';
import { type SerializedDagRow, parseSerializedDag } from './serialized-dag.js';

/** DAGs whose changes are told at once; more than this, and all are read. */
const NEWEST = 100;

/** Airflow 3 keeps a row for each version of a DAG, Airflow 2 one for each DAG. */
const LATEST: Readonly<Record<Generation, string>> = {
  2: 'SELECT dag_id, dag_id AS key FROM serialized_dag WHERE dag_id = ANY($1::text[])',
  3: `SELECT DISTINCT ON (dag_id) dag_id, id::text AS key FROM serialized_dag WHERE dag_id = ANY($1::text[])
      ORDER BY dag_id, created_at DESC`,
};
const ROW: Readonly<Record<Generation, string>> = {
  2: 'SELECT data::text AS data, data_compressed AS compressed FROM serialized_dag WHERE dag_id = $1',
  3: 'SELECT data::text AS data, data_compressed AS compressed FROM serialized_dag WHERE id = $1::uuid',
};

/** The tasks of these DAGs; one DAG is in memory at a time. A DAG in a form that is not known has none, and is told. */
export async function readTasks(
  connection: Queryable,
  { generation }: MetadataSchema,
  dagIds: readonly string[],
  logger: Logger,
): Promise<Map<string, readonly ApiTask[]>> {
  const latest = await connection.query<{ dag_id: string; key: string }>(LATEST[generation], [dagIds]);
  const tasks = new Map<string, readonly ApiTask[]>();
  for (const { dag_id: dagId, key } of latest) {
    const [row] = await connection.query<SerializedDagRow & Record<string, unknown>>(ROW[generation], [key]);
    try {
      if (row !== undefined) tasks.set(dagId, parseSerializedDag(row));
    } catch (error) {
      logger.warn({ dag_id: dagId, reason: errorMessage(error) }, 'the serialised DAG cannot be read');
    }
  }
  return tasks;
}

/** The DAGs that were serialised last, newest first. The id is the time of that, as text that sorts by time. */
export async function readNewestDags(connection: Queryable): Promise<ApiDagChange[]> {
  return connection.query<ApiDagChange & Record<string, unknown>>(
    `SELECT dag_id, to_char(last_updated, 'YYYY-MM-DD"T"HH24:MI:SS.US') AS id FROM serialized_dag
     ORDER BY last_updated DESC, dag_id LIMIT ${NEWEST}`,
  );
}

/** What was last collected of Airflow itself, rather than of its DAGs. */
import type { Database } from '../database/port.js';
import type { PoolObservation, UnixSeconds } from '../facts.js';
import { statement } from './sql.js';

/** Parts of Airflow that tell by a heartbeat that they are alive. */
export const AIRFLOW_COMPONENTS = ['scheduler', 'triggerer', 'dag_processor'] as const;
export type AirflowComponent = (typeof AIRFLOW_COMPONENTS)[number];

/** One deployment; what nothing was measured of since is absent or null. */
export interface AirflowMeasurements {
  readonly deployment: string;
  /** Seconds from the last heartbeat to its measurement. */
  readonly heartbeatAgeSeconds: Partial<Readonly<Record<AirflowComponent, number>>>;
  /** DAG files that cannot be imported. */
  readonly importErrors: number | null;
}

const READ_STATE = statement('read-airflow-state');
const READ_POOLS = statement('read-pools');
const IMPORT_ERRORS = 'dag_processing_import_errors';
const heartbeatOf = (component: AirflowComponent): string => `${component}_heartbeat_age_seconds`;

/** The latest measurements since a time, whichever source they came from. */
export async function readAirflowMeasurements(
  database: Pick<Database, 'query'>,
  since: UnixSeconds,
): Promise<AirflowMeasurements[]> {
  const names = [IMPORT_ERRORS, ...AIRFLOW_COMPONENTS.map(heartbeatOf)];
  const rows = await database.query<{ deployment: string; name: string; value: number }>(READ_STATE, [
    since,
    names,
  ]);
  return [...new Set(rows.map(({ deployment }) => deployment))].map((deployment) => {
    const valueOf = (name: string): number | undefined =>
      rows.find((row) => row.deployment === deployment && row.name === name)?.value;
    const ages = AIRFLOW_COMPONENTS.flatMap((component) => {
      const age = valueOf(heartbeatOf(component));
      return age === undefined ? [] : [[component, age] as const];
    });
    return {
      deployment,
      heartbeatAgeSeconds: Object.fromEntries(ages),
      importErrors: valueOf(IMPORT_ERRORS) ?? null,
    };
  });
}

/** Every pool as it was last described; a fact is appended only when a pool has changed. */
export function readPools(database: Pick<Database, 'query'>): Promise<PoolObservation[]> {
  return database.query<PoolObservation & Record<string, unknown>>(READ_POOLS, []);
}

/** Risks of DAG runs as they were served, from the table `score`. */
import type { Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';

/** The highest risk served for one run whose DAG had succeeded last. */
export interface RunRisk {
  readonly deployment: string;
  readonly dagId: string;
  /** Null while the run is not created yet. */
  readonly runId: string | null;
  readonly risk: number;
  /** When the run was first scored. */
  readonly since: UnixSeconds;
}

/** Runs scored from `from` on whose risk exceeded `least`, those not created yet first; runs after a failure are left out. */
export async function readRecentRunRisks(
  database: Pick<Queryable, 'query'>,
  from: UnixSeconds,
  least: number,
): Promise<RunRisk[]> {
  const rows = await database.query<{
    deployment: string;
    dag_id: string;
    run_id: string | null;
    risk: number;
    since: number;
  }>(
    `SELECT deployment, dag_id, run_id, max(risk) AS risk, extract(epoch FROM min(decided_at))::float8 AS since
     FROM score WHERE kind = 'dag_run' AND after_success AND decided_at >= to_timestamp($1) AND risk > $2
     GROUP BY deployment, dag_id, run_id ORDER BY run_id NULLS FIRST`,
    [from, least],
  );
  return rows.map(({ deployment, dag_id: dagId, run_id: runId, risk, since }) => ({
    ...{ deployment, dagId, runId, risk, since },
  }));
}

/** When the oldest kept score of a DAG run of each deployment was served. */
export async function readScoredSince(
  database: Pick<Queryable, 'query'>,
  from: UnixSeconds,
): Promise<ReadonlyMap<string, UnixSeconds>> {
  const rows = await database.query<{ deployment: string; since: number }>(
    `SELECT deployment, extract(epoch FROM min(decided_at))::float8 AS since
     FROM score WHERE kind = 'dag_run' AND decided_at >= to_timestamp($1) GROUP BY deployment`,
    [from],
  );
  return new Map(rows.map(({ deployment, since }) => [deployment, since]));
}

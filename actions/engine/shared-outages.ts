import type { Database } from '../../core/database/port.js';
import { RETRYABLE_CLASSES } from '../../core/config/actions.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { SharedOutage } from '../policy/decide-hold.js';

/** Only what another try may help: a DAG whose data or code is wrong is not behind anybody's outage. */
const CLASSES = RETRYABLE_CLASSES.filter((one) => one !== 'unknown');

const OUTAGES = `
  WITH failing AS (
    SELECT f.deployment, f.template_id, f.dag_id, min(f.event_time) AS since, max(f.event_time) AS latest, max(f.template) AS template
    FROM failure_reason_fact f
    WHERE NOT f.visibility_assumed AND f.event_time > to_timestamp($1) AND f.class = ANY ($2) AND f.template_id IS NOT NULL
    GROUP BY f.deployment, f.template_id, f.dag_id
  )
  SELECT deployment, template_id AS "templateId", max(template) AS error, array_agg(dag_id ORDER BY since, dag_id) AS "dagIds"
  FROM failing
  WHERE NOT EXISTS (
    SELECT FROM dag_run_fact r
    WHERE (r.deployment, r.dag_id) = (failing.deployment, failing.dag_id) AND r.state = 'success' AND r.event_time > failing.latest
  )
  GROUP BY deployment, template_id
  HAVING count(*) >= $3
  ORDER BY deployment, template_id`;

/** Errors that so many DAGs have met since a time, and not yet overcome. */
export function readSharedOutages(
  database: Pick<Database, 'query'>,
  since: UnixSeconds,
  leastDags: number,
): Promise<SharedOutage[]> {
  return database.query<SharedOutage & Record<string, unknown>>(OUTAGES, [since, CLASSES, leastDags]);
}

/** When the last of the DAGs that are held goes on; null when none is. */
export async function readLastRelease(
  database: Pick<Database, 'query'>,
  deployment: string,
): Promise<UnixSeconds | null> {
  const [row] = await database.query<{ at: number | null }>(
    `SELECT extract(epoch FROM max(due_at))::double precision AS at FROM action
     WHERE state = 'approved' AND kind = 'unpause' AND follows IS NOT NULL AND deployment = $1`,
    [deployment],
  );
  return row?.at ?? null;
}

/** Whether a DAG is paused by ORC, for a time that is not over. */
export async function isHeld(
  database: Pick<Database, 'query'>,
  deployment: string,
  dagId: string,
): Promise<boolean> {
  const rows = await database.query(
    `SELECT FROM action
     WHERE state = 'approved' AND kind = 'unpause' AND follows IS NOT NULL AND deployment = $1 AND dag_id = $2 LIMIT 1`,
    [deployment, dagId],
  );
  return rows.length > 0;
}

/** Whether a person has let a DAG go on since ORC paused it: what pauses it now is theirs. */
export async function wasReleased(
  database: Pick<Database, 'query'>,
  deployment: string,
  dagId: string,
  pausedAt: UnixSeconds,
): Promise<boolean> {
  const rows = await database.query(
    `SELECT FROM dag_fact went_on
     WHERE deployment = $1 AND dag_id = $2 AND NOT is_paused AND fact_id > (
       SELECT min(fact_id) FROM dag_fact
       WHERE deployment = $1 AND dag_id = $2 AND is_paused AND known_at > to_timestamp($3)
     ) LIMIT 1`,
    [deployment, dagId, pausedAt],
  );
  return rows.length > 0;
}

/** Minutes from a time until a run of the DAG had succeeded, at most until another time. */
export async function readMinutesToSuccess(
  database: Pick<Database, 'query'>,
  { deployment, dagId }: { readonly deployment: string; readonly dagId: string },
  from: UnixSeconds,
  to: UnixSeconds,
): Promise<number> {
  const [row] = await database.query<{ at: number | null }>(
    `SELECT extract(epoch FROM min(event_time))::double precision AS at FROM dag_run_fact
     WHERE deployment = $1 AND dag_id = $2 AND state = 'success'
       AND event_time > to_timestamp($3) AND event_time <= to_timestamp($4)`,
    [deployment, dagId, from, to],
  );
  return ((row?.at ?? to) - from) / 60;
}

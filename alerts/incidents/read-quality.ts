import type { Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';

/** How the warnings of failures of a deployment turned out. */
export interface WarningQuality {
  readonly deployment: string;
  /** Incidents that opened as a risk and are over, but for those of which no run has ended. */
  readonly judged: number;
  /** Of these, those whose run failed, and that nobody called not useful. */
  readonly right: number;
}

/** Of the incidents that were closed since a time; a deployment without any is left out. */
export function readWarningQuality(
  database: Pick<Queryable, 'query'>,
  since: UnixSeconds,
): Promise<WarningQuality[]> {
  return database.query<WarningQuality & Record<string, unknown>>(
    `SELECT deployment, count(*)::int AS judged,
       count(*) FILTER (
         WHERE outcome ->> 'what' IN ('failed', 'recovered')
           AND NOT EXISTS (SELECT FROM incident_feedback AS said WHERE said.incident_id = incident.incident_id)
       )::int AS "right"
     FROM incident
     WHERE kind = 'failure' AND closed_at >= to_timestamp($1::double precision)
       AND outcome ->> 'what' IN ('failed', 'recovered', 'succeeded')
       AND EXISTS (
         SELECT FROM incident_event AS event
         WHERE event.incident_id = incident.incident_id AND what = 'opened' AND detail ->> 'phase' = 'at_risk'
       )
     GROUP BY deployment ORDER BY deployment`,
    [since],
  );
}

/** Incidents as a list, for people and programs. */
import type { Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Incident, IncidentKind } from './types.js';
import { listIncidents } from './read-incidents.js';

export const INCIDENT_STATES = ['open', 'closed', 'all'] as const;

/** What is not set does not matter. */
export interface IncidentFilter {
  readonly state: (typeof INCIDENT_STATES)[number];
  readonly deployment?: string | undefined;
  readonly kind?: IncidentKind | undefined;
  readonly team?: string | undefined;
  /** At most so many, the latest to open. */
  readonly limit: number;
}

export interface ListedIncident extends Incident {
  /** When it was first told anywhere; null while it was not. */
  readonly toldAt: UnixSeconds | null;
  /** People who called it not useful. */
  readonly notUseful: number;
}

export interface IncidentList {
  /** All that match. */
  readonly total: number;
  /** The latest to open first. */
  readonly incidents: readonly ListedIncident[];
}

export async function readIncidentList(
  database: Pick<Queryable, 'query'>,
  { state, deployment, kind, team, limit }: IncidentFilter,
): Promise<IncidentList> {
  const rows = await database.query<{
    id: number;
    total: number;
    toldAt: UnixSeconds | null;
    notUseful: number;
  }>(
    `SELECT incident_id::int AS id, count(*) OVER ()::int AS total,
       (SELECT extract(epoch FROM min(sent_at))::double precision FROM notification WHERE notification.incident_id = incident.incident_id)
         AS "toldAt",
       (SELECT count(DISTINCT user_id)::int FROM incident_feedback AS said WHERE said.incident_id = incident.incident_id) AS "notUseful"
     FROM incident
     WHERE ($1 = 'all' OR (closed_at IS NULL) = ($1 = 'open')) AND ($2::text IS NULL OR deployment = $2)
       AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR team = $4)
     ORDER BY incident_id DESC LIMIT $5`,
    [state, deployment ?? null, kind ?? null, team ?? null, limit],
  );
  const known = new Map(
    (
      await listIncidents(
        database,
        rows.map(({ id }) => id),
      )
    ).map((one) => [one.id, one]),
  );
  return {
    total: rows[0]?.total ?? 0,
    incidents: rows.flatMap(({ id, toldAt, notUseful }) => {
      const incident = known.get(id);
      return incident === undefined ? [] : [{ ...incident, toldAt, notUseful }];
    }),
  };
}

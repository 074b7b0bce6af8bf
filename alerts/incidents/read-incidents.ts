/** Incidents as the database has them. */
import type { Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { AlertState, Incident, IncidentEvent, IncidentKey } from './types.js';

type Asking = Pick<Queryable, 'query'>;
type Typed<T> = T & Record<string, unknown>;

const epoch = (column: string, name: string): string =>
  `extract(epoch FROM ${column})::double precision AS "${name}"`;

/** Columns of an {@link Incident}. */
export const INCIDENT = `incident_id::int AS id, deployment, kind, subject, team, severity, run_id AS "runId", phase,
  ${epoch('opened_at', 'openedAt')}, ${epoch('quiet_since', 'quietSince')}, ${epoch('closed_at', 'closedAt')}, outcome,
  situation, ${epoch('situation_at', 'situationAt')}, revision,
  ${epoch('acknowledged_at', 'acknowledgedAt')}, acknowledged_by AS "acknowledgedBy",
  ${epoch('snoozed_until', 'snoozedUntil')}, snoozed_by AS "snoozedBy"`;

const ALERT = `fingerprint, labels, annotations, ${epoch('starts_at', 'startsAt')},
  ${epoch('resolved_at', 'resolvedAt')}, ${epoch('received_at', 'receivedAt')}`;

const EVENT = `event_id::int AS id, ${epoch('at', 'at')}, what, detail`;

interface OfIncident {
  readonly incidentId: number;
}

export async function findOpenIncident(connection: Asking, key: IncidentKey): Promise<Incident | null> {
  const [row] = await connection.query<Typed<Incident>>(
    `SELECT ${INCIDENT} FROM incident WHERE deployment = $1 AND kind = $2 AND subject = $3 AND closed_at IS NULL`,
    [key.deployment, key.kind, key.subject],
  );
  return row ?? null;
}

export async function findIncident(connection: Asking, id: number): Promise<Incident | null> {
  const [row] = await connection.query<Typed<Incident>>(
    `SELECT ${INCIDENT} FROM incident WHERE incident_id = $1`,
    [id],
  );
  return row ?? null;
}

/** Those of these ids that there are. */
export function listIncidents(connection: Asking, ids: readonly number[]): Promise<Incident[]> {
  return connection.query<Typed<Incident>>(
    `SELECT ${INCIDENT} FROM incident WHERE incident_id = ANY ($1::bigint[])`,
    [ids],
  );
}

/** Every open incident, oldest first. */
export function listOpenIncidents(connection: Asking): Promise<Incident[]> {
  return connection.query<Typed<Incident>>(
    `SELECT ${INCIDENT} FROM incident WHERE closed_at IS NULL ORDER BY incident_id`,
  );
}

/** Every open incident, and those closed since a time of which nothing was noted yet where they are told; oldest first. */
export function listTellable(connection: Asking, closedSince: UnixSeconds): Promise<Incident[]> {
  return connection.query<Typed<Incident>>(
    `SELECT ${INCIDENT} FROM incident
     WHERE closed_at IS NULL OR (closed_at >= to_timestamp($1::double precision)
       AND NOT EXISTS (SELECT FROM notification WHERE notification.incident_id = incident.incident_id))
     ORDER BY incident_id`,
    [closedSince],
  );
}

/** Incidents that were open at some moment from a time on, newest first. */
export function listIncidentsSince(
  connection: Asking,
  since: UnixSeconds,
  limit: number,
): Promise<Incident[]> {
  return connection.query<Typed<Incident>>(
    `SELECT ${INCIDENT} FROM incident WHERE closed_at IS NULL OR closed_at >= to_timestamp($1::double precision)
     ORDER BY incident_id DESC LIMIT $2`,
    [since, limit],
  );
}

/** The alert of this fingerprint as last told, whatever incident it belongs to. */
export async function findAlert(connection: Asking, fingerprint: string): Promise<AlertState | null> {
  const [row] = await connection.query<Typed<AlertState>>(
    `SELECT ${ALERT} FROM incident_alert WHERE fingerprint = $1 ORDER BY received_at DESC, incident_id DESC LIMIT 1`,
    [fingerprint],
  );
  return row ?? null;
}

/** Alerts of an incident, the first that fired first. */
export function listAlerts(connection: Asking, incidentId: number): Promise<AlertState[]> {
  return connection.query<Typed<AlertState>>(
    `SELECT ${ALERT} FROM incident_alert WHERE incident_id = $1 ORDER BY starts_at, fingerprint`,
    [incidentId],
  );
}

/** What happened to an incident, oldest first. */
export function listEvents(connection: Asking, incidentId: number): Promise<IncidentEvent[]> {
  return connection.query<Typed<IncidentEvent>>(
    `SELECT ${EVENT} FROM incident_event WHERE incident_id = $1 ORDER BY event_id`,
    [incidentId],
  );
}

/** {@link listAlerts} of many incidents at once. */
export async function listAlertsOf(
  connection: Asking,
  incidentIds: readonly number[],
): Promise<ReadonlyMap<number, AlertState[]>> {
  const rows = await connection.query<Typed<AlertState & OfIncident>>(
    `SELECT incident_id::int AS "incidentId", ${ALERT} FROM incident_alert WHERE incident_id = ANY ($1::bigint[])
     ORDER BY starts_at, fingerprint`,
    [incidentIds],
  );
  return byIncident(rows);
}

/** {@link listEvents} of many incidents at once. */
export async function listEventsOf(
  connection: Asking,
  incidentIds: readonly number[],
): Promise<ReadonlyMap<number, IncidentEvent[]>> {
  const rows = await connection.query<Typed<IncidentEvent & OfIncident>>(
    `SELECT incident_id::int AS "incidentId", ${EVENT} FROM incident_event WHERE incident_id = ANY ($1::bigint[]) ORDER BY event_id`,
    [incidentIds],
  );
  return byIncident(rows);
}

function byIncident<T extends OfIncident>(rows: readonly T[]): ReadonlyMap<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.incidentId);
    if (group === undefined) groups.set(row.incidentId, [row]);
    else group.push(row);
  }
  return groups;
}

/** Until when an earlier incident of the same subject was snoozed; null when it was not. */
export async function snoozedUntil(connection: Asking, key: IncidentKey): Promise<UnixSeconds | null> {
  const [row] = await connection.query<{ until: number | null }>(
    `SELECT ${epoch('max(snoozed_until)', 'until')} FROM incident WHERE deployment = $1 AND kind = $2 AND subject = $3`,
    [key.deployment, key.kind, key.subject],
  );
  return row?.until ?? null;
}

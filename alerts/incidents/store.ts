/** Incidents in the database. Whoever changes one holds {@link lockIncidents} in the same transaction. */
import type { Database, Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type {
  AlertState,
  DeliveredAlert,
  Incident,
  IncidentEvent,
  IncidentKey,
  NewEvent,
  Outcome,
  Phase,
  Situation,
} from './types.js';

type Asking = Pick<Queryable, 'query'>;
type Typed<T> = T & Record<string, unknown>;

const epoch = (column: string, name: string): string =>
  `extract(epoch FROM ${column})::double precision AS "${name}"`;

const INCIDENT = `incident_id::int AS id, deployment, kind, subject, team, severity, run_id AS "runId", phase,
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

/** Deliveries, presses and updates take turns, until the end of the transaction. */
export async function lockIncidents(connection: Asking): Promise<void> {
  await connection.query(`SELECT pg_advisory_xact_lock(hashtextextended('orc.incident', 0))`);
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

export interface NewIncident {
  readonly alert: DeliveredAlert;
  readonly situation: Situation | null;
  readonly snoozedUntil: UnixSeconds | null;
  readonly now: UnixSeconds;
}

export async function insertIncident(connection: Asking, incident: NewIncident): Promise<Incident> {
  const { alert, situation, now } = incident;
  const [row] = await connection.query<Typed<Incident>>(
    `INSERT INTO incident (deployment, kind, subject, team, severity, run_id, phase, opened_at, situation, situation_at, snoozed_until)
     VALUES ($1, $2, $3, $4, $5, $6, 'at_risk', to_timestamp($7::double precision), $8::jsonb,
       CASE WHEN $8::jsonb IS NULL THEN NULL ELSE to_timestamp($7::double precision) END, to_timestamp($9::double precision))
     RETURNING ${INCIDENT}`,
    [
      alert.key.deployment,
      alert.key.kind,
      alert.key.subject,
      alert.team,
      alert.severity,
      situation?.dag?.runId ?? null,
      now,
      situation === null ? null : JSON.stringify(situation),
      incident.snoozedUntil,
    ],
  );
  return row!;
}

export async function putAlert(
  connection: Pick<Queryable, 'execute'>,
  incidentId: number,
  alert: DeliveredAlert,
  now: UnixSeconds,
): Promise<void> {
  await connection.execute(
    `INSERT INTO incident_alert (incident_id, fingerprint, labels, annotations, starts_at, resolved_at, received_at)
     VALUES ($1, $2, $3::jsonb, $4::jsonb, to_timestamp($5::double precision), to_timestamp($6::double precision), to_timestamp($7::double precision))
     ON CONFLICT (incident_id, fingerprint) DO UPDATE SET labels = excluded.labels, annotations = excluded.annotations,
       starts_at = excluded.starts_at, resolved_at = excluded.resolved_at, received_at = excluded.received_at`,
    [
      incidentId,
      alert.fingerprint,
      JSON.stringify(alert.labels),
      JSON.stringify(alert.annotations),
      alert.startsAt,
      alert.isFiring ? null : now,
      now,
    ],
  );
}

/** Ends the alerts of open incidents that carry these labels, and lets incidents of which none fires be quiet from then on. */
export async function resolveGroup(
  connection: Pick<Queryable, 'execute'>,
  labels: Readonly<Record<string, string>>,
  now: UnixSeconds,
): Promise<void> {
  const isOpen = 'SELECT incident_id FROM incident WHERE closed_at IS NULL';
  const resolved = await connection.execute(
    `UPDATE incident_alert SET resolved_at = to_timestamp($2::double precision)
     WHERE resolved_at IS NULL AND labels @> $1::jsonb AND incident_id IN (${isOpen})`,
    [JSON.stringify(labels), now],
  );
  if (resolved === 0) return;
  await connection.execute(
    `UPDATE incident SET quiet_since = to_timestamp($1::double precision), revision = revision + 1
     WHERE closed_at IS NULL AND quiet_since IS NULL
       AND NOT EXISTS (SELECT FROM incident_alert AS alert WHERE alert.incident_id = incident.incident_id AND resolved_at IS NULL)`,
    [now],
  );
}

/** What may change of an incident; what is undefined stays. */
export interface IncidentChange {
  readonly phase?: Phase;
  readonly severity?: Incident['severity'];
  readonly quietSince?: UnixSeconds | null;
  readonly closed?: { readonly at: UnixSeconds; readonly outcome: Outcome };
  readonly situation?: { readonly at: UnixSeconds; readonly value: Situation };
  readonly acknowledged?: { readonly at: UnixSeconds; readonly by: string };
  readonly snoozed?: { readonly until: UnixSeconds; readonly by: string };
}

/** Applies a change and makes its messages due. */
export async function changeIncident(
  connection: Pick<Queryable, 'execute'>,
  id: number,
  change: IncidentChange,
): Promise<void> {
  const sets = ['revision = revision + 1'];
  const values: (string | number | null)[] = [id];
  const set = (column: string, value: string | number | null, cast = ''): void => {
    values.push(value);
    const parameter = `$${values.length}${cast}`;
    sets.push(`${column} = ${cast === '::double precision' ? `to_timestamp(${parameter})` : parameter}`);
  };
  const TIME = '::double precision';
  if (change.phase !== undefined) set('phase', change.phase);
  if (change.severity !== undefined) set('severity', change.severity);
  if (change.quietSince !== undefined) set('quiet_since', change.quietSince, TIME);
  if (change.closed !== undefined) {
    set('closed_at', change.closed.at, TIME);
    set('outcome', JSON.stringify(change.closed.outcome), '::jsonb');
  }
  if (change.situation !== undefined) {
    set('situation', JSON.stringify(change.situation.value), '::jsonb');
    set('situation_at', change.situation.at, TIME);
  }
  if (change.acknowledged !== undefined) {
    set('acknowledged_at', change.acknowledged.at, TIME);
    set('acknowledged_by', change.acknowledged.by);
  }
  if (change.snoozed !== undefined) {
    set('snoozed_until', change.snoozed.until, TIME);
    set('snoozed_by', change.snoozed.by);
  }
  await connection.execute(`UPDATE incident SET ${sets.join(', ')} WHERE incident_id = $1`, values);
}

export async function insertEvents(
  connection: Pick<Queryable, 'execute'>,
  incidentId: number,
  events: readonly NewEvent[],
  now: UnixSeconds,
): Promise<void> {
  for (const { what, detail } of events) {
    await connection.execute(
      `INSERT INTO incident_event (incident_id, at, what, detail) VALUES ($1, to_timestamp($2::double precision), $3, $4::jsonb)`,
      [incidentId, now, what, JSON.stringify(detail)],
    );
  }
}

/** Removes what closed long ago, with its messages, and signatures that can be replayed no more. Returns the incidents removed. */
export async function forgetOld(
  database: Pick<Database, 'execute'>,
  closedBefore: UnixSeconds,
  signedBefore: UnixSeconds,
): Promise<number> {
  await database.execute('DELETE FROM slack_request WHERE received_at < to_timestamp($1::double precision)', [
    signedBefore,
  ]);
  return database.execute('DELETE FROM incident WHERE closed_at < to_timestamp($1::double precision)', [
    closedBefore,
  ]);
}

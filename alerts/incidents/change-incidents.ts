/** Changes of incidents in the database. Whoever makes one holds {@link lockIncidents} in the same transaction. */
import type { Database, Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { INCIDENT } from './read-incidents.js';
import type { DeliveredAlert, Incident, NewEvent, Outcome, Phase, Situation } from './types.js';

/** Deliveries, presses and updates take turns, until the end of the transaction. */
export async function lockIncidents(connection: Pick<Queryable, 'query'>): Promise<void> {
  await connection.query(`SELECT pg_advisory_xact_lock(hashtextextended('orc.incident', 0))`);
}

export interface NewIncident {
  readonly alert: DeliveredAlert;
  readonly situation: Situation | null;
  readonly snoozedUntil: UnixSeconds | null;
  readonly now: UnixSeconds;
}

export async function insertIncident(
  connection: Pick<Queryable, 'query'>,
  incident: NewIncident,
): Promise<Incident> {
  const { alert, situation, now } = incident;
  const [row] = await connection.query<Incident & Record<string, unknown>>(
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

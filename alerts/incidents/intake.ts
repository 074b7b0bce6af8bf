/** Deliveries of Alertmanager become incidents: however often one is delivered, it acts once. */
import type { Clock } from '../../core/clock.js';
import type { Database, Queryable } from '../../core/database/port.js';
import { errorMessage } from '../../core/errors.js';
import type { RunEnd } from '../../core/fact-log/read-run-ends.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { decideAlert, higherSeverity, type AlertDecision } from './decide-alert.js';
import { judge } from './judge.js';
import {
  changeIncident,
  insertEvents,
  insertIncident,
  lockIncidents,
  putAlert,
  resolveGroup,
} from './change-incidents.js';
import { findAlert, findOpenIncident, listAlerts, snoozedUntil } from './read-incidents.js';
import type { DeliveredAlert, IncidentKey, NewEvent, Situation, SituationSource } from './types.js';
import { readDelivery } from './webhook.js';

export interface IntakeOptions {
  readonly database: Database;
  readonly situations: SituationSource;
  /** Wall clock. */
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What became of one delivered alert. */
export interface Taken {
  /** Null when it changed nothing that has an incident. */
  readonly incidentId: number | null;
  readonly decision: AlertDecision;
}

/** What is known of an incident's DAG or pool at the moment of a delivery. */
export interface Known {
  readonly situation: Situation | null;
  readonly ends: readonly RunEnd[];
}

/** What is known now; nothing rather than an error, since an alert counts without. */
export async function know(
  { situations, logger }: Pick<IntakeOptions, 'situations' | 'logger'>,
  key: IncidentKey,
): Promise<Known> {
  const isOfDag = key.kind === 'failure' || key.kind === 'lateness';
  const [situation, ends] = await Promise.allSettled([
    situations.situation(key),
    isOfDag ? situations.runEnds(key.deployment, key.subject) : Promise.resolve([]),
  ]);
  for (const result of [situation, ends]) {
    if (result.status === 'rejected')
      logger.warn({ err: errorMessage(result.reason), ...key }, 'what an incident is about cannot be read');
  }
  return {
    situation: situation.status === 'fulfilled' ? situation.value : null,
    ends: ends.status === 'fulfilled' ? ends.value : [],
  };
}

/**
 * Takes one delivery in, whole or not at all.
 * @throws AppError `input_invalid` for a body that is no delivery; whatever the database throws, so that it is delivered again.
 */
export async function takeDelivery(options: IntakeOptions, body: unknown): Promise<Taken[]> {
  const { database, clock, logger } = options;
  const { alerts, truncated, quietGroup } = readDelivery(body);
  if (truncated > 0)
    logger.warn({ truncated }, 'Alertmanager left alerts out of a delivery; raise its max_alerts');
  const known = new Map<string, Known>();
  for (const { key } of alerts) {
    const name = JSON.stringify(key);
    if (!known.has(name)) known.set(name, await know(options, key));
  }
  const now = clock();
  return database.transaction(async (connection) => {
    await lockIncidents(connection);
    const taken: Taken[] = [];
    for (const alert of alerts) {
      taken.push(await takeAlert(connection, alert, known.get(JSON.stringify(alert.key))!, now));
    }
    if (quietGroup !== null && taken.some(({ decision }) => decision === 'resolved'))
      await resolveGroup(connection, quietGroup, now);
    return taken;
  });
}

async function takeAlert(
  connection: Queryable,
  alert: DeliveredAlert,
  known: Known,
  now: UnixSeconds,
): Promise<Taken> {
  const decision = decideAlert(await findAlert(connection, alert.fingerprint), alert, now);
  const open = await findOpenIncident(connection, alert.key);
  if (decision === 'late_delivery' || decision === 'never_fired')
    return { incidentId: open?.id ?? null, decision };
  if (decision === 'repeated') {
    if (open !== null && alert.isFiring) await putAlert(connection, open.id, alert, now);
    // One that fires on although its incident was given up as forgotten opens another.
    if (open !== null || !alert.isFiring) return { incidentId: open?.id ?? null, decision };
  }
  if (open === null) {
    if (!alert.isFiring) return { incidentId: null, decision };
    return { incidentId: await openIncident(connection, alert, known, now), decision };
  }
  await putAlert(connection, open.id, alert, now);
  const alerts = await listAlerts(connection, open.id);
  const stillFires = alerts.some(({ resolvedAt }) => resolvedAt === null);
  const severity = alert.isFiring ? higherSeverity(open.severity, alert.severity) : open.severity;
  // Of alerts that come together, the highest severity is that of the opening.
  const isRaised = severity !== open.severity && open.openedAt < now;
  const events: NewEvent[] = isRaised ? [{ what: 'severity_raised', detail: { severity } }] : [];
  await changeIncident(connection, open.id, {
    severity,
    quietSince: stillFires ? null : (open.quietSince ?? now),
  });
  await insertEvents(connection, open.id, events, now);
  return { incidentId: open.id, decision };
}

async function openIncident(
  connection: Queryable,
  alert: DeliveredAlert,
  known: Known,
  now: UnixSeconds,
): Promise<number> {
  const { situation, ends } = known;
  const until = await snoozedUntil(connection, alert.key);
  const incident = await insertIncident(connection, {
    alert,
    situation,
    snoozedUntil: until !== null && until > now ? until : null,
    now,
  });
  await putAlert(connection, incident.id, alert, now);
  const { phase } = judge(incident, await listAlerts(connection, incident.id), ends, false, now);
  if (phase !== incident.phase && phase !== 'closed')
    await changeIncident(connection, incident.id, { phase });
  await insertEvents(connection, incident.id, [{ what: 'opened', detail: { phase } }], now);
  return incident.id;
}

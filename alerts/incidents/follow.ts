/** Brings open incidents up to what is known now: their phase, their end, and what messages say of them. */
import type { UnixSeconds } from '../../core/facts.js';
import { decideUpdate } from './decide-update.js';
import { know, type IntakeOptions, type Known } from './intake.js';
import { judge } from './judge.js';
import { changeIncident, insertEvents, lockIncidents, type IncidentChange } from './change-incidents.js';
import {
  findIncident,
  listAlerts,
  listAlertsOf,
  listEvents,
  listEventsOf,
  listOpenIncidents,
} from './read-incidents.js';
import type { AlertState, Incident, IncidentEvent, NewEvent } from './types.js';

export interface FollowOptions extends IntakeOptions {
  /** Shortest time between two updates for the situation alone. */
  readonly updateSeconds: number;
}

/** Returns how many incidents changed. Incidents of which nothing moved cost no transaction. */
export async function followIncidents(options: FollowOptions): Promise<number> {
  const { database, clock } = options;
  const open = await listOpenIncidents(database);
  if (open.length === 0) return 0;
  const ids = open.map(({ id }) => id);
  const [alerts, events] = await Promise.all([listAlertsOf(database, ids), listEventsOf(database, ids)]);
  let changed = 0;
  for (const incident of open) {
    const known = await know(options, incident);
    const read = { incident, alerts: alerts.get(incident.id) ?? [], events: events.get(incident.id) ?? [] };
    if (changeOf(read, known, options.updateSeconds, clock()) === null) continue;
    if (await followIncident(options, incident.id, known)) changed += 1;
  }
  return changed;
}

/** Looks again under the lock: an alert or a press may have come in between. */
function followIncident(options: FollowOptions, id: number, known: Known): Promise<boolean> {
  const { database, clock, updateSeconds } = options;
  const now = clock();
  return database.transaction(async (connection) => {
    await lockIncidents(connection);
    const incident = await findIncident(connection, id);
    if (incident === null) return false;
    const read = {
      incident,
      alerts: await listAlerts(connection, id),
      events: await listEvents(connection, id),
    };
    const change = changeOf(read, known, updateSeconds, now);
    if (change === null) return false;
    await changeIncident(connection, id, change.change);
    await insertEvents(connection, id, change.events, now);
    return true;
  });
}

interface Read {
  readonly incident: Incident;
  readonly alerts: readonly AlertState[];
  readonly events: readonly IncidentEvent[];
}

/** What to change of an incident, and to tell of it; null when nothing. Pure. */
function changeOf(
  { incident, alerts, events }: Read,
  { situation, ends }: Known,
  updateSeconds: number,
  now: UnixSeconds,
): { readonly change: IncidentChange; readonly events: readonly NewEvent[] } | null {
  if (incident.closedAt !== null) return null;
  const verdict = judge(incident, alerts, ends, hasSeenFailure(events), now);
  const hasNews = verdict.phase !== incident.phase;
  const update = decideUpdate(incident.situation, situation, incident.situationAt, now, updateSeconds);
  const isDue = update !== 'unchanged' && update !== 'too_soon';
  if (!hasNews && !isDue) return null;
  return {
    change: {
      ...(hasNews ? { phase: verdict.phase } : {}),
      ...(verdict.outcome === null ? {} : { closed: { at: now, outcome: verdict.outcome } }),
      // A closed incident keeps what it said while it was open: the next run is another story.
      ...(situation !== null && verdict.phase !== 'closed' ? told(situation, now) : {}),
    },
    events: verdict.events,
  };
}

const told = (value: NonNullable<Incident['situation']>, at: UnixSeconds) => ({ situation: { at, value } });

/** Whether a run failed since the incident opened, or had when it did. */
export function hasSeenFailure(events: readonly IncidentEvent[]): boolean {
  return events.some(
    ({ what, detail }) => what === 'failed' || (what === 'opened' && detail['phase'] === 'failed'),
  );
}

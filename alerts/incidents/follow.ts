/** Brings open incidents up to what is known now: their phase, their end, and what messages say of them. */
import type { UnixSeconds } from '../../core/facts.js';
import { decideUpdate } from './decide-update.js';
import { know, type IntakeOptions } from './intake.js';
import { judge } from './judge.js';
import {
  changeIncident,
  findIncident,
  insertEvents,
  listAlerts,
  listEvents,
  listOpenIncidents,
  lockIncidents,
  type IncidentChange,
} from './store.js';
import type { Incident, IncidentEvent } from './types.js';

export interface FollowOptions extends IntakeOptions {
  /** Shortest time between two updates for the situation alone. */
  readonly updateSeconds: number;
}

/** Returns how many incidents changed. */
export async function followIncidents(options: FollowOptions): Promise<number> {
  let changed = 0;
  for (const incident of await listOpenIncidents(options.database)) {
    if (await followIncident(options, incident)) changed += 1;
  }
  return changed;
}

async function followIncident(options: FollowOptions, { id, ...key }: Incident): Promise<boolean> {
  const { database, clock, updateSeconds } = options;
  const { situation, ends } = await know(options, key);
  const now = clock();
  return database.transaction(async (connection) => {
    await lockIncidents(connection);
    const incident = await findIncident(connection, id);
    if (incident?.closedAt !== null) return false;
    const alerts = await listAlerts(connection, id);
    const events = await listEvents(connection, id);
    const verdict = judge(incident, alerts, ends, hasSeenFailure(events), now);
    const hasNews = verdict.phase !== incident.phase;
    const update = decideUpdate(incident.situation, situation, incident.situationAt, now, updateSeconds);
    const isDue = update !== 'unchanged' && update !== 'too_soon';
    if (!hasNews && !isDue) return false;
    const change: IncidentChange = {
      ...(hasNews ? { phase: verdict.phase } : {}),
      ...(verdict.outcome === null ? {} : { closed: { at: now, outcome: verdict.outcome } }),
      // A closed incident keeps what it said while it was open: the next run is another story.
      ...(situation !== null && verdict.phase !== 'closed' ? told(situation, now) : {}),
    };
    await changeIncident(connection, id, change);
    await insertEvents(connection, id, verdict.events, now);
    return true;
  });
}

const told = (value: NonNullable<Incident['situation']>, at: UnixSeconds) => ({ situation: { at, value } });

/** Whether a run failed since the incident opened, or had when it did. */
export function hasSeenFailure(events: readonly IncidentEvent[]): boolean {
  return events.some(
    ({ what, detail }) => what === 'failed' || (what === 'opened' && detail['phase'] === 'failed'),
  );
}

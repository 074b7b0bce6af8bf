/** From incidents to the JSON of the API. Pure. */
import type { IncidentList, ListedIncident } from '../../alerts/index.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { IncidentsJson } from './incident-schemas.js';
import { isoTime } from './present.js';

const isoOrNull = (at: UnixSeconds | null): string | null => (at === null ? null : isoTime(at));

/** What its messages say it is likely to come to: of lateness the risk of that. */
export function toldRisk({ kind, situation }: Pick<ListedIncident, 'kind' | 'situation'>): number | null {
  if (kind === 'pool') return situation?.pool?.risk ?? null;
  return (kind === 'lateness' ? situation?.dag?.lateRisk : situation?.dag?.risk) ?? null;
}

export function presentIncidents({ total, incidents }: IncidentList): IncidentsJson {
  return {
    total,
    incidents: incidents.map((incident) => ({
      incident_id: incident.id,
      deployment: incident.deployment,
      kind: incident.kind,
      subject: incident.subject,
      team: incident.team,
      severity: incident.severity,
      phase: incident.phase,
      run_id: incident.runId,
      opened_at: isoTime(incident.openedAt),
      closed_at: isoOrNull(incident.closedAt),
      outcome: incident.outcome?.what ?? null,
      risk: toldRisk(incident),
      reasons: [...(incident.situation?.dag?.reasons ?? [])],
      told_at: isoOrNull(incident.toldAt),
      acknowledged_by: incident.acknowledgedBy,
      snoozed_until: isoOrNull(incident.snoozedUntil),
      not_useful: incident.notUseful,
    })),
  };
}

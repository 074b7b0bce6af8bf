/** Incidents, their messages, and how the warnings turned out. */
import { METRICS } from '../../../core/metric-names.js';
import { chosen, highestBy, OF_DEPLOYMENT, select, type Matchers } from '../promql.js';

export const INCIDENT_LABELS = ['deployment', 'kind', 'subject', 'severity', 'team'] as const;

/** Unix seconds at which each open incident was opened; those of no deployment in particular whichever is chosen. */
const opened = (more: Matchers<typeof METRICS.incidentOpened>): string =>
  highestBy(INCIDENT_LABELS, select(METRICS.incidentOpened, { deployment: '=~"$deployment|all"', ...more }));
export const openedOfTeam = opened({ team: chosen('team') });
export const openedOfDag = opened({ kind: '=~"failure|lateness"', subject: chosen('dag_id') });

export const waitingMessages = highestBy(['channel'], select(METRICS.notificationsWaiting));
export const anyWaiting = `sum(${waitingMessages})`;
/** 0 rather than nothing where none is open, as long as ORC knows it. */
export const openIncidents = `count(${openedOfTeam}) or 0 * ${anyWaiting}`;
export const openByKind = `count by (kind) (${opened({})})`;

export const warningsJudged = highestBy(['deployment'], select(METRICS.warningsJudged, OF_DEPLOYMENT));
export const warningsRight = highestBy(['deployment'], select(METRICS.warningsRight, OF_DEPLOYMENT));

/** What people were warned of: open incidents, and the latest that are over. */
import { ACTION_VERBS } from '../../core/action-terms.js';
import type { IncidentList, ListedIncident } from '../../alerts/index.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { DeskAction } from '../action-desk.js';
import { toldRisk } from '../http/present-incident.js';
import { stateWords } from './action-words.js';
import { formatCount, formatDuration, formatRelative, formatRisk, formatTime } from './format.js';
import { renderLayout } from './layout.js';
import { dagPath, type PageContext } from './page-context.js';
import { words } from './reason-parts.js';

export interface IncidentsView {
  readonly open: IncidentList;
  readonly closed: IncidentList;
  /** The latest first. */
  readonly actions: readonly DeskAction[];
}

/** An alert tells of a failure at most so long after ORC saw it. */
const ALERT_LAG_SECONDS = 900;

const KINDS: Readonly<Record<ListedIncident['kind'], string>> = {
  failure: 'Failure',
  lateness: 'Late end',
  pool: 'Full pool',
  outage: 'Shared outage',
  health: 'ORC itself',
  platform: 'Airflow itself',
};

const PHASES: Readonly<Record<Exclude<ListedIncident['phase'], 'closed'>, string>> = {
  at_risk: 'at risk',
  failed: 'failed',
  late: 'late',
  eased: 'eased, end not known yet',
};

const OUTCOMES: Readonly<Record<NonNullable<ListedIncident['outcome']>['what'], string>> = {
  succeeded: 'the run succeeded',
  recovered: 'failed, then recovered',
  failed: 'failed',
  on_time: 'ended in time',
  late: 'ended late',
  resolved: 'resolved',
  unknown: 'no run has ended',
};

function subjectOf({ kind, subject, deployment }: ListedIncident): HtmlValue {
  if (kind === 'failure' || kind === 'lateness')
    return html`<a href="${dagPath(subject, deployment)}">${subject}</a>`;
  return subject === '' ? 'Several DAGs' : subject;
}

function stateOf({ phase, outcome }: ListedIncident): string {
  return phase === 'closed' ? OUTCOMES[outcome?.what ?? 'unknown'] : PHASES[phase];
}

/** Who has taken care, and what people said. */
function remarks(incident: ListedIncident, now: UnixSeconds): string {
  const { acknowledgedBy, snoozedUntil, notUseful, toldAt, closedAt } = incident;
  return [
    acknowledgedBy === null ? '' : `acknowledged by ${acknowledgedBy}`,
    snoozedUntil !== null && snoozedUntil > now && closedAt === null
      ? `snoozed until ${formatTime(snoozedUntil)}`
      : '',
    notUseful === 0 ? '' : `called not useful by ${notUseful}`,
    toldAt === null ? 'told nowhere' : '',
  ]
    .filter((remark) => remark !== '')
    .join(', ');
}

/** The action thought of while the incident went on, or shortly before the alert told of it. */
function actionOf(incident: ListedIncident, actions: readonly DeskAction[]): DeskAction | undefined {
  if (incident.kind !== 'failure') return undefined;
  const { openedAt, closedAt, deployment, subject } = incident;
  return actions.find(
    (action) =>
      action.follows === null &&
      action.deployment === deployment &&
      action.dagId === subject &&
      action.drawnAt >= openedAt - ALERT_LAG_SECONDS &&
      action.drawnAt <= (closedAt ?? Infinity),
  );
}

function actionLine(action: DeskAction | undefined, now: UnixSeconds): HtmlValue {
  return (
    action !== undefined &&
    html`<div>
      ${ACTION_VERBS[action.kind]}: <a href="/actions#action-${action.id}">${stateWords(action, now).text}</a>
    </div>`
  );
}

function row(incident: ListedIncident, actions: readonly DeskAction[], now: UnixSeconds): Html {
  const risk = toldRisk(incident);
  const until = incident.closedAt ?? now;
  return html`<tr>
    <th scope="row">
      ${subjectOf(incident)}
      <div class="faint">
        ${KINDS[incident.kind]} · ${incident.deployment}${incident.team !== null && ` · ${incident.team}`}
      </div>
    </th>
    <td>${incident.severity === 'critical' ? html`<strong>critical</strong>` : 'warning'}</td>
    <td>${stateOf(incident)}</td>
    <td>${risk === null ? '–' : formatRisk(risk)}</td>
    <td title="${formatTime(incident.openedAt)}">${formatRelative(incident.openedAt, now)}</td>
    <td>${formatDuration(until - incident.openedAt)}</td>
    <td class="reason-cell">
      ${words(incident.situation?.dag?.reasons[0] ?? '')} ${actionLine(actionOf(incident, actions), now)}
      <div class="faint">${remarks(incident, now)}</div>
    </td>
  </tr>`;
}

function table(
  title: string,
  { total, incidents }: IncidentList,
  actions: readonly DeskAction[],
  now: UnixSeconds,
  none: string,
): Html {
  if (incidents.length === 0)
    return html`<section>
      <h2>${title}</h2>
      <p class="faint">${none}</p>
    </section>`;
  return html`<section>
    <h2>
      ${title}
      <span class="faint"
        >${formatCount(total, 'incident')}${total > incidents.length && `, the latest ${incidents.length}`}</span
      >
    </h2>
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th>About</th>
            <th>Severity</th>
            <th>State</th>
            <th>Risk told</th>
            <th>Opened</th>
            <th>Lasted</th>
            <th>Reason</th>
          </tr>
        </thead>
        <tbody>
          ${incidents.map((incident) => row(incident, actions, now))}
        </tbody>
      </table>
    </div>
  </section>`;
}

export function renderIncidents(context: PageContext, { open, closed, actions }: IncidentsView): string {
  const { now } = context;
  return renderLayout(context, 'Incidents', [
    html`<h1>Incidents</h1>
      <p class="faint">
        What Alertmanager delivered, told once each. <a href="/api/v1/incidents?state=all">As JSON</a>
      </p>`,
    table('Open', open, actions, now, 'Nothing is wrong as far as anybody warned of.'),
    table('Over', closed, actions, now, 'Nothing has been over so far.'),
  ]);
}

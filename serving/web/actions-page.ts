/** What waits for a decision, the stop switch, what acting was worth, and the latest actions. */
import { ACTION_VERBS, type ActionState } from '../../core/action-terms.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { DeskAction, DeskStop, DeskSummary } from '../action-desk.js';
import { hasRole, type Role } from '../auth/roles.js';
import { causeWords, stateWords, subjectLine } from './action-words.js';
import { valueSection } from './action-value.js';
import { formatCount, formatRelative, formatTime } from './format.js';
import { renderLayout } from './layout.js';
import type { PageContext } from './page-context.js';

export interface ActionsView {
  /** The oldest first, so that what is new moves nothing away from under a pointer. */
  readonly waiting: readonly DeskAction[];
  /** Whether more wait than are shown. */
  readonly moreWait: boolean;
  /** The latest first. */
  readonly latest: readonly DeskAction[];
  readonly stop: DeskStop | null;
  readonly summary: DeskSummary;
}

const may = ({ role }: PageContext, needed: Role): boolean => role !== null && hasRole(role, needed);

/** What the reader would need in order to press. */
function needs({ role, signedIn }: PageContext, needed: Role, what: string): HtmlValue {
  if (signedIn && role !== null)
    return html`<p class="faint">${what} needs the role ${needed}; yours is ${role}.</p>`;
  return html`<p class="faint">
    ${what} needs a token of the role ${needed}: <code>orc tokens create NAME --role ${needed}</code>, then
    <a href="/sign-in">sign in</a>.
  </p>`;
}

function stopSwitch(context: PageContext, stop: DeskStop | null): Html {
  const [path, label] = stop === null ? ['/actions/stop', 'Stop all actions'] : ['/actions/resume', 'Resume'];
  return html`<section class="switch ${stop !== null && 'switch-stopped'}" data-still>
    <div>
      ${
        stop === null
          ? html`<p><b>Actions are on</b>, as far as the policy lets them.</p>`
          : html`<p role="status">
              <b>Stopped</b> by ${stop.by}
              <span title="${formatTime(stop.at)}">${formatRelative(stop.at, context.now)}</span>: nothing is
              called until somebody resumes, also after a restart.
            </p>`
      }
      ${!may(context, 'admin') && needs(context, 'admin', stop === null ? 'Stopping' : 'Resuming')}
    </div>
    ${
      may(context, 'admin') &&
      html`<form method="post" action="${path}">
        <button class="${stop === null ? 'danger' : 'primary'}" type="submit">${label}</button>
      </form>`
    }
  </section>`;
}

function tiles({ summary: { totals }, waiting, moreWait }: ActionsView): Html {
  const sum = (state: ActionState, of: 'count' | 'helped' = 'count'): number =>
    totals.filter((row) => row.state === state).reduce((total, row) => total + row[of], 0);
  const tile = (count: number, label: string, tone = '', more = ''): Html =>
    html`<div class="tile ${tone}">
      <dt>${label}</dt>
      <dd>${count.toLocaleString('en-US')}${more}</dd>
    </div>`;
  const wait = waiting.length;
  return html`<dl class="tiles tiles-four">
    ${tile(wait, 'wait for a decision', wait > 0 ? 'tile-warn' : '', moreWait ? '+' : '')}
    ${tile(sum('done'), 'done')} ${tile(sum('done', 'helped'), 'of them helped')}
    ${tile(sum('refused'), 'refused')}
  </dl>`;
}

function card(context: PageContext, action: DeskAction): Html {
  const { now } = context;
  const { id, deployment, cause, reason, drawnAt, dueAt } = action;
  const due =
    dueAt > now
      ? html`If approved it is called
          <span title="${formatTime(dueAt)}">${formatRelative(dueAt, now)}</span>.`
      : 'If approved it is called at once.';
  return html`<li class="card decision level-edge-elevated" id="action-${id}" data-still>
    <div class="card-body">
      <h3>${ACTION_VERBS[action.kind]} ${subjectLine(action)}</h3>
      <p class="line">Due to <b>${causeWords(cause)}</b>. <span class="faint">${reason}</span></p>
      <p class="line faint">
        Action ${id} · ${deployment} · proposed
        <span title="${formatTime(drawnAt)}">${formatRelative(drawnAt, now)}</span>. ${due}
      </p>
    </div>
    ${
      may(context, 'operator') &&
      html`<form class="decide" method="post" action="/actions/${id}/approve">
        <label>
          <span class="visually-hidden">Why</span>
          <input name="why" maxlength="500" placeholder="Why (kept on record)" autocomplete="off" />
        </label>
        <button class="primary" type="submit">Approve</button>
        <button type="submit" formaction="/actions/${id}/reject">Reject</button>
      </form>`
    }
  </li>`;
}

function waitingSection(context: PageContext, { waiting, moreWait }: ActionsView): Html {
  if (waiting.length === 0)
    return html`<section>
      <h2>Waits for a decision</h2>
      <p class="calm">Nothing waits.</p>
    </section>`;
  return html`<section>
    <h2>
      Waits for a decision
      <span class="faint"
        >${moreWait ? `the latest ${waiting.length}` : formatCount(waiting.length, 'action')}</span
      >
    </h2>
    ${!may(context, 'operator') && needs(context, 'operator', 'Deciding')}
    <ol class="cards">
      ${waiting.map((action) => card(context, action))}
    </ol>
  </section>`;
}

function row(action: DeskAction, now: UnixSeconds): Html {
  const { text, tone } = stateWords(action, now);
  const { id, changedAt, decidedBy, deployment, refusal, reason } = action;
  return html`<tr id="action-${id}">
    <td class="number detail-cell">${id}</td>
    <th scope="row">
      ${ACTION_VERBS[action.kind]} ${subjectLine(action)}
      <div class="faint">
        ${deployment} · ${causeWords(action.cause)} · mode
        ${action.mode}${action.follows !== null && html` · after action ${action.follows}`}
      </div>
    </th>
    <td><span class="state state-${tone}">${text}</span></td>
    <td title="${formatTime(changedAt)}">${formatRelative(changedAt, now)}</td>
    <td class="detail-cell">${decidedBy === 'orc' ? html`<span class="faint">ORC</span>` : decidedBy}</td>
    <td class="reason-cell">
      ${refusal !== null && html`<span class="badge">${refusal.replaceAll('_', ' ')}</span>`} ${reason}
    </td>
  </tr>`;
}

function latestSection(latest: readonly DeskAction[], now: UnixSeconds): Html {
  return html`<section>
    <h2>Latest</h2>
    ${
      latest.length === 0
        ? html`<p class="calm">
            Nothing yet: a run that fails or a pool that starves while ORC watches gets its line here. In the
            mode
            <code>shadow</code> it says what would be done, and nothing is.
          </p>`
        : html`<div class="table-wrap">
            <table class="actions">
              <thead>
                <tr>
                  <th scope="col" class="detail-cell">Id</th>
                  <th scope="col">Action</th>
                  <th scope="col">State</th>
                  <th scope="col">Since</th>
                  <th scope="col" class="detail-cell">By</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                ${latest.map((action) => row(action, now))}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

export function renderActions(context: PageContext, view: ActionsView): string {
  return renderLayout(context, 'Actions', [
    html`<h1>Actions</h1>
      <p class="faint lead">
        What waits to be done to Airflow, was done, and would have been. <a href="/api/v1/actions">As JSON</a>
      </p>`,
    stopSwitch(context, view.stop),
    tiles(view),
    waitingSection(context, view),
    valueSection(view.summary.value),
    latestSection(view.latest, context.now),
  ]);
}

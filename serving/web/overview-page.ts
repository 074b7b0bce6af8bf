/** The first page: the riskiest DAGs now. */
import type { UnixSeconds } from '../../core/facts.js';
import {
  activeRuns,
  progressOf,
  riskiestTask,
  type DagExplanation,
  type DagRisk,
  type ScoreBoard,
} from '../live/board.js';
import { describeStage, describeTask, riskBlock, stageLine } from './dag-parts.js';
import { formatCount, formatRisk, riskLevel } from './format.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import { renderLayout } from './layout.js';
import { mainReasons, mainSuggestion } from '../live/main-reasons.js';
import { reasonList, suggestionLine, thinNote, words } from './reason-parts.js';
import { dagPath, type PageContext } from './page-context.js';
import { outcomeStrip, riskBar, summariseOutcomes } from './strip.js';
import { describeEnd, endLine, lateBadge, NOTABLE_LATE_RISK, poolSection } from './timing-parts.js';

/** DAGs from this risk on get a card; the others a row. */
export const ATTENTION_RISK = 0.2;
export const MAX_CARDS = 12;
const MAX_ROWS = 200;
const TASKS_SHOWN = 3;
const NOTABLE_TASK_RISK = 0.03;

export interface OverviewFilter {
  /** Part of a DAG id; empty for all. */
  readonly search: string;
  /** Empty for all. */
  readonly deployment: string;
}

/** What the overview shows, decided apart from how it looks. */
export interface OverviewSelection {
  readonly cards: readonly DagRisk[];
  readonly rows: readonly DagRisk[];
  readonly matching: number;
}

export function selectDags(board: ScoreBoard, filter: OverviewFilter): OverviewSelection {
  const needle = filter.search.toLowerCase();
  const matching = board.dags.filter(
    ({ dag }) =>
      (filter.deployment === '' || dag.deployment === filter.deployment) &&
      (needle === '' || dag.dagId.toLowerCase().includes(needle)),
  );
  const cards = matching.slice(0, MAX_CARDS).filter(({ risk }) => risk >= ATTENTION_RISK);
  return { cards, rows: matching.slice(cards.length, cards.length + MAX_ROWS), matching: matching.length };
}

/** The riskiest task with its own main reason. */
function riskiestTaskLine(risk: DagRisk, explained: DagExplanation | undefined): HtmlValue {
  const task = riskiestTask(risk);
  const ofTask = task === undefined ? undefined : explained?.tasks.get(task);
  if (task === undefined || ofTask === undefined) return null;
  const [reason] = mainReasons(ofTask, 1);
  return (
    reason !== undefined &&
    html`<p class="line task-reason">
      <span class="faint">Task</span> <b>${task.taskId}</b>
      <b class="level-text-${riskLevel(task.risk).name}">${formatRisk(task.risk)}</b>: ${words(reason)}
    </p>`
  );
}

function taskChips(risk: DagRisk): HtmlValue {
  const progress = progressOf(risk);
  const failed = progress?.failedTasks ?? [];
  // While a run goes on, what is still to come in it counts; the riskiest one shows unless a failed one does.
  const ahead = risk.tasks.filter(
    ({ taskId, runId }) => progress === null || (runId !== null && !failed.includes(taskId)),
  );
  const tasks = ahead
    .filter((task, index) => (index === 0 && failed.length === 0) || task.risk >= NOTABLE_TASK_RISK)
    .slice(0, TASKS_SHOWN);
  if (tasks.length + failed.length === 0) return null;
  return html`<p class="tasks">
    ${failed
      .slice(0, TASKS_SHOWN)
      .map(
        (taskId) =>
          html`<span class="chip chip-failed" title="Failed in this run"
            ><span class="chip-name">✕ ${taskId}</span> failed</span
          >`,
      )}
    ${failed.length > TASKS_SHOWN && html`<span class="label">and ${failed.length - TASKS_SHOWN} more</span>`}
    ${tasks.length > 0 && html`<span class="label">Riskiest ${tasks.length === 1 ? 'task' : 'tasks'}</span>`}
    ${tasks.map(
      (task) =>
        html`<span class="chip" title="${describeTask(task, risk)}"
          ><span class="chip-name">${task.taskId}</span>
          <b class="level-text-${riskLevel(task.risk).name}">${formatRisk(task.risk)}</b></span
        >`,
    )}
  </p>`;
}

function card(
  risk: DagRisk,
  explained: DagExplanation | undefined,
  now: UnixSeconds,
  showDeployment: boolean,
): Html {
  const { dag } = risk;
  return html`<li class="card level-edge-${riskLevel(risk.risk).name}">
    ${riskBlock(risk.risk, explained)}
    <div class="card-body">
      <h3>
        <a href="${dagPath(dag.dagId, dag.deployment)}">${dag.dagId}</a>
        ${showDeployment && html`<span class="badge">${dag.deployment}</span>`}
      </h3>
      <p class="line">${stageLine(risk, now)}</p>
      ${endLine(risk.timing, now)} ${reasonList(explained)} ${riskiestTaskLine(risk, explained)}
      ${suggestionLine(mainSuggestion(explained, riskiestTask(risk)))} ${thinNote(risk)} ${taskChips(risk)}
    </div>
    <div class="card-runs">
      ${outcomeStrip(dag.outcomes, risk.risk, now)}
      <span class="strip-text">${summariseOutcomes(dag.outcomes, now)}</span>
    </div>
  </li>`;
}

function row(risk: DagRisk, now: UnixSeconds, showDeployment: boolean): Html {
  const { dag } = risk;
  return html`<tr>
    <td class="number level-text-${riskLevel(risk.risk).name}">${formatRisk(risk.risk)}</td>
    <td class="bar-cell">${riskBar(risk.risk, null)}</td>
    <th scope="row">
      <a href="${dagPath(dag.dagId, dag.deployment)}">${dag.dagId}</a>
      ${showDeployment && html`<span class="badge">${dag.deployment}</span>`}
    </th>
    <td class="stage-cell">${describeStage(risk.run, now)}</td>
    <td class="stage-cell">
      ${risk.timing === null ? '–' : describeEnd(risk.timing, now)} ${lateBadge(risk.timing)}
    </td>
    <td class="strip-cell">${outcomeStrip(dag.outcomes, risk.risk, now)}</td>
  </tr>`;
}

function tile(number: number, label: string, tone = ''): Html {
  return html`<div class="tile ${tone}">
    <dt>${label}</dt>
    <dd>${number.toLocaleString('en-US')}</dd>
  </div>`;
}

function tiles(board: ScoreBoard): Html {
  const likely = board.dags.filter(({ risk }) => risk >= 0.5).length;
  const elevated = board.dags.filter(({ risk }) => risk >= ATTENTION_RISK && risk < 0.5).length;
  const late = board.dags.filter(({ timing }) => (timing?.lateRisk ?? 0) >= NOTABLE_LATE_RISK).length;
  const running = board.dags.filter((dag) => activeRuns(dag) > 0).length;
  const broken = board.dags.filter(({ dag }) => dag.outcomes.at(-1)?.failed === true).length;
  return html`<dl class="tiles">
    ${tile(likely, 'likely to fail', likely > 0 ? 'tile-alarm' : '')}
    ${tile(elevated, 'elevated risk', elevated > 0 ? 'tile-warn' : '')}
    ${tile(late, 'may be late', late > 0 ? 'tile-warn' : '')} ${tile(broken, 'last run failed')}
    ${tile(running, 'running now')} ${tile(board.dags.length, 'active DAGs')}
  </dl>`;
}

function filterForm(board: ScoreBoard, filter: OverviewFilter): Html {
  const deployments = [...new Set(board.dags.map(({ dag }) => dag.deployment))].sort();
  return html`<form class="filter" method="get" action="/" role="search">
    ${
      deployments.length > 1 &&
      html`<label>
        <span class="visually-hidden">Deployment</span>
        <select name="deployment">
          <option value="">All deployments</option>
          ${deployments.map(
            (name) =>
              html`<option value="${name}" ${filter.deployment === name && html`selected`}>${name}</option>`,
          )}
        </select>
      </label>`
    }
    <label>
      <span class="visually-hidden">Part of a DAG id</span>
      <input type="search" name="q" value="${filter.search}" placeholder="Find a DAG" autocomplete="off" />
    </label>
    <button type="submit">Find</button>
  </form>`;
}

function emptyPage(context: PageContext): Html {
  const { status } = context;
  const text = {
    starting: {
      title: 'Getting ready',
      body: html`<p>${status.detail}</p>
        <p class="faint">This page refreshes by itself.</p>`,
    },
    no_history: {
      title: 'No history yet',
      body: html`<p>
          ORC learns from past runs, and knows of none. Collect them from Airflow, or load history files:
        </p>
        <pre><code>orc collect
orc import history.csv.gz</code></pre>`,
    },
    no_model: {
      title: 'No model yet',
      body: html`<p>${status.detail}</p>
        <p>Train one on the history that is there:</p>
        <pre><code>orc train</code></pre>`,
    },
    model_outdated: {
      title: 'The model is out of date',
      body: html`<p>${status.detail}</p>
        <pre><code>orc train</code></pre>`,
    },
    scored: { title: 'Nothing to show', body: html`<p>${status.detail}</p>` },
  }[status.state];
  return html`<section class="empty">
    <h1>${text.title}</h1>
    ${text.body}
    ${status.lastError !== null && html`<p class="banner banner-warning" role="alert">The last attempt failed: ${status.lastError}</p>`}
  </section>`;
}

function rest(selection: OverviewSelection, now: UnixSeconds, showDeployment: boolean): HtmlValue {
  const { rows, cards, matching } = selection;
  if (rows.length === 0) return null;
  const hidden = matching - cards.length - rows.length;
  return html`<section>
    <h2>${cards.length > 0 ? 'All others' : 'All DAGs'}</h2>
    <div class="table-wrap">
      <table class="dags">
        <thead>
          <tr>
            <th scope="col" colspan="2">Risk</th>
            <th scope="col">DAG</th>
            <th scope="col" class="stage-cell">Run</th>
            <th scope="col" class="stage-cell">End</th>
            <th scope="col" class="strip-cell">Last runs</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((risk) => row(risk, now, showDeployment))}
        </tbody>
      </table>
    </div>
    ${hidden > 0 && html`<p class="faint">${formatCount(hidden, 'more DAG')} of lower risk: find them by name.</p>`}
  </section>`;
}

/** `explained` holds at least the DAGs that get a card. */
export function renderOverview(
  context: PageContext,
  filter: OverviewFilter,
  explained: ReadonlyMap<DagRisk, DagExplanation>,
): string {
  const { board } = context;
  if (board === null) return renderLayout(context, 'Overview', emptyPage(context));
  const selection = selectDags(board, filter);
  const now = board.asOf;
  const showDeployment = new Set(board.dags.map(({ dag }) => dag.deployment)).size > 1;
  const filtered = filter.search !== '' || filter.deployment !== '';
  const riskiest = board.dags[0];
  let top: HtmlValue;
  if (selection.cards.length > 0) {
    top = html`<ol class="cards">
      ${selection.cards.map((risk) => card(risk, explained.get(risk), now, showDeployment))}
    </ol>`;
  } else if (filtered) {
    top =
      selection.matching === 0 && html`<p class="calm">No active DAG matches. <a href="/">Show all</a></p>`;
  } else if (riskiest === undefined) {
    top = html`<section class="empty">
      <h2>No active DAG</h2>
      <p>Every known DAG is paused, gone, or has not run for a long time.</p>
    </section>`;
  } else {
    top = html`<p class="calm">
      <b>Nothing at risk.</b> The riskiest of ${formatCount(board.dags.length, 'active DAG')} stands at
      ${formatRisk(riskiest.risk)}.
    </p>`;
  }
  return renderLayout(
    context,
    'Overview',
    html`${tiles(board)}
      <div class="heading">
        <h1>Riskiest DAGs now</h1>
        ${filterForm(board, filter)}
      </div>
      ${top} ${poolSection(board.pools, filter.deployment)} ${rest(selection, now, showDeployment)}`,
  );
}

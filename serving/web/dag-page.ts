/** The page of one DAG: its risk, every reason, its tasks, its runs. */
import type { ExplainedFailure } from '../../core/fact-log/read-failures.js';
import type { UnixSeconds } from '../../core/facts.js';
import {
  riskiestTask,
  type DagExplanation,
  type DagRisk,
  type ScoreBoard,
  type SubjectExplanation,
  type TaskRisk,
} from '../live/board.js';
import { describeStage, describeTask, riskBlock, stageLine, when } from './dag-parts.js';
import { compareWithUsual, formatCount, formatDuration, formatRisk, riskLevel } from './format.js';
import { failureList } from './failure-list.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import { renderLayout } from './layout.js';
import { airflowPath, type PageContext } from './page-context.js';
import { mainReasons, mainSuggestion } from '../live/main-reasons.js';
import { reasonTable, suggestionLine, thinNote, words } from './reason-parts.js';
import { outcomeStrip, riskBar, summariseOutcomes } from './strip.js';
import { describeEnd, lateBadge, timingSection } from './timing-parts.js';

const MAX_TASKS = 100;

function reasons(risk: DagRisk, explained: DagExplanation | undefined): Html {
  return html`<section>
    <h2>Why</h2>
    ${reasonTable(explained, 'DAG')} ${thinNote(risk)}
  </section>`;
}

/** The task that most endangers the run, with its own reasons. */
function riskiest(risk: DagRisk, explained: DagExplanation | undefined): HtmlValue {
  const task = riskiestTask(risk);
  const ofTask = task === undefined ? undefined : explained?.tasks.get(task);
  if (task === undefined || ofTask === undefined) return null;
  return html`<section>
    <h2>Riskiest task</h2>
    <p class="line task-reason">
      <b>${task.taskId}</b>
      <b class="level-text-${riskLevel(task.risk).name}">${formatRisk(task.risk)}</b>
      <span class="faint"
        >${describeTask(task, risk)} · ${compareWithUsual(task.risk, ofTask.explanation.usualRisk)}</span
      >
    </p>
    ${reasonTable(ofTask, 'task')} ${thinNote(task)}
  </section>`;
}

function tasks(risk: DagRisk, explained: DagExplanation | undefined): Html {
  const shown = risk.tasks.slice(0, MAX_TASKS);
  return html`<section>
    <h2>Tasks</h2>
    ${
      shown.length === 0
        ? html`<p class="faint">No task of this DAG is known yet.</p>`
        : html`<div class="table-wrap">
            <table>
              <thead>
                <tr>
                  <th scope="col" colspan="2">Risk</th>
                  <th scope="col">After retries</th>
                  <th scope="col">Task</th>
                  <th scope="col">Now</th>
                  <th scope="col">Main reason</th>
                  <th scope="col" class="detail-cell">Operator</th>
                  <th scope="col" class="detail-cell">Pool</th>
                </tr>
              </thead>
              <tbody>
                ${shown.map(
                  (task) =>
                    html`<tr>
                      <td class="number level-text-${riskLevel(task.risk).name}">${formatRisk(task.risk)}</td>
                      <td class="bar-cell">${riskBar(task.risk, null)}</td>
                      <td class="number">${finalRiskCell(task)}</td>
                      <th scope="row">${task.taskId}</th>
                      <td>${describeTask(task, risk)}</td>
                      <td class="reason-cell">${mainReason(explained?.tasks.get(task))}</td>
                      <td class="detail-cell">${task.operator ?? '–'}</td>
                      <td class="detail-cell">${task.pool ?? '–'}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
    ${
      risk.tasks.length > shown.length &&
      html`<p class="faint">${formatCount(risk.tasks.length - shown.length, 'more task')} of lower risk.</p>`
    }
  </section>`;
}

/** P(it fails for good), with the tries left. */
function finalRiskCell({ finalRisk, triesLeft }: TaskRisk): Html {
  const left =
    triesLeft === null
      ? 'how many tries are left is not known'
      : triesLeft === 0
        ? 'no try is left after this one'
        : `${formatCount(triesLeft, 'more try', 'more tries')} left`;
  return html`<span class="level-text-${riskLevel(finalRisk).name}" title="${left}"
    >${formatRisk(finalRisk)}</span
  >`;
}

function mainReason(explained: SubjectExplanation | undefined): HtmlValue {
  const [reason] = explained === undefined ? [] : mainReasons(explained, 1);
  return reason === undefined ? '–' : words(reason);
}

function activeRunTable(risk: DagRisk, now: UnixSeconds): HtmlValue {
  const runs = risk.dag.runs
    .map((run, index) => ({
      run,
      risk: risk.runRisks[index]!,
      progress: risk.dag.progress[index],
      timing: risk.runTimings[index] ?? null,
    }))
    .filter(({ run }) => run.runId !== null)
    .sort((a, b) => b.risk - a.risk);
  if (runs.length === 0) return null;
  return html`<section>
    <h2>Going on</h2>
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Risk</th>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">End</th>
            <th scope="col">Tasks</th>
            <th scope="col" class="detail-cell">Type</th>
          </tr>
        </thead>
        <tbody>
          ${runs.map(
            ({ run, risk: runRisk, progress, timing }) =>
              html`<tr>
                <td class="number level-text-${riskLevel(runRisk).name}">${formatRisk(runRisk)}</td>
                <th scope="row"><code>${run.runId}</code></th>
                <td>${describeStage(run, now)}</td>
                <td>${timing === null ? '–' : describeEnd(timing, now)} ${lateBadge(timing)}</td>
                <td>
                  ${progress?.doneTasks ?? 0} of ${risk.dag.taskCount}
                  done${
                    progress !== undefined &&
                    progress.failedTasks.length > 0 &&
                    html`, <span class="outcome outcome-failed">✕ ${progress.failedTasks.join(', ')}</span>`
                  }
                </td>
                <td class="detail-cell">${run.runType ?? '–'}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function lastRuns(risk: DagRisk, now: UnixSeconds): Html {
  const { outcomes } = risk.dag;
  return html`<section>
    <h2>Last runs</h2>
    ${outcomeStrip(outcomes, risk.risk, now)}
    <p class="strip-text">${summariseOutcomes(outcomes, now)}</p>
    ${
      outcomes.length > 0 &&
      html`<div class="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">Outcome</th>
              <th scope="col">Run</th>
              <th scope="col">Ended</th>
              <th scope="col" class="detail-cell">Took</th>
            </tr>
          </thead>
          <tbody>
            ${[...outcomes].reverse().map(
              (run) =>
                html`<tr>
                  <td>
                    <span class="outcome outcome-${run.failed ? 'failed' : 'success'}"
                      >${run.failed ? '✕ failed' : '✓ success'}</span
                    >
                  </td>
                  <th scope="row"><code>${run.runId}</code></th>
                  <td>${when(run.endedAt, now)}</td>
                  <td class="detail-cell">
                    ${run.startedAt === null || run.endedAt === null ? '–' : formatDuration(run.endedAt - run.startedAt)}
                  </td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
    }
  </section>`;
}

function facts(risk: DagRisk, now: UnixSeconds): Html {
  const { dag } = risk;
  const entries: (readonly [string, HtmlValue])[] = [
    ['Deployment', dag.deployment],
    ['Schedule', dag.schedule ?? 'none known'],
    ['Next run due', when(dag.nextDueAt, now)],
    ['Usual interval', dag.usualIntervalSeconds === null ? '–' : formatDuration(dag.usualIntervalSeconds)],
    ['Usual duration', risk.usualDurationSeconds === null ? '–' : formatDuration(risk.usualDurationSeconds)],
    ['Owners', dag.owners.length === 0 ? '–' : dag.owners.join(', ')],
    ['Tags', dag.tags.length === 0 ? '–' : dag.tags.map((tag) => html`<span class="badge">${tag}</span> `)],
  ];
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

export function renderDagPage(
  context: PageContext,
  board: ScoreBoard,
  risk: DagRisk,
  explained: DagExplanation | undefined,
  failures: readonly ExplainedFailure[],
  isInAirflow: boolean,
): string {
  const now = board.asOf;
  const { dagId, deployment } = risk.dag;
  return renderLayout(
    context,
    risk.dag.dagId,
    html`<p class="crumb">
        <a href="/">Overview</a
        >${isInAirflow && html` · <a href="${airflowPath(dagId, deployment)}" rel="noreferrer">In Airflow</a>`}
      </p>
      <h1 class="dag-title">${risk.dag.dagId}</h1>
      <p class="line">${stageLine(risk, now)}</p>
      <div class="hero level-edge-${riskLevel(risk.risk).name}">
        ${riskBlock(risk.risk, explained)} ${facts(risk, now)}
      </div>
      ${suggestionLine(mainSuggestion(explained, riskiestTask(risk)))} ${reasons(risk, explained)}
      ${riskiest(risk, explained)} ${timingSection(risk.timing, now)} ${activeRunTable(risk, now)}
      ${failureList(failures, now)} ${tasks(risk, explained)} ${lastRuns(risk, now)}`,
  );
}

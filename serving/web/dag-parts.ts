/** What the overview and the page of one DAG both show of it. */
import type { UnixSeconds } from '../../core/facts.js';
import type { DagRunSubject } from '../../features/types.js';
import { activeRuns, progressOf, type DagExplanation, type DagRisk, type TaskRisk } from '../live/board.js';
import {
  compareWithUsual,
  formatCount,
  formatDuration,
  formatRelative,
  formatRisk,
  formatTime,
  riskLevel,
} from './format.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import { riskBar } from './strip.js';

/** `Running for 12 min`, `Queued for 40 s`, `Next run in 2 h`. */
export function describeStage(run: DagRunSubject, now: UnixSeconds): string {
  if (run.stage === 'planned') {
    if (run.runAfter === null) return 'Next run not scheduled';
    return run.runAfter < now
      ? `Next run was due ${formatRelative(run.runAfter, now)}`
      : `Next run ${formatRelative(run.runAfter, now)}`;
  }
  const since = run.stage === 'queued' ? (run.queuedAt ?? run.startedAt) : run.startedAt;
  const word = run.stage === 'queued' ? 'Queued' : run.stage === 'retrying' ? 'Retrying' : 'Running';
  return since === null ? word : `${word} for ${formatDuration(now - since)}`;
}

export function when(time: UnixSeconds | null, now: UnixSeconds): HtmlValue {
  return time === null ? '–' : html`<span title="${formatTime(time)}">${formatRelative(time, now)}</span>`;
}

export function stageLine(risk: DagRisk, now: UnixSeconds): Html {
  const { dag, run } = risk;
  const going = activeRuns(risk);
  const time = run.stage === 'planned' ? run.runAfter : (run.startedAt ?? run.queuedAt);
  const usual: HtmlValue =
    run.stage === 'planned'
      ? dag.usualIntervalSeconds !== null &&
        html` <span class="faint">· every ${formatDuration(dag.usualIntervalSeconds)}</span>`
      : risk.usualDurationSeconds !== null &&
        html` <span class="faint">· usually ${formatDuration(risk.usualDurationSeconds)}</span>`;
  const progress = progressOf(risk);
  return html`<span class="stage stage-${run.stage}"
    ><span title="${time === null ? '' : formatTime(time)}">${describeStage(run, now)}</span>${usual}${
      progress !== null &&
      dag.taskCount > 0 &&
      html` <span class="faint">· ${progress.doneTasks} of ${formatCount(dag.taskCount, 'task')} done</span>`
    }${going > 1 && html` <span class="faint">· riskiest of ${going} runs</span>`}</span
  >`;
}

/** The number, its word, its bar, and how it stands against the usual one. */
export function riskBlock(risk: number, explained: DagExplanation | undefined): Html {
  const level = riskLevel(risk);
  const usual = explained?.explanation.usualRisk ?? null;
  return html`<div class="risk level-text-${level.name}">
    <span class="risk-number">${formatRisk(risk)}</span>
    <span class="risk-word">${level.text}</span>
    ${riskBar(risk, usual)}
    ${usual !== null && html`<span class="risk-usual">${compareWithUsual(risk, usual)}</span>`}
  </div>`;
}

/** `running, try 2`, `queued`, `failed in this run`, `3 instances`. */
export function describeTask(task: TaskRisk, risk: DagRisk): string {
  const words: string[] = [describeTaskStage(task, risk)];
  if (task.tryNumber > 1) words.push(`try ${task.tryNumber}`);
  if (task.mapIndex >= 0 && task.stage !== 'planned') words.push(`map index ${task.mapIndex}`);
  if (task.instances > 1) words.push(`riskiest of ${formatCount(task.instances, 'instance')}`);
  return words.join(', ');
}

function describeTaskStage(task: TaskRisk, risk: DagRisk): string {
  if (task.stage !== 'planned') return task.stage;
  const progress = progressOf(risk);
  if (task.runId !== null || progress === null) return 'not started';
  return progress.failedTasks.includes(task.taskId)
    ? 'failed in this run; risk of the next'
    : 'done; risk of the next run';
}

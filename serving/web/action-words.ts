/** Actions in words, and what they are about. */
import { html, type HtmlValue } from '../../core/html.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { ActionState } from '../../core/action-terms.js';
import type { DeskAction } from '../action-desk.js';
import { FAILURE_WORDS } from './failure-list.js';
import { formatRelative } from './format.js';
import { dagPath } from './page-context.js';

const CAUSES: Readonly<Record<string, string>> = {
  ...FAILURE_WORDS,
  starving_pool: 'a pool without free slots',
  shared_outage: 'an outage of several DAGs',
};

/** What an action is for: words of a failure, or of what is wrong with a pool. */
export function causeWords(cause: string): string {
  return CAUSES[cause] ?? cause.replaceAll('_', ' ');
}

export interface StateWords {
  readonly text: string;
  /** Class of the style sheet. */
  readonly tone: 'wait' | 'good' | 'bad' | 'calm';
}

const STATES: Readonly<Record<Exclude<ActionState, 'approved' | 'done'>, StateWords>> = {
  recommended: { text: 'left to its owner', tone: 'calm' },
  held_out: { text: 'left alone, to compare', tone: 'calm' },
  shadowed: { text: 'only recorded', tone: 'calm' },
  suggested: { text: 'suggested', tone: 'calm' },
  proposed: { text: 'waits for a decision', tone: 'wait' },
  rejected: { text: 'rejected', tone: 'calm' },
  calling: { text: 'Airflow is asked', tone: 'wait' },
  refused: { text: 'refused', tone: 'bad' },
};

export function stateWords(
  { state, helped, dueAt, expiresAt, follows }: DeskAction,
  now: UnixSeconds,
): StateWords {
  if (state === 'approved')
    return {
      text: dueAt > now ? `approved, called ${formatRelative(dueAt, now)}` : 'approved, called at once',
      tone: 'wait',
    };
  if (state !== 'done') return STATES[state];
  if (helped === null && expiresAt !== null && expiresAt > now)
    return { text: `done, taken back ${formatRelative(expiresAt, now)}`, tone: 'wait' };
  if (helped === null)
    return { text: follows === null ? 'done, its effect is awaited' : 'done', tone: 'calm' };
  return helped ? { text: 'done, it helped', tone: 'good' } : { text: 'done, it did not help', tone: 'bad' };
}

/** The DAG with its run, or the pool; of a trigger, the DAG that is started, and for which. */
export function subjectLine(action: DeskAction): HtmlValue {
  const { dagId, targetDagId, deployment } = action;
  if (targetDagId === null || targetDagId === dagId) return aboutLine(action);
  return html`<a href="${dagPath(targetDagId, deployment)}">${targetDagId}</a> for ${aboutLine(action)}`;
}

function aboutLine({ dagId, runId, pool, deployment }: DeskAction): HtmlValue {
  if (pool !== null) return html`<code>${pool}</code>`;
  if (dagId === null) return deployment;
  return html`<a href="${dagPath(dagId, deployment)}">${dagId}</a>${
      runId !== null && html` <span class="faint run-id">${runId}</span>`
    }`;
}

/** Reasons and suggestions as the pages show them. */
import type { Suggestion } from '../../features/suggestions.js';
import type { DagRisk, Reason, SubjectExplanation, TaskRisk } from '../live/board.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import { mainReasons, usualReason } from '../live/main-reasons.js';
import { pushBar } from './strip.js';

/** Reasons that push less than this change no decision. */
const NOTABLE_LOG_ODDS = 0.05;

/** Text with the ids in it (between backticks) set as code. */
export function words(text: string): HtmlValue {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** A list of the main reasons, or a line that there are none. */
export function reasonList(explained: SubjectExplanation | undefined): HtmlValue {
  if (explained === undefined) return null;
  const reasons = mainReasons(explained);
  return reasons.length === 0
    ? html`<p class="line faint">Nothing unusual stands out.</p>`
    : html`<ul class="reasons">
        ${reasons.map((text) => html`<li>${words(text)}</li>`)}
      </ul>`;
}

/** Every reason with how strongly it pushes, up or down. */
export function reasonTable(explained: SubjectExplanation | undefined, of: string): Html {
  const notable = (explained?.reasons ?? []).filter(({ logOdds }) => Math.abs(logOdds) >= NOTABLE_LOG_ODDS);
  const scale = Math.max(0, ...notable.map(({ logOdds }) => Math.abs(logOdds)));
  const usual = explained === undefined ? null : usualReason(explained);
  return notable.length === 0 && usual === null
    ? html`<p class="faint">Nothing stands out: the risk is what is usual for this ${of}.</p>`
    : html`<ul class="pushes">
        ${notable.map((reason) => pushRow(reason, scale))}
        ${usual !== null && html`<li><span>${words(usual.text)}</span></li>`}
      </ul>`;
}

function pushRow({ text, logOdds }: Reason, scale: number): Html {
  return html`<li>
    <span>${words(text)}</span>
    ${pushBar(logOdds, scale)}
    <span class="faint">${logOdds > 0 ? 'raises' : 'lowers'} the risk</span>
  </li>`;
}

/** What may be done; nothing when nothing fits. */
export function suggestionLine(suggestion: Suggestion | null | undefined): HtmlValue {
  return (
    suggestion != null && html`<p class="suggestion"><b>Try:</b> <span>${words(suggestion.text)}</span></p>`
  );
}

/** A remark for subjects without much history of their own. */
export function thinNote({ isThin }: Pick<TaskRisk | DagRisk, 'isThin'>): HtmlValue {
  return isThin && html`<p class="line faint">Thin evidence: it has hardly a history of its own yet.</p>`;
}

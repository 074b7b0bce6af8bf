/** What acting was worth, in sentences. */
import { ACTION_VERBS } from '../../core/action-terms.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import type { DeskEffect, DeskValueLine } from '../action-desk.js';
import { causeWords } from './action-words.js';
import { formatCount, formatShare } from './format.js';

/** `0.35`, `-0.1`, `12`: two digits after the point at most. */
function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = value.toFixed(digits);
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short === '-0' ? '0' : short.replace('-', '−');
}

const interval = ({ low, high }: DeskEffect): string => `${figure(low)} to ${figure(high)}`;

/** What an interval allows to say. */
function verdict({ low, high }: DeskEffect): string {
  if (low > 0) return 'Acting helps.';
  return high < 0 ? 'Acting harms.' : 'That may be chance.';
}

function outcomes({ treated, heldOut }: DeskValueLine): string {
  const arm = ({ failed, known }: DeskValueLine['treated']): string =>
    `${failed.toLocaleString('en-US')} (${formatShare(failed / known)})`;
  const parts = [
    treated.known > 0 && `of ${formatCount(treated.known, 'treated incident')}, ${arm(treated)} failed`,
    heldOut.known > 0 && `of ${heldOut.known.toLocaleString('en-US')} left alone, ${arm(heldOut)} did`,
  ].filter((part) => part !== false);
  const text = parts.join('; ');
  return text === ''
    ? 'No drawn incident has ended yet.'
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function effects(line: DeskValueLine): HtmlValue {
  const { failuresAvoided, minutesSaved, total } = line;
  if (failuresAvoided === null) return html`<span class="faint">Too little is known to compare.</span>`;
  return html`Failures avoided per incident: <b>${figure(failuresAvoided.estimate)}</b> (95 % interval
    ${interval(failuresAvoided)})${
      total.failuresAvoided !== null &&
      html`, in all ${figure(total.failuresAvoided.estimate)} (${interval(total.failuresAvoided)})`
    }.
    ${verdict(failuresAvoided)}
    ${
      minutesSaved !== null &&
      html`Minutes saved per incident: <b>${figure(minutesSaved.estimate)}</b> (${interval(minutesSaved)}).
        ${verdict(minutesSaved)}`
    }`;
}

function titleOf({ kind, cause }: DeskValueLine): string {
  const about = cause === null ? '' : ` (${causeWords(cause)})`;
  return `${kind === null ? '' : ACTION_VERBS[kind]}${about}`;
}

/** By intention to treat: every drawn incident counts in the arm that it was drawn into. */
export function valueSection(value: readonly DeskValueLine[]): Html {
  const all = value.find(({ kind, cause }) => kind === null && cause === null);
  const single = value.filter(({ kind, cause }) => kind !== null && cause !== null);
  return html`<section>
    <h2>What acting was worth</h2>
    ${
      all === undefined
        ? html`<p class="calm">
            Nothing has been measured: no incident that could be acted on has been drawn yet. In the modes
            <code>approve</code> and <code>automatic</code> a share is left alone, to compare with.
          </p>`
        : html`<div class="calm value">
            <p>${outcomes(all)} ${effects(all)}</p>
            ${
              single.length > 1 &&
              html`<ul>
                ${single.map(
                  (line) => html`<li><b>${titleOf(line)}:</b> ${outcomes(line)} ${effects(line)}</li>`,
                )}
              </ul>`
            }
          </div>`
    }
  </section>`;
}

/** "Last month, replayed": the threshold, and the warnings and misses by name. */
import { duration } from '../../../features/words.js';
import { html, type Html, type HtmlValue } from '../../../core/html.js';
import type { ListedMiss, ListedWarning, ReplayReport } from '../replay-report.js';
import { formatCount, formatDate, formatNumber, formatShare, formatTime } from './formats.js';
import { spanWords } from './headline.js';

/** Where the threshold comes from, in one sentence. */
export function thresholdSentence(replay: ReplayReport): string {
  const risk = formatShare(replay.warn_at);
  const perDay = replay.warnings_per_day;
  switch (replay.warn_at_source) {
    case 'given':
      return `ORC warns when the risk of a DAG reaches ${risk}, as asked for.`;
    case 'budget':
      return `ORC warns when the risk of a DAG reaches ${risk}: the lowest threshold that had kept within ${rateWords(perDay!)} before this time.`;
    case 'incidents':
      return `ORC warns when the risk of a DAG reaches ${risk}: the lowest threshold that had brought no more warnings than there were incidents before this time (${rateWords(perDay!)}).`;
    case 'fallback':
      return `ORC warns when the risk of a DAG reaches ${risk}: there is too little history before this time to choose a threshold by it.`;
  }
}

/** `3 warnings a day`, `1 warning every 4 days`. */
function rateWords(perDay: number): string {
  if (perDay >= 0.95)
    return `${perDay < 10 ? Number(perDay.toFixed(1)) : formatNumber(perDay)} warnings a day`;
  return `one warning every ${duration(86_400 / Math.max(perDay, 1e-6))}`;
}

function list(reasons: readonly string[]): HtmlValue {
  return reasons.length === 0
    ? html`<span class="faint">nothing out of the ordinary</span>`
    : html`<ul>
        ${reasons.map((reason) => html`<li>${reason}</li>`)}
      </ul>`;
}

function subject(one: {
  readonly deployment: string;
  readonly dag_id: string;
  readonly run_id: string;
}): Html {
  const place = one.deployment === 'default' ? '' : `${one.deployment} · `;
  return html`<b>${one.dag_id}</b><br /><span class="faint small">${place}${one.run_id}</span>`;
}

function warningRow(one: ListedWarning): Html {
  const lead = one.lead_seconds;
  return html`<tr>
    <td class="time">${formatTime(one.at)}</td>
    <td class="name">${subject(one)}</td>
    <td class="number">${formatShare(one.risk)}<br /><span class="faint small">${one.stage}</span></td>
    <td>
      ${
        lead === null
          ? html`<span class="bad">✗ no failure</span>`
          : html`<span class="good">✓ failed ${lead < 1 ? 'at once' : `${duration(lead)} later`}</span>`
      }
    </td>
    <td>${list(one.reasons)}</td>
  </tr>`;
}

function missRow(one: ListedMiss): Html {
  return html`<tr>
    <td class="time">${formatTime(one.failed_at)}</td>
    <td class="name">${subject(one)}</td>
    <td class="number">
      ${formatShare(one.highest_risk)}<br /><span class="faint small">${one.stage}</span>
    </td>
    <td>${list(one.reasons)}</td>
  </tr>`;
}

function more(total: number, listed: number): HtmlValue {
  return (
    total > listed &&
    html`<p class="faint small">The latest ${formatNumber(listed)} of ${formatNumber(total)} are listed.</p>`
  );
}

function tradeoff(replay: ReplayReport): HtmlValue {
  if (replay.tradeoff.length < 2) return null;
  return html`<h3 class="next">Other thresholds, ${spanWords(replay.days).toLowerCase()}</h3>
    <p class="small faint">
      Warn less often and be right more often, or catch more. The line in bold is the one used here.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>warn at a risk of</th>
            <th class="number">warnings</th>
            <th class="number">right</th>
            <th class="number">precision</th>
            <th class="number">missed</th>
            <th class="number">warned of</th>
            <th class="number">median lead</th>
          </tr>
        </thead>
        <tbody>
          ${replay.tradeoff.map(
            (one) =>
              html`<tr class="${one.warn_at === replay.warn_at ? 'chosen' : ''}">
                <td>${formatShare(one.warn_at)}</td>
                <td class="number">${formatNumber(one.warnings)}</td>
                <td class="number">${formatNumber(one.right)}</td>
                <td class="number">${formatShare(one.precision)}</td>
                <td class="number">${formatNumber(one.missed)}</td>
                <td class="number">${formatShare(one.recall)}</td>
                <td class="number">
                  ${one.lead_seconds_median === null ? '–' : duration(one.lead_seconds_median)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** The threshold, and what others would have meant. */
export function thresholdSection(replay: ReplayReport): Html {
  return html`<section>
    <h2>When it warns</h2>
    <p>${thresholdSentence(replay)}</p>
    <p class="small faint">
      One warning per incident: an incident is opened by a warning or by a failed run, goes on while runs of
      that DAG fail, and is closed by a success. A warning is right when a run of its DAG fails before that.
      Over the whole tested part, ${formatDate(replay.tested.from)} to ${formatDate(replay.tested.to)}, this
      threshold means ${formatCount(replay.tested.warnings, 'warning')}, ${formatNumber(replay.tested.right)}
      right, and ${formatNumber(replay.tested.missed)} missed.
    </p>
    ${tradeoff(replay)}
  </section>`;
}

/** Warnings and misses by name, the latest first. */
export function listSection(replay: ReplayReport): Html {
  const { warnings, missed } = replay.listed;
  return html`<section>
    <h2>${spanWords(replay.days)}, replayed by name</h2>
    <p class="small faint">
      ${formatDate(replay.from)} to ${formatDate(replay.to)}; times are UTC. Reasons are what raised the risk
      above its usual level.
    </p>
    <h3>${formatCount(replay.warnings, 'warning')}</h3>
    ${
      warnings.length === 0
        ? html`<p class="faint">None.</p>`
        : html`<div class="scroll">
            <table>
              <thead>
                <tr>
                  <th>when</th>
                  <th>DAG and run</th>
                  <th class="number">risk</th>
                  <th>then</th>
                  <th>because</th>
                </tr>
              </thead>
              <tbody>
                ${[...warnings].reverse().map(warningRow)}
              </tbody>
            </table>
          </div>`
    }
    ${more(replay.warnings, warnings.length)}
    <h3 class="next">${formatNumber(replay.missed)} missed</h3>
    ${
      missed.length === 0
        ? html`<p class="faint">
            ${replay.right === 0 ? 'No DAG began to fail.' : 'Each new failure had a warning before it.'}
          </p>`
        : html`<p class="small faint">
              Failures that opened an incident, with the highest risk shown before them.
            </p>
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th>failed</th>
                    <th>DAG and run</th>
                    <th class="number">highest risk</th>
                    <th>what raised it</th>
                  </tr>
                </thead>
                <tbody>
                  ${[...missed].reverse().map(missRow)}
                </tbody>
              </table>
            </div>`
    }
    ${more(replay.missed, missed.length)}
  </section>`;
}

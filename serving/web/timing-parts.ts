/** When a run is expected to end, and whether that is in time: in words and as a small picture. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Deadline } from '../../model/intervals/deadlines.js';
import type { PoolRisk } from '../../model/intervals/pool-fold.js';
import type { RunTiming } from '../../model/intervals/timing-fold.js';
import { formatDuration, formatRelative, formatRisk, formatTime, riskLevel } from './format.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';

/** From this risk on, lateness is pointed out on the overview. */
export const NOTABLE_LATE_RISK = 0.2;
/** How far beyond the likely span the picture reaches at most, in spans: a distant deadline would squeeze everything else. */
const MOST_SPANS_BEYOND = 2;

/** `Ends in 12 min (8 min to 25 min)`; `about`, where both ends are the same. */
export function describeEnd({ endQuantiles }: RunTiming, now: UnixSeconds): Html {
  const [low, middle, high] = endQuantiles;
  const from = formatDuration(low - now);
  const to = formatDuration(high - now);
  const span = from === to ? '' : ` (${from} to ${to})`;
  return html`<span title="80 %: ${formatTime(low)} to ${formatTime(high)}"
    >Ends ${formatRelative(Math.max(now, middle), now)}${span}</span
  >`;
}

/** `34% late risk`, once it is worth a word. */
export function lateBadge(timing: RunTiming | null): HtmlValue {
  if (timing?.lateRisk == null || timing.lateRisk < NOTABLE_LATE_RISK) return null;
  return html`<span class="badge badge-late level-text-${riskLevel(timing.lateRisk).name}"
    >⏱ ${formatRisk(timing.lateRisk)} late</span
  >`;
}

/** One line for cards: the expected end and, where it matters, the risk of lateness. */
export function endLine(timing: RunTiming | null, now: UnixSeconds): HtmlValue {
  if (timing === null) return null;
  return html`<p class="line">${describeEnd(timing, now)} ${lateBadge(timing)}</p>`;
}

const DEADLINE_WORDS = {
  configured: 'configured',
  airflow: "Airflow's own",
  learnt: 'learnt from earlier runs',
} as const satisfies Record<Deadline['source'], string>;

function describeDeadline({ deadline }: RunTiming, now: UnixSeconds): HtmlValue {
  if (deadline === null) return html`<span class="faint">none set, and too few runs to learn one</span>`;
  const source = DEADLINE_WORDS[deadline.source];
  return html`<span title="${formatTime(deadline.at)}">${formatRelative(deadline.at, now)}</span>
    <span class="badge">${source}</span>`;
}

/** The span from 0.1 to 0.9 with its median and the deadline, from now on to the right. */
export function endBar({ endQuantiles, deadline }: RunTiming, now: UnixSeconds): Html {
  const [low, middle, high] = endQuantiles;
  const from = Math.min(now, low);
  const furthest = high + MOST_SPANS_BEYOND * Math.max(1, high - from);
  const to = Math.max(high, Math.min(furthest, deadline?.at ?? high)) + 1;
  const place = (time: UnixSeconds): number => Math.max(0, Math.min(99, (100 * (time - from)) / (to - from)));
  const width = Math.max(1, place(high) - place(low));
  const label = `Ends between ${formatTime(low)} and ${formatTime(high)}${deadline === null ? '' : `, deadline ${formatTime(deadline.at)}`}`;
  return html`<svg
    class="end-bar"
    viewBox="0 0 100 12"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <rect class="bar-track" y="4" width="100" height="4" />
    <rect class="end-span" x="${place(low).toFixed(1)}" y="2" width="${width.toFixed(1)}" height="8" />
    <rect class="bar-usual" x="${place(middle).toFixed(1)}" y="1" width="0.8" height="10" />
    ${
      deadline !== null &&
      deadline.at <= to &&
      html`<rect class="end-deadline" x="${place(deadline.at).toFixed(1)}" width="0.8" height="12" />`
    }
  </svg>`;
}

/** The section of a DAG's page. */
export function timingSection(timing: RunTiming | null, now: UnixSeconds): HtmlValue {
  if (timing === null) return null;
  const { lateRisk, evidenceRuns } = timing;
  const entries: (readonly [string, HtmlValue])[] = [
    ['Expected end', describeEnd(timing, now)],
    ['Deadline', describeDeadline(timing, now)],
    [
      'Risk of being late',
      lateRisk === null
        ? '–'
        : html`<span class="level-text-${riskLevel(lateRisk).name}">${formatRisk(lateRisk)}</span>`,
    ],
    ['Rests on', evidenceRuns >= 32 ? 'its last 32 runs and more' : `${evidenceRuns} earlier runs`],
  ];
  return html`<section>
    <h2>When it ends</h2>
    ${endBar(timing, now)}
    <dl class="facts">
      ${entries.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

/** Pools shown, those likeliest to be full first. */
const POOLS_SHOWN = 5;

/** Pools that are likely to be full within the hour. */
export function poolSection(pools: readonly PoolRisk[], deployment: string): HtmlValue {
  const likely = pools
    .filter((pool) => pool.risk >= NOTABLE_LATE_RISK && (deployment === '' || pool.deployment === deployment))
    .sort((a, b) => b.risk - a.risk)
    .slice(0, POOLS_SHOWN);
  if (likely.length === 0) return null;
  return html`<section>
    <h2>Pools</h2>
    <ul class="reasons">
      ${likely.map(
        ({ pool, slots, occupiedSlots, risk }) =>
          html`<li>
            <code>${pool}</code>
            ${
              occupiedSlots >= slots
                ? html`is full: all ${slots} slots taken`
                : html`is full within the hour with
                    <b class="level-text-${riskLevel(risk).name}">${formatRisk(risk)}</b>: ${occupiedSlots} of
                    ${slots} slots taken`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}

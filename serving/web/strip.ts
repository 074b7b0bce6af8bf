/** Small pictures as inline SVG: outcomes of the last runs, a risk on a scale. Widths are attributes, so the CSP needs no inline style. */
import type { UnixSeconds } from '../../core/facts.js';
import { OUTCOMES_KEPT, type RunOutcome } from '../live/dag-state.js';
import { formatDuration, formatRelative, formatRisk, formatRoughly, riskLevel } from './format.js';
import { html, type Html } from '../../core/html.js';

const PITCH = 7;
const BAR = 5;
const HEIGHT = 24;
const SUCCESS_HEIGHT = 10;

function outcomeTitle(outcome: RunOutcome, now: UnixSeconds): string {
  const parts = [outcome.failed ? 'Failed' : 'Succeeded'];
  if (outcome.endedAt !== null) parts.push(formatRelative(outcome.endedAt, now));
  if (outcome.endedAt !== null && outcome.startedAt !== null) {
    parts.push(`after ${formatDuration(outcome.endedAt - outcome.startedAt)}`);
  }
  return `${parts.join(' ')} – ${outcome.runId}`;
}

/** `4 of last 30 runs failed, latest 2 h ago` */
export function summariseOutcomes(outcomes: readonly RunOutcome[], now: UnixSeconds): string {
  const count = outcomes.length;
  if (count === 0) return 'No finished run yet';
  const failed = outcomes.filter((outcome) => outcome.failed);
  const last = failed.at(-1);
  if (last === undefined) return count === 1 ? 'The last run succeeded' : `None of last ${count} runs failed`;
  const latest = last.endedAt === null ? '' : `, latest ${formatRoughly(now - last.endedAt)} ago`;
  if (count === 1) return 'The last run failed';
  const which = failed.length === count ? `All of last ${count}` : `${failed.length} of last ${count}`;
  return `${which} runs failed${latest}`;
}

/**
 * One bar per run, the newest at the right: short for a success, tall for a failure, so that colour is not needed to tell
 * them apart; then, outlined, the run that the risk is of, filled up to its risk.
 */
export function outcomeStrip(outcomes: readonly RunOutcome[], risk: number, now: UnixSeconds): Html {
  const shown = outcomes.slice(-OUTCOMES_KEPT);
  const offset = (OUTCOMES_KEPT - shown.length) * PITCH;
  const width = (OUTCOMES_KEPT + 1) * PITCH + 4;
  const bars = shown.map((outcome, index) => {
    const height = outcome.failed ? HEIGHT : SUCCESS_HEIGHT;
    return html`<rect
      class="${outcome.failed ? 'bar-failed' : 'bar-success'}"
      x="${offset + index * PITCH}"
      y="${HEIGHT - height}"
      width="${BAR}"
      height="${height}"
      rx="1"
    >
      <title>${outcomeTitle(outcome, now)}</title>
    </rect>`;
  });
  const nextX = OUTCOMES_KEPT * PITCH + 3;
  const filled = Math.max(1, Math.round(risk * HEIGHT));
  return html`<svg
    class="strip"
    viewBox="0 0 ${width} ${HEIGHT}"
    width="${width}"
    height="${HEIGHT}"
    role="img"
    aria-label="${summariseOutcomes(outcomes, now)}"
  >
    ${bars}
    <rect
      class="bar-next level-${riskLevel(risk).name}"
      x="${nextX}"
      y="${HEIGHT - filled}"
      width="6"
      height="${filled}"
    >
      <title>Current or next run: ${formatRisk(risk)} risk</title>
    </rect>
    <rect class="bar-outline" x="${nextX + 0.5}" y="0.5" width="5" height="${HEIGHT - 1}" rx="1" />
  </svg>`;
}

/** The risk from 0 to 100 %, with a mark at the usual one. */
export function riskBar(risk: number, usual: number | null): Html {
  const label =
    usual === null ? `Risk ${formatRisk(risk)}` : `Risk ${formatRisk(risk)}, usually ${formatRisk(usual)}`;
  const width = Math.max(0.8, risk * 100).toFixed(1);
  return html`<svg
    class="risk-bar"
    viewBox="0 0 100 8"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <rect class="bar-track" width="100" height="8" />
    <rect class="bar-fill level-${riskLevel(risk).name}" width="${width}" height="8" />
    ${usual !== null && html`<rect class="bar-usual" x="${Math.min(99, usual * 100).toFixed(1)}" width="1" height="8" />`}
  </svg>`;
}

/** How strongly one reason pushes: to the right raises the risk, to the left lowers it. `scale` is the strongest push. */
export function pushBar(logOdds: number, scale: number): Html {
  const width = scale === 0 ? 0 : Math.max(1, (Math.abs(logOdds) / scale) * 50);
  return html`<svg class="push-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="bar-track" width="100" height="8" />
    <rect
      class="${logOdds > 0 ? 'push-up' : 'push-down'}"
      x="${(logOdds > 0 ? 50 : 50 - width).toFixed(1)}"
      width="${width.toFixed(1)}"
      height="8"
    />
    <rect class="bar-usual" x="49.5" width="1" height="8" />
  </svg>`;
}

/** The report as one HTML page that needs nothing else: no network, no script. */
import { Html, html, type HtmlValue } from '../../../core/html.js';
import type { PageData } from '../page-data.js';
import { beforeChart } from './before-chart.js';
import { curveChart } from './curve-chart.js';
import { dagSection } from './dag-table.js';
import { figuresSection } from './figures-section.js';
import { formatCount, formatDate, formatNumber, formatShare } from './formats.js';
import { qualitySentences, replaySentence, tiles } from './headline.js';
import { leadChart } from './lead-chart.js';
import { reliabilityChart } from './reliability-chart.js';
import { replaySection } from './replay-section.js';
import { STYLE } from './style.js';

function figure(title: string, text: string, content: HtmlValue): Html {
  return html`<figure>
    <h3>${title}</h3>
    <p class="faint small">${text}</p>
    ${content}
  </figure>`;
}

const nothing = (text: string): Html => html`<p class="faint">${text}</p>`;

function rankingSection({ curves, report }: PageData): Html {
  const { all, onset } = report.subsets;
  const of = (name: 'all' | 'onset'): HtmlValue =>
    curves[name].model.length === 0
      ? nothing('No try failed here: there is no curve to draw.')
      : curveChart(name, curves[name], report.subsets[name]);
  return html`<section>
    <h2>Does it rank the failures first?</h2>
    <p class="faint small">
      Warn of the riskiest tries first: how many failures are caught, and how many of the warnings are right. The numbers below are
      average precision, the area under the curve.
    </p>
    <div class="pair">
      ${figure('All tries', `${formatNumber(all.rows)} tries, ${formatShare(all.rows === 0 ? null : all.failures / all.rows)} failed. Easy where failures go on: what is broken stays broken.`, of('all'))}
      ${figure('Onset', `${formatNumber(onset.rows)} tries whose task had succeeded the last time, ${formatShare(onset.rows === 0 ? null : onset.failures / onset.rows)} failed: the failures that nobody sees coming.`, of('onset'))}
    </div>
  </section>`;
}

function riskSection({ reliability, leads, before, report }: PageData): Html {
  const { replay } = report;
  const incidents = formatCount(before.incidents, 'incident');
  return html`<section>
    <h2>Can its percentages be trusted, and does it warn in time?</h2>
    <div class="pair">
      ${figure('Reliability', 'Of tries with a risk of 30 %, 30 % should fail: points on the dotted line. Bars and numbers tell how many tries each point stands for (logarithmic).', reliabilityChart(reliability))}
      ${figure('Lead time', `Time from the first moment the risk reached ${formatShare(replay.warn_at)} (run planned, queued or running) to the first task that failed for good; ${formatCount(leads.length, 'right warning')} of the whole tested part.`, leads.length === 0 ? nothing('No warning was right: there is no lead time to draw.') : leadChart(leads))}
      ${figure('Risk before real incidents', `The latest risk shown for a DAG before it began to fail; line: median of ${incidents} of the tested part, band: the middle half. “Usual”: the median over runs that succeeded.`, before.points.length === 0 ? nothing('No incident in the tested part.') : beforeChart(before, replay.warn_at))}
    </div>
  </section>`;
}

/** The whole document. */
export function renderPage(data: PageData): string {
  const { report } = data;
  const { replay, rows } = report;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
<title>ORC AI backtest, ${formatDate(replay.to)}</title>
<style>${new Html(STYLE)}</style>
</head>
<body><main>
<p class="eyebrow">ORC AI · backtest on your own history</p>
<h1>${replaySentence(replay)}</h1>
<p class="lead">${qualitySentences(report)}</p>
<p class="faint small">
  Learnt from ${formatCount(rows.train, 'try', 'tries')}, tested on the ${formatNumber(rows.test)} after them
  (${formatDate(replay.tested.from)} to ${formatDate(replay.tested.to)}), each scored with what was known at its time.
  ${report.parameters.reason !== null && html`The historical rate answers for ORC: ${report.parameters.reason}.`}
</p>
${tiles(replay)}
${replaySection(replay)}
${rankingSection(data)}
${riskSection(data)}
${figuresSection(report)}
${dagSection(data.dags, formatDate(replay.tested.from), formatDate(replay.tested.to))}
<footer>Model ${report.model_version}. Average precision as in scikit-learn; expected calibration error over 15 equal bins; the same figures as
<code>orc backtest --json</code>.</footer>
</main></body>
</html>
`;
  return page.text;
}

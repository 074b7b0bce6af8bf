/** The report as one HTML page that needs nothing else: no network, no script. */
import { Html, html, type HtmlValue } from '../../../core/html.js';
import type { PageData } from '../page-data.js';
import type { SubsetReport } from '../report.js';
import { beforeChart } from './before-chart.js';
import { curveChart } from './curve-chart.js';
import { dagSection } from './dag-table.js';
import { figuresSection } from './figures-section.js';
import { formatCount, formatDate, formatNumber, formatShare } from './formats.js';
import { qualitySentences, replaySentence, tiles } from './headline.js';
import { latenessSection } from './lateness-section.js';
import { leadChart } from './lead-chart.js';
import { reliabilityChart } from './reliability-chart.js';
import { listSection, thresholdSection } from './replay-section.js';
import { STYLE } from './style.js';

function figure(title: string, text: string, content: HtmlValue): Html {
  return html`<figure>
    <h3>${title}</h3>
    <p class="faint small">${text}</p>
    ${content}
  </figure>`;
}

const nothing = (text: string): Html => html`<p class="faint">${text}</p>`;

function timeSection({ leads, before, report }: PageData): Html {
  const { replay } = report;
  const incidents = formatCount(before.incidents, 'incident');
  const atRisk = formatShare(replay.warn_at);
  return html`<section>
    <h2>Does it warn in time?</h2>
    <p class="faint small">
      Over the whole tested part, ${formatDate(replay.tested.from)} to ${formatDate(replay.tested.to)}.
    </p>
    <div class="pair">
      ${figure(
        'Lead time',
        `From the first moment the risk reached ${atRisk} (run planned, queued or running) until the first task failed for good: ${formatCount(leads.length, 'right warning')}.`,
        leads.length === 0
          ? nothing('No warning was right: there is no lead time to draw.')
          : leadChart(leads),
      )}
      ${figure(
        'Risk before real incidents',
        `The latest risk shown for a DAG before it began to fail. Line: median of ${incidents}; band: the middle half. “Usual”: the median over runs that succeeded.`,
        before.points.length === 0
          ? nothing('There is no incident to look back from.')
          : beforeChart(before, replay.warn_at),
      )}
    </div>
  </section>`;
}

function qualitySection({ curves, reliability, report }: PageData): Html {
  const { all, onset } = report.subsets;
  const failed = ({ rows, failures }: SubsetReport): string =>
    `${formatCount(rows, 'try', 'tries')}, ${formatShare(rows === 0 ? null : failures / rows)} failed`;
  const curve = (name: 'all' | 'onset'): HtmlValue =>
    curves[name].model.length === 0
      ? nothing('No try failed here: there is no curve to draw.')
      : curveChart(name, curves[name], report.subsets[name]);
  const bins = (name: 'all' | 'onset'): HtmlValue =>
    report.subsets[name].rows === 0 ? nothing('There is no such try.') : reliabilityChart(reliability[name]);
  return html`<section>
    <h2>Does it rank the failures first, and can its percentages be trusted?</h2>
    <p class="faint small">
      Curves: warn of the riskiest tries first; how many failures are caught, and how many of the warnings are
      right? The numbers below are average precision, the area under the curve. Points: of tries with a risk
      of 30 %, 30 % should fail (dotted line); whiskers: 95 % of chance; bars and numbers: how many tries each
      point stands for (logarithmic).
    </p>
    <div class="pair">
      ${figure('All tries', `${failed(all)}. Easy where failures go on: what is broken stays broken.`, curve('all'))}
      ${figure('Onset', `${failed(onset)}: the task had succeeded the last time, and nobody sees it coming.`, curve('onset'))}
      ${figure('Reliability, all tries', 'Risk that ORC gave, and what happened.', bins('all'))}
      ${figure('Reliability, onset', 'The same, where the task had succeeded the last time.', bins('onset'))}
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
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <p class="eyebrow">ORC AI · backtest on your own history</p>
          <h1>${replaySentence(report)}</h1>
          <p class="lead">${qualitySentences(report)}</p>
          <p class="faint small">
            Learnt from ${formatCount(rows.train, 'try', 'tries')}, tested on the ${formatNumber(rows.test)}
            after them (${formatDate(replay.tested.from)} to ${formatDate(replay.tested.to)}), each scored
            with what was known at its time.
            ${report.parameters.reason !== null && html`The historical rate answers for ORC: ${report.parameters.reason}.`}
          </p>
          ${tiles(replay)} ${thresholdSection(replay)} ${timeSection(data)} ${qualitySection(data)}
          ${latenessSection(report.dag_runs.lateness)}
          ${dagSection(data.dags, formatDate(replay.tested.from), formatDate(replay.tested.to))}
          ${listSection(replay)} ${figuresSection(report)}
          <footer>
            Model ${report.model_version}. Average precision as in scikit-learn; expected calibration error
            over 15 equal bins; the same figures as <code>orc backtest --json</code>.
          </footer>
        </main>
      </body>
    </html> `;
  return page.text;
}

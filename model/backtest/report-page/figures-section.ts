/** Tables of figures: ORC beside the baselines, by stage, of DAG runs, by fold. */
import { html, type Html, type HtmlValue } from '../../../core/html.js';
import type { RiskMetrics } from '../../evaluation/metrics.js';
import type { PartReport } from '../part-report.js';
import type { BacktestReport, SubsetReport } from '../report.js';
import { PREDICTORS } from './curve-chart.js';
import { formatDate, formatFigure, formatNumber, formatShare } from './formats.js';

const METRIC_HEADS = html`<th class="number">average precision</th>
  <th class="number">ROC AUC</th>
  <th class="number">Brier</th>
  <th class="number">calibration error</th>`;

function metricCells(metrics: RiskMetrics): Html {
  return html`<td class="number">${formatFigure(metrics.average_precision)}</td>
    <td class="number">${formatFigure(metrics.roc_auc)}</td>
    <td class="number">${formatFigure(metrics.brier, 4)}</td>
    <td class="number">${formatFigure(metrics.expected_calibration_error)}</td>`;
}

function subsetTable(title: string, subset: SubsetReport): Html {
  const interval = subset.chance.average_precision;
  return html`<div>
    <h3>${title}</h3>
    <p class="faint small">
      ${formatNumber(subset.rows)} tries, ${formatNumber(subset.failures)} failed.
      ${
        interval !== null &&
        html`Average precision, ORC minus historical rate: ${formatFigure(interval.difference)}
        (${interval.interval.map((end) => formatFigure(end)).join(' to ')} in 95 % of resampled runs).`
      }
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th></th>
            ${METRIC_HEADS}
          </tr>
        </thead>
        <tbody>
          ${PREDICTORS.map(
            ([key, name]) =>
              html`<tr class="${key === 'model' ? 'chosen' : ''}">
                <td>${name}</td>
                ${metricCells(key === 'model' ? subset.model : subset.baselines[key])}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </div>`;
}

/** Rows of parts with ORC's figures and the historical rate's average precision. */
function partTable(
  head: string,
  noun: string,
  parts: readonly (readonly [name: string, part: PartReport])[],
): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>${head}</th>
          <th class="number">${noun}</th>
          <th class="number">failed</th>
          ${METRIC_HEADS}
          <th class="number">historical rate's average precision</th>
        </tr>
      </thead>
      <tbody>
        ${parts.map(
          ([name, part]) =>
            html`<tr>
              <td>${name}</td>
              <td class="number">${formatNumber(part.rows)}</td>
              <td class="number">${part.rows === 0 ? '–' : formatShare(part.failures / part.rows)}</td>
              ${metricCells(part.model)}
              <td class="number">${formatFigure(part.baselines.historical_rate.average_precision)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function foldTable({ folds }: BacktestReport): HtmlValue {
  if (folds.length === 0) return null;
  const parts = folds.flatMap(({ from, to, subsets }) => {
    const span = `${formatDate(from)} to ${formatDate(to)}`;
    return [[span, subsets.all] as const, [`${span}, onset`, subsets.onset] as const];
  });
  return html`<h3 class="next">Rolling origin</h3>
    <p class="faint small">Each row was tested by a model that had learnt from everything before it.</p>
    ${partTable('tested', 'tries', parts)}`;
}

export function figuresSection(report: BacktestReport): Html {
  const { stages, dag_runs: runs, subsets } = report;
  return html`<section>
    <h2>Figures</h2>
    <p class="faint small">
      Average precision and ROC AUC: higher is better. Brier score and calibration error: lower is better; the
      latter is how far risks are from what happened, on average. A perfect forecast's calibration error stays
      below ${formatFigure(subsets.all.chance.perfect_calibration_error)} in 19 of 20 cases with as many
      tries.
    </p>
    <div class="pair">
      ${subsetTable('All tested tries', subsets.all)}
      ${subsetTable('Onset: the task had succeeded the last time', subsets.onset)}
    </div>
    <h3 class="next">Tries by stage</h3>
    <p class="faint small">
      Every tested try as it was queued; a sample of them before their run existed, while they ran, and before
      a retry.
    </p>
    ${partTable(
      'stage',
      'tries',
      (['planned', 'queued', 'running', 'retrying'] as const).map((stage) => [stage, stages[stage]]),
    )}
    <h3 class="next">DAG runs</h3>
    <p class="faint small">Whether the run fails. “Onset”: the DAG's latest run had succeeded.</p>
    ${partTable('moment', 'moments', [
      ['as it was queued', runs.failure.subsets.all],
      ['as it was queued, onset', runs.failure.subsets.onset],
      ['planned', runs.failure.stages.planned],
      ['running', runs.failure.stages.running],
    ])}
    ${foldTable(report)}
  </section>`;
}

/** When DAG runs end: the forecasts of each stage beside what the DAG's own past would have said. */
import { html, type Html } from '../../../core/html.js';
import { duration } from '../../../features/words.js';
import type { BacktestReport } from '../report.js';
import type { StageReport } from '../../intervals/report-stage.js';
import { formatFigure, formatNumber, formatShare } from './formats.js';

const span = (seconds: number | null): string => (seconds === null ? '–' : duration(seconds));

function stageRow(stage: string, { runs, intervals, naive, late }: StageReport): Html {
  return html`<tr>
    <td>${stage}</td>
    <td class="number">${formatNumber(runs)}</td>
    <td class="number">${formatShare(intervals.coverage)}</td>
    <td class="number">${formatShare(naive.coverage)}</td>
    <td class="number">${span(intervals.median_width_seconds)}</td>
    <td class="number">${formatShare(late.rows === 0 ? null : late.late / late.rows)}</td>
    <td class="number">${formatFigure(late.model.average_precision)}</td>
    <td class="number">${formatFigure(late.historical_rate.average_precision)}</td>
    <td class="number">${formatFigure(late.model.expected_calibration_error)}</td>
  </tr>`;
}

export function latenessSection({ runs, stages }: BacktestReport['dag_runs']['lateness']): Html {
  return html`<section>
    <h2>Does it know when runs end?</h2>
    <p class="faint small">
      Each forecast says when its run will end, as a span that should hold four of five ends, and how likely
      it is to miss its deadline: the configured one, or one learnt from the DAG’s earlier runs. “Naive”: the
      same span from the DAG’s past durations alone. ${formatNumber(runs)} runs ended.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>forecast made</th>
            <th class="number">runs</th>
            <th class="number">in the 80 % span</th>
            <th class="number">naive</th>
            <th class="number">median width</th>
            <th class="number">late</th>
            <th class="number">average precision, late</th>
            <th class="number">own share of late runs</th>
            <th class="number">calibration error</th>
          </tr>
        </thead>
        <tbody>
          ${stageRow('planned', stages.planned)} ${stageRow('queued', stages.queued)}
          ${stageRow('running', stages.running)}
        </tbody>
      </table>
    </div>
  </section>`;
}

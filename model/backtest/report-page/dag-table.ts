import { html, type Html, type HtmlValue } from '../../../core/html.js';
import type { DagRow } from '../dag-rows.js';
import { formatFigure, formatNumber, formatShare } from './formats.js';

const MOST_ROWS = 100;

/** DAGs with most incidents first. */
export function dagSection(dags: readonly DagRow[], from: string, to: string): Html {
  const shown = dags.slice(0, MOST_ROWS);
  return html`<section>
    <h2>DAG by DAG</h2>
    <p class="faint small">Over the whole tested part, ${from} to ${to}, with the threshold above.</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>DAG</th>
            <th class="number">runs</th>
            <th class="number">failed</th>
            <th class="number">incidents</th>
            <th class="number">warned of</th>
            <th class="number">warnings</th>
            <th class="number">precision</th>
            <th class="number">tries</th>
            <th class="number">failed</th>
            <th class="number">average precision of tries</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(row)}
        </tbody>
      </table>
    </div>
    ${rest(dags.length - shown.length)}
  </section>`;
}

function row(dag: DagRow): Html {
  const place = dag.deployment === 'default' ? '' : `${dag.deployment} · `;
  return html`<tr>
    <td class="name"><span class="faint">${place}</span>${dag.dagId}</td>
    <td class="number">${formatNumber(dag.runs)}</td>
    <td class="number">${formatNumber(dag.failedRuns)}</td>
    <td class="number">${formatNumber(dag.incidents)}</td>
    <td class="number">${formatNumber(dag.warned)}</td>
    <td class="number">${formatNumber(dag.warnings)}</td>
    <td class="number">${formatShare(dag.warnings === 0 ? null : dag.warned / dag.warnings)}</td>
    <td class="number">${formatNumber(dag.tries)}</td>
    <td class="number">${formatNumber(dag.failedTries)}</td>
    <td class="number">${formatFigure(dag.averagePrecision)}</td>
  </tr>`;
}

function rest(count: number): HtmlValue {
  return (
    count > 0 &&
    html`<p class="faint small">${formatNumber(count)} more DAGs with fewer incidents are not shown.</p>`
  );
}

import { html, type Html } from '../../../core/html.js';
import type { CurvePoint } from '../precision-recall.js';
import type { Curves } from '../page-data.js';
import type { SubsetReport } from '../report.js';
import { chart, path, PLOT, shareAxis, xOf, yOf, type Tick } from './chart.js';
import { formatFigure, formatShare } from './formats.js';

/** Predictors with their name on the page and their class in the style sheet, in the order of the legend. */
export const PREDICTORS = [
  ['model', 'ORC', 'model'],
  ['historical_rate', 'historical rate', 'rate'],
  ['logistic_regression', 'logistic regression', 'logistic'],
  ['last_outcome', 'last outcome', 'last'],
] as const;

/** Recall below which a curve may leave the picture: there, a handful of tries decide. */
const UNSTABLE_RECALL = 0.05;
/** A curve of so few points is a predictor of so few distinct values: its points are marked. */
const FEW_POINTS = 3;
const QUARTERS: readonly Tick[] = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, text: `${at * 100} %` }));

/** Precision against recall of ORC and the baselines, with a legend that tells their average precision. */
export function curveChart(name: string, curves: Curves, subset: SubsetReport): Html {
  const stable = PREDICTORS.flatMap(([key]) =>
    curves[key].filter(({ recall }) => recall >= UNSTABLE_RECALL).map(({ precision }) => precision),
  );
  const { end, ticks } = shareAxis(Math.max(0, ...stable));
  const base = subset.failures / subset.rows;
  const shown = [...PREDICTORS].reverse();
  const lines = shown.map(([key, , style]) => {
    const points = curves[key];
    return html`<path class="line ${style}" d="${path(PLOT, steps(points, end))}" /> ${
        points.length <= FEW_POINTS &&
        points.map(
          ({ recall, precision }) =>
            html`<circle
              class="dot-${style}"
              cx="${xOf(PLOT, recall)}"
              cy="${yOf(PLOT, Math.min(1, precision / end))}"
              r="3.5"
            />`,
        )
      }`;
  });
  const chance = yOf(PLOT, Math.min(1, base / end));
  const axes = {
    x: { title: 'share of the failures caught (recall)', ticks: QUARTERS },
    y: { title: 'share of warnings right (precision)', ticks },
  };
  const guide = html`<line
    class="guide"
    x1="${xOf(PLOT, 0)}"
    x2="${xOf(PLOT, 1)}"
    y1="${chance}"
    y2="${chance}"
  />`;
  return html`${chart(PLOT, `Precision and recall, ${name}`, axes, [guide, ...lines])}
    <ul class="legend">
      ${PREDICTORS.map(([key, title, style]) => {
        const metrics = key === 'model' ? subset.model : subset.baselines[key];
        return html`<li>
          <svg width="28" height="8" aria-hidden="true">
            <line class="line ${style}" x1="0" x2="28" y1="4" y2="4" /></svg
          >${title} ${formatFigure(metrics.average_precision)}
        </li>`;
      })}
      <li>
        <svg width="28" height="8" aria-hidden="true"><line class="guide" x1="0" x2="28" y1="4" y2="4" /></svg
        >chance ${formatShare(base)}
      </li>
    </ul>`;
}

/** From recall 0 at the precision of the first point. */
function steps(points: readonly CurvePoint[], end: number): (readonly [number, number])[] {
  const first = points[0];
  if (first === undefined) return [];
  return [
    [0, first.precision / end] as const,
    ...points.map(({ recall, precision }) => [recall, precision / end] as const),
  ];
}

import { html, type Html } from '../../../core/html.js';
import type { ReliabilityBin } from '../../evaluation/calibration-error.js';
import { wilsonInterval } from '../../../core/wilson.js';
import { chart, path, PLOT, shareAxis, xOf, yOf } from './chart.js';
import { formatNumber } from './formats.js';

/** Space for the numbers of tries above the plot. */
const HIGHER = { ...PLOT, top: 30 };

/** How often tries of a risk failed, beside that risk; above each bin, how many there were. */
export function reliabilityChart(bins: readonly ReliabilityBin[]): Html {
  const { ticks } = shareAxis(1);
  const filled = bins.filter(({ rows }) => rows > 0);
  const most = filled.reduce((largest, { rows }) => Math.max(largest, rows), 1);
  const width = xOf(HIGHER, 1 / bins.length) - xOf(HIGHER, 0) - 3;
  const bars = bins.map(({ rows }, bin) => {
    if (rows === 0) return null;
    // A logarithm, or the bin of the low risks would hide the others.
    const height = (0.25 * Math.log1p(rows)) / Math.log1p(most);
    const x = xOf(HIGHER, bin / bins.length) + 1.5;
    return html`<rect
        class="bar"
        opacity="0.45"
        x="${x}"
        y="${yOf(HIGHER, height)}"
        width="${width}"
        height="${(yOf(HIGHER, 0) - yOf(HIGHER, height)).toFixed(1)}"
      />
      <text class="value" font-size="10" x="${x + width / 2}" y="22" text-anchor="middle"
        >${shortNumber(rows)}</text
      >`;
  });
  const axes = {
    x: { title: 'risk that ORC gave', ticks },
    y: { title: 'share that failed', ticks },
  };
  const content = html`${bars}
    <text x="${xOf(HIGHER, 0)}" y="10" text-anchor="start">tries in each bin</text>
    <path
      class="guide"
      d="${path(HIGHER, [
        [0, 0],
        [1, 1],
      ])}"
    />
    ${filled.map(({ rows, meanProbability, failureRate }) => {
      const [low, high] = wilsonInterval(failureRate * rows, rows);
      const x = xOf(HIGHER, meanProbability);
      return html`<line
          class="line model whisker"
          x1="${x}"
          x2="${x}"
          y1="${yOf(HIGHER, low)}"
          y2="${yOf(HIGHER, high)}"
        />
        <circle class="dot-model" cx="${x}" cy="${yOf(HIGHER, failureRate)}" r="4">
          <title>
            ${formatNumber(rows)} tries: risk ${(meanProbability * 100).toFixed(1)} %, failed
            ${(failureRate * 100).toFixed(1)} %
          </title>
        </circle>`;
    })}`;
  return chart(HIGHER, 'Risk that ORC gave beside the share that failed', axes, content);
}

/** `950`, `12k`, `3.4M`: fits above a bin. */
function shortNumber(value: number): string {
  if (value < 1000) return value.toString();
  if (value < 10_000) return `${(value / 1000).toFixed(1)}k`;
  return value < 1_000_000 ? `${Math.round(value / 1000)}k` : `${(value / 1e6).toFixed(1)}M`;
}

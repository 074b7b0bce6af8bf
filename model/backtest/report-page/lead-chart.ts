import { html, type Html } from '../../../core/html.js';
import { chart, countAxis, PLOT, xOf, yOf } from './chart.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Where the bins of lead times begin, with the text below the boundary. */
const STARTS = [
  [0, '0'],
  [MINUTE, '1 min'],
  [5 * MINUTE, '5 min'],
  [30 * MINUTE, '30 min'],
  [HOUR, '1 h'],
  [3 * HOUR, '3 h'],
  [6 * HOUR, '6 h'],
  [12 * HOUR, '12 h'],
  [DAY, '1 d'],
  [3 * DAY, '3 d'],
] as const;

/** Space for the count above the highest bar. */
const TALL = { ...PLOT, top: 22 };

/** Counts of lead times by bin; the last bin has no end. */
export function leadBins(leads: readonly number[]): number[] {
  const counts = STARTS.map(() => 0);
  for (const lead of leads) {
    const bin = STARTS.findLastIndex(([start]) => lead >= start);
    if (bin >= 0) counts[bin] = counts[bin]! + 1;
  }
  return counts;
}

/** How many warnings came how long before the failure. */
export function leadChart(leads: readonly number[]): Html {
  const counts = leadBins(leads);
  const { end, ticks } = countAxis(Math.max(...counts));
  const bin = 1 / STARTS.length;
  const bars = counts.map((count, k) => {
    if (count === 0) return null;
    const x = xOf(TALL, k * bin) + 1.5;
    const width = xOf(TALL, bin) - xOf(TALL, 0) - 3;
    const y = yOf(TALL, count / end);
    return html`<rect
        class="bar"
        x="${x}"
        y="${y}"
        width="${width}"
        height="${(yOf(TALL, 0) - y).toFixed(1)}"
      />
      <text class="value" x="${x + width / 2}" y="${y - 4}" text-anchor="middle">${count}</text>`;
  });
  const axes = {
    x: {
      title: 'time from the warning to the failure',
      ticks: STARTS.map(([, text], k) => ({ at: k * bin, text })),
    },
    y: { title: 'warnings', ticks },
  };
  return chart(TALL, 'Lead time of the warnings that were right', axes, bars);
}

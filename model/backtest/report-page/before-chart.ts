import { html, type Html } from '../../../core/html.js';
import type { RiskBeforeIncidents } from '../risk-before.js';
import { chart, path, PLOT, shareAxis, xOf, yOf } from './chart.js';
import { formatShare } from './formats.js';

/** Space at the right for what the lines are called. */
const WIDE = { ...PLOT, right: 78 };

/** The risk that DAGs had in the time before they failed: median and quartiles, beside the usual risk and the threshold. */
export function beforeChart({ points, usual }: RiskBeforeIncidents, warnAt: number): Html {
  const highest = Math.max(warnAt, usual ?? 0, ...points.map(({ high }) => high));
  const { end, ticks } = shareAxis(highest);
  const at = (k: number): number => (points.length === 1 ? 0.5 : k / (points.length - 1));
  const line = points.map(({ median }, k) => [at(k), median / end] as const);
  const upper = points.map(({ high }, k) => [at(k), high / end] as const);
  const lower = points.map(({ low }, k) => [at(k), low / end] as const).reverse();
  const across = (share: number, style: string, y = yOf(WIDE, share)): Html =>
    html`<line class="${style}" x1="${xOf(WIDE, 0)}" x2="${xOf(WIDE, 1)}" y1="${y}" y2="${y}" />`;
  const last = points.at(-1)!;
  const names = spread([
    ['threshold', warnAt / end],
    ['failing DAG', last.median / end],
    ...(usual === null ? [] : [['usual', usual / end] as const]),
  ]);
  const axes = {
    x: {
      title: 'time before the failure',
      ticks: points.map(({ secondsBefore }, k) => ({ at: at(k), text: shortTime(secondsBefore) })),
    },
    y: { title: 'risk shown', ticks },
  };
  const content = html`<path class="band" d="${path(WIDE, [...upper, ...lower])}Z" />
    ${usual !== null && across(usual / end, 'guide')} ${across(warnAt / end, 'threshold')}
    <path class="line model" d="${path(WIDE, line)}" />
    ${points.map(
      ({ median, incidents }, k) =>
        html`<circle class="dot-model" cx="${xOf(WIDE, at(k))}" cy="${yOf(WIDE, median / end)}" r="3.5">
          <title>
            ${shortTime(points[k]!.secondsBefore)} before: median ${formatShare(median)} over ${incidents}
            failures
          </title>
        </circle>`,
    )}
    ${names.map(([name, y]) => html`<text class="title" x="${xOf(WIDE, 1) + 7}" y="${y + 4}">${name}</text>`)}`;
  return chart(WIDE, 'Risk in the time before real failures', axes, content);
}

/** Heights of the names at the right, moved apart where they would overlap. */
function spread(names: readonly (readonly [name: string, share: number])[]): [string, number][] {
  const placed = names.map(([name, share]): [string, number] => [name, yOf(WIDE, share)]);
  placed.sort((a, b) => a[1] - b[1]);
  for (let k = 1; k < placed.length; k++) placed[k]![1] = Math.max(placed[k]![1], placed[k - 1]![1] + 15);
  const excess = (placed.at(-1)?.[1] ?? 0) - yOf(WIDE, 0);
  if (excess > 0) for (const name of placed) name[1] -= excess;
  return placed;
}

/** `7 d`, `3 h`, `30 min`, `0`. */
function shortTime(seconds: number): string {
  if (seconds === 0) return '0';
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds / 60} m`;
}

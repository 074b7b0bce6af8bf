/** Axes and coordinates of the page's pictures. */
import { html, type Html, type HtmlValue } from '../../../core/html.js';

/** Size of a picture and the space around its plot, in SVG units. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const PLOT: Plot = { width: 520, height: 330, left: 54, right: 18, top: 14, bottom: 52 };

/** A mark on an axis; `at` from 0 (left, bottom) to 1. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Axes {
  readonly x: { readonly title: string; readonly ticks: readonly Tick[] };
  readonly y: { readonly title: string; readonly ticks: readonly Tick[] };
}

/** Horizontal position of a share of the plot's width. */
export function xOf(plot: Plot, share: number): number {
  return round(plot.left + share * (plot.width - plot.left - plot.right));
}

/** Vertical position of a share of the plot's height, counted from below. */
export function yOf(plot: Plot, share: number): number {
  return round(plot.height - plot.bottom - share * (plot.height - plot.top - plot.bottom));
}

/** A picture with a frame of axes around its content. */
export function chart(plot: Plot, label: string, axes: Axes, content: HtmlValue): Html {
  const [left, right] = [xOf(plot, 0), xOf(plot, 1)];
  const [bottom, top] = [yOf(plot, 0), yOf(plot, 1)];
  const middle = round((top + bottom) / 2);
  return html`<svg class="chart" viewBox="0 0 ${plot.width} ${plot.height}" role="img" aria-label="${label}">
    ${axes.y.ticks.map(
      ({ at, text }) =>
        html`<line class="grid" x1="${left}" x2="${right}" y1="${yOf(plot, at)}" y2="${yOf(plot, at)}" />
          <text x="${left - 7}" y="${yOf(plot, at) + 4}" text-anchor="end">${text}</text>`,
    )}
    ${axes.x.ticks.map(
      ({ at, text }) =>
        html`<text x="${xOf(plot, at)}" y="${bottom + 17}" text-anchor="middle">${text}</text>`,
    )}
    ${content}
    <line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />
    <text class="title" x="${(left + right) / 2}" y="${plot.height - 8}" text-anchor="middle">
      ${axes.x.title}
    </text>
    <text class="title" transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">
      ${axes.y.title}
    </text>
  </svg>`;
}

/** A line through points given as shares of the plot; those above the plot run along its edge. */
export function path(plot: Plot, points: readonly (readonly [x: number, y: number])[]): string {
  return points
    .map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${xOf(plot, x)} ${yOf(plot, Math.min(1, y))}`)
    .join('');
}

const CEILINGS = [0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** The end of an axis of shares that begins at 0, and its marks. */
export function shareAxis(largest: number): { readonly end: number; readonly ticks: Tick[] } {
  const end = CEILINGS.find((ceiling) => ceiling >= largest) ?? 1;
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => {
    const percent = Math.round(at * end * 1000) / 10;
    return { at, text: `${percent} %` };
  });
  return { end, ticks };
}

/** The end of an axis of counts that begins at 0, and its marks. */
export function countAxis(largest: number): { readonly end: number; readonly ticks: Tick[] } {
  const rough = Math.max(1, largest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 1);
  const end = Math.ceil(Math.max(1, largest) / step) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, k) => ({
    at: (k * step) / end,
    text: (k * step).toLocaleString('en-US'),
  }));
  return { end, ticks };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

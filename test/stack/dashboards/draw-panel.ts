/** A panel of Grafana as plain HTML and SVG: what it shows and where, not how Grafana paints it. */
import { html, Html } from '../../../core/html.js';
import type { PanelJson } from '../../dashboards/dashboard-json.js';
import type { PrometheusSample, PrometheusSeries } from '../prometheus/prometheus.js';

export interface PanelData {
  /** Per target. */
  readonly instant: readonly (readonly PrometheusSample[])[];
  readonly range: readonly (readonly PrometheusSeries[])[];
  readonly from: number;
  readonly until: number;
}

interface Defaults {
  readonly unit: string;
  readonly decimals?: number;
  readonly max?: number;
  readonly thresholds?: unknown;
  readonly mappings?: unknown;
  readonly noValue?: string;
}

type Property = readonly { readonly id: string; readonly value: unknown }[];
const COLORS = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff780a',
  '#f2495c',
  '#5794f2',
  '#b877d9',
  '#ca95e5',
  '#ffb357',
  '#96d98d',
];
const NAMED: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#f2cc0c',
  orange: '#ff9830',
  red: '#f2495c',
  text: '#d8d9da',
  purple: '#b877d9',
};

function format(value: number, unit: string, decimals: number | undefined, now: number): string {
  if (unit === 'percentunit') return `${(value * 100).toFixed(decimals ?? 0)}%`;
  if (unit === 's') {
    const size = Math.abs(value);
    const [by, name] =
      size >= 86_400 ? [86_400, 'd'] : size >= 3600 ? [3600, 'h'] : size >= 60 ? [60, 'min'] : [1, 's'];
    return `${Number((value / by).toPrecision(3))} ${name}`;
  }
  if (unit === 'bytes') return `${(value / 2 ** 20).toFixed(0)} MiB`;
  if (unit === 'dateTimeFromNow') {
    const minutes = Math.round((value / 1000 - now) / 60);
    const text =
      Math.abs(minutes) >= 90
        ? `${Math.round(Math.abs(minutes) / 60)} hours`
        : `${Math.abs(minutes)} minutes`;
    return minutes < 0 ? `${text} ago` : `in ${text}`;
  }
  if (unit.startsWith('dateTime')) return new Date(value).toISOString().replace('T', ' ').slice(0, 16);
  return String(Number(value.toFixed(decimals ?? 2)));
}

function legendOf(metric: Readonly<Record<string, string>>, legend: string | undefined): string {
  if (legend === undefined || legend === '__auto') return Object.values(metric).join(' ');
  return legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
}

function colorOf(value: number, thresholds: unknown): string {
  const { steps } = (thresholds ?? { steps: [] }) as { steps: { value: number | null; color: string }[] };
  const step = steps.filter((each) => each.value === null || value >= each.value).at(-1);
  return NAMED[step?.color ?? 'text'] ?? '#d8d9da';
}

function wordOf(value: number, mappings: unknown): { text: string; color: string } | undefined {
  const [first] = (mappings ?? []) as { options: Record<string, { text: string; color: string }> }[];
  return first?.options[String(value)];
}

const propertiesFor = (panel: PanelJson, name: string): Map<string, unknown> => {
  const found: Property =
    panel.fieldConfig!.overrides.find(({ matcher }) => matcher.options === name)?.properties ?? [];
  return new Map(found.map(({ id, value }) => [id, value]));
};

function drawStat(panel: PanelJson, data: PanelData): Html {
  const { unit, decimals, thresholds, mappings, noValue } = panel.fieldConfig!
    .defaults as unknown as Defaults;
  const values = data.instant.flatMap((samples, index) =>
    samples.map(({ metric, value }) => ({
      name: legendOf(metric, panel.targets![index]!.legendFormat),
      value: Number(value[1]),
    })),
  );
  if (values.length === 0) return html`<p class="stat">${noValue}</p>`;
  const isNamed = panel.options?.['textMode'] === 'value_and_name' || values.length > 1;
  return html`<div class="stats">
    ${values.slice(0, 6).map(({ name, value }) => {
      const word = wordOf(value, mappings);
      const color = word === undefined ? colorOf(value, thresholds) : NAMED[word.color]!;
      return html`<p class="stat" style="color:${color};font-size:${values.length > 1 ? 19 : 34}px">
        ${isNamed ? html`<small>${name}</small>` : null}${word?.text ?? format(value, unit, decimals, data.until)}
      </p>`;
    })}
  </div>`;
}

function drawTable(panel: PanelJson, data: PanelData): Html {
  const labels = panel
    .fieldConfig!.overrides.map(({ matcher }) => matcher.options)
    .filter((name) => !name.startsWith('Value'));
  const fields = panel.targets!.map(({ refId }) =>
    panel.targets!.length === 1 ? 'Value' : `Value #${refId}`,
  );
  const rows = new Map<
    string,
    { metric: Readonly<Record<string, string>>; values: (number | undefined)[] }
  >();
  data.instant.forEach((samples, column) => {
    for (const { metric, value } of samples) {
      const key = JSON.stringify(labels.map((label) => metric[label]));
      const row = rows.get(key) ?? { metric, values: [] };
      row.values[column] = Number(value[1]);
      rows.set(key, row);
    }
  });
  const names = fields.map((field) => String(propertiesFor(panel, field).get('displayName')));
  const [sort] = panel.options!['sortBy'] as { displayName: string; desc: boolean }[];
  const by = names.indexOf(sort!.displayName);
  const sorted = [...rows.values()].sort(
    (a, b) => ((a.values[by] ?? -Infinity) - (b.values[by] ?? -Infinity)) * (sort!.desc ? -1 : 1),
  );
  const shown = sorted.slice(0, panel.gridPos.h - 2);
  const cell = (value: number | undefined, column: number): Html => {
    if (value === undefined) return html`<td></td>`;
    const properties = propertiesFor(panel, fields[column]!);
    const word = wordOf(value, properties.get('mappings'));
    const cellType = (properties.get('custom.cellOptions') as { type?: string } | undefined)?.type;
    const steps = properties.get('thresholds') ?? panel.fieldConfig!.defaults['thresholds'];
    const color =
      word === undefined
        ? cellType === undefined
          ? NAMED['text']!
          : colorOf(value, steps)
        : NAMED[word.color]!;
    const text =
      word?.text ??
      format(
        value,
        String(properties.get('unit')),
        properties.get('decimals') as number | undefined,
        data.until,
      );
    if (cellType !== 'gauge') return html`<td class="value" style="color:${color}">${text}</td>`;
    return html`<td class="value">
      <i class="bar" style="width:${(value * 90).toFixed(0)}px;background:${color}"></i
      ><b style="color:${color}">${text}</b>
    </td>`;
  };
  return html`<table>
    <tr>
      ${labels.map((label) => html`<th>${String(propertiesFor(panel, label).get('displayName'))}</th>`)}${names.map((name) => html`<th>${name}</th>`)}
    </tr>
    ${shown.map(
      ({ metric, values }) =>
        html`<tr>
          ${labels.map((label) => html`<td>${metric[label] ?? ''}</td>`)}${fields.map((_, column) => cell(values[column], column))}
        </tr>`,
    )}
  </table>`;
}

function drawGraph(panel: PanelJson, data: PanelData, width: number, height: number): Html {
  const { unit, min, max } = panel.fieldConfig!.defaults as { unit: string; min?: number; max?: number };
  const series = data.range.flatMap((found, index) =>
    found.map((each) => ({
      ...each,
      index,
      name: legendOf(each.metric, panel.targets![index]!.legendFormat),
    })),
  );
  const all = series
    .flatMap(({ values }) => values.map(([, value]) => Number(value)))
    .filter(Number.isFinite);
  const low = min ?? Math.min(...all);
  const most = Math.max(low, ...all);
  const high = max ?? (most > low ? most * 1.05 : low + 1);
  const [left, bottom] = [46, 34];
  const x = (time: number): string =>
    (left + ((time - data.from) / (data.until - data.from)) * (width - left - 8)).toFixed(1);
  const y = (value: number): string => ((height - bottom) * (1 - (value - low) / (high - low))).toFixed(1);
  const styleOf = (index: number) => propertiesFor(panel, panel.targets![index]!.refId);
  const colors = series.map(({ index }, at) => {
    const fixed = (styleOf(index).get('color') as { fixedColor?: string } | undefined)?.fixedColor;
    return fixed === undefined ? COLORS[at % COLORS.length]! : NAMED[fixed]!;
  });
  const lines = series.slice(0, 40).map(({ values, index, metric }, at) => {
    const style = styleOf(index);
    const color = colors[at]!;
    const points = values.map(([time, value], k) => {
      const [px, py] = [x(time), y(Number(value))];
      return k === 0
        ? `M${px},${py}`
        : panel.fieldConfig!.defaults['custom'] !== undefined &&
            (panel.fieldConfig!.defaults['custom'] as Record<string, unknown>)['lineInterpolation'] ===
              'stepAfter'
          ? `H${px}V${py}`
          : `L${px},${py}`;
    });
    const fill = Number(style.get('custom.fillOpacity') ?? 0);
    const area = fill > 0 && values.length > 0 ? `${points.join('')}V${y(low)}H${x(values[0]![0])}Z` : '';
    return html`<g data-series="${JSON.stringify(metric)}"
      >${area === '' ? null : html`<path d="${area}" fill="${color}" opacity="${fill / 100}" />`}<path
        d="${points.join('')}"
        fill="none"
        stroke="${color}"
        stroke-width="${Number(style.get('custom.lineWidth') ?? 1.3)}"
        ${style.has('custom.lineStyle') ? new Html('stroke-dasharray="6 4"') : null}
    /></g>`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => data.from + share * (data.until - data.from));
  const names = series.map(({ name }) => name);
  const legend = [...new Set(names)].slice(0, 5);
  return html`<svg width="${width}" height="${height}">
    ${ticks.map((tick) => html`<line x1="${left}" x2="${width - 8}" y1="${y(tick)}" y2="${y(tick)}" stroke="#2c3235" /><text x="${left - 5}" y="${Math.max(9, Number(y(tick)) + 3)}" text-anchor="end">${format(tick, unit, 2, data.until)}</text>`)}
    ${times.slice(0, 4).map((time) => html`<text x="${x(time)}" y="${height - bottom + 13}">${new Date(time * 1000).toISOString().slice(5, 16).replace('T', ' ')}</text>`)}${lines}
    ${legend.map((name, k) => html`<rect x="${left + (k * (width - left)) / 5}" y="${height - 12}" width="10" height="3" fill="${colors[names.indexOf(name)]}" /><text x="${left + 14 + (k * (width - left)) / 5}" y="${height - 7}">${name.slice(0, 26)}</text>`)}
  </svg>`;
}

function drawTimeline(panel: PanelJson, data: PanelData, width: number): Html {
  const rows = data.range[0]!.slice(0, 6);
  const x = (time: number): number => 150 + ((time - data.from) / (data.until - data.from)) * (width - 160);
  return html`<svg width="${width}" height="${rows.length * 18 + 4}">
    ${rows.map(({ metric, values }, row) => html`<text x="0" y="${row * 18 + 12}">${legendOf(metric, panel.targets![0]!.legendFormat).slice(0, 24)}</text>${values.map(([time, value]) => html`<rect x="${x(time).toFixed(1)}" y="${row * 18 + 2}" width="4" height="13" fill="${NAMED[Number(value) === 1 ? 'red' : 'green']}" />`)}`)}
  </svg>`;
}

function drawBars(panel: PanelJson, data: PanelData): Html {
  const { unit, decimals, thresholds, max } = panel.fieldConfig!.defaults as unknown as Defaults;
  const values = data.instant[0]!.map(({ metric, value }) => ({
    name: legendOf(metric, panel.targets![0]!.legendFormat),
    value: Number(value[1]),
  }));
  const most = max ?? Math.max(1e-9, ...values.map(({ value }) => value));
  return html`<table>
    ${values
      .sort((a, b) => b.value - a.value)
      .slice(0, panel.gridPos.h - 1)
      .map(
        ({ name, value }) =>
          html`<tr>
            <td>${name}</td>
            <td style="width:60%">
              <i
                class="bar"
                style="width:${((100 * value) / most).toFixed(1)}%;background:${colorOf(value, thresholds)}"
              ></i>
            </td>
            <td class="value">${format(value, unit, decimals, data.until)}</td>
          </tr>`,
      )}
  </table>`;
}

export function drawPanel(panel: PanelJson, data: PanelData, width: number, height: number): Html {
  if (panel.type === 'stat') return drawStat(panel, data);
  if (panel.type === 'table') return drawTable(panel, data);
  if (panel.type === 'bargauge') return drawBars(panel, data);
  if (panel.type === 'state-timeline') return drawTimeline(panel, data, width);
  return drawGraph(panel, data, width, height);
}

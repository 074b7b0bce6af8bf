/** Pages that show the layout of each dashboard with data of a Prometheus, and pictures of them by Chromium. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { html } from '../../../core/html.js';
import type { DashboardJson, PanelJson } from '../../dashboards/dashboard-json.js';
import type { Prometheus } from '../prometheus/prometheus.js';
import { drawPanel, type PanelData } from './draw-panel.js';

const WIDTH = 1400;
/** Grafana's unit of height. */
const ROW = 34;
const COLUMN = WIDTH / 24;
const STYLE = `body{margin:0;background:#111217;color:#d8d9da;font:12px "DejaVu Sans",sans-serif;position:relative}
section{position:absolute;overflow:hidden;background:#181b1f;border:1px solid #2c3235;border-radius:3px;box-sizing:border-box}
h3{font-size:12px;margin:5px 8px}h2{position:absolute;margin:8px;font-size:13px}svg text{font-size:9px;fill:#9a9da3}
table{width:100%;border-collapse:collapse;font-size:11px}td,th{padding:3px 8px;text-align:left;border-bottom:1px solid #22252b;white-space:nowrap}
.value{font-variant-numeric:tabular-nums}.bar{display:inline-block;height:9px;margin-right:6px}
.stats{display:flex;gap:18px;justify-content:center;flex-wrap:wrap}.stat{margin:14px 0;text-align:center}.stat small{display:block;font-size:10px;color:#9a9da3}`;

type FillIn = (model: DashboardJson, expr: string) => string;

/** Unix seconds of a Grafana time such as `now-24h`. */
function startOf(from: string, now: number): number {
  const [, count, unit] = /^now-(\d+)([hd])$/.exec(from)!;
  return now - Number(count) * (unit === 'h' ? 3600 : 86_400);
}

async function read(
  panel: PanelJson,
  prometheus: Prometheus,
  from: number,
  until: number,
  fill: (expr: string) => string,
): Promise<PanelData> {
  const targets = panel.targets!;
  const isInstant = targets[0]!.instant === true;
  const step = Math.max(5, Math.ceil((until - from) / 400));
  return {
    from,
    until,
    instant: isInstant ? await Promise.all(targets.map(({ expr }) => prometheus.query(fill(expr)))) : [],
    range: isInstant
      ? []
      : await Promise.all(targets.map(({ expr }) => prometheus.queryRange(fill(expr), from, until, step))),
  };
}

/** On a busy machine a scrape may fail, and for a moment what is now is not known. */
async function readPatiently(...asked: Parameters<typeof read>): Promise<PanelData> {
  let data = await read(...asked);
  for (let tries = 0; tries < 30 && [...data.instant, ...data.range].flat().length === 0; tries++) {
    await sleep(500);
    data = await read(...asked);
  }
  return data;
}

/** Returns the pictures' paths. `recent` dashboards show what was scraped live rather than their whole time range. */
export async function drawPictures(
  folder: string,
  dashboards: readonly { readonly file: string; readonly model: DashboardJson }[],
  fillIn: FillIn,
  prometheus: Prometheus,
  recent: ReadonlyMap<string, number>,
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const until = Math.floor(Date.now() / 1000);
  const paths: string[] = [];
  for (const { file, model } of dashboards) {
    const { from } = model['time'] as { from: string };
    const start = recent.get(file) ?? startOf(from, until);
    const parts = [];
    for (const panel of model.panels) {
      const { x, y, w, h } = panel.gridPos;
      const place = `left:${x * COLUMN + 3}px;top:${y * ROW + 30}px;width:${w * COLUMN - 6}px;height:${h * ROW - 6}px`;
      if (panel.type === 'row') {
        parts.push(html`<h2 style="${place}">${panel.title}</h2>`);
        continue;
      }
      const data = await readPatiently(panel, prometheus, start, until, (expr) => fillIn(model, expr));
      parts.push(
        html`<section style="${place}">
          <h3>${panel.title}</h3>
          ${drawPanel(panel, data, w * COLUMN - 12, h * ROW - 36)}
        </section>`,
      );
    }
    const height = Math.max(...model.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * ROW + 40;
    const page = join(folder, file.replace('.json', '.html'));
    const body = html`<h2 style="top:0">${model.title}</h2>
      ${parts}`.text;
    writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body>${body}`);
    const picture = page.replace('.html', '.png');
    execFileSync(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--hide-scrollbars',
        `--window-size=${WIDTH},${height}`,
        `--screenshot=${picture}`,
        `file://${page}`,
      ],
      { stdio: 'ignore' },
    );
    paths.push(picture);
  }
  return paths;
}

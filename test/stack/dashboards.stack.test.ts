/** Every query of every panel and annotation, on a real Prometheus that the real loop and a real statsd_exporter filled. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStatsdExporter, type StatsdExporter } from '../../bench/statsd-exporter.js';
import { FakeAirflow } from '../collector/airflow/fake-airflow.js';
import { addVersion, smallWorld } from '../collector/airflow/fake-world.js';
import { sendUdp } from '../collector/statsd/listener/support.js';
import {
  DASHBOARDS,
  queriesOf,
  type DashboardJson,
  type VariableJson,
} from '../dashboards/dashboard-json.js';
import { startRecordedLoop, type RecordedLoop } from './dashboards/recorded-loop.js';
import { drawPictures } from './dashboards/draw-pictures.js';
import { freePort, startPrometheus, until, type Prometheus } from './prometheus/prometheus.js';

const LINES = readFileSync(
  join(import.meta.dirname, '../collector/statsd/fixtures/airflow-3.2.1-plain.txt'),
  'utf8',
)
  .trimEnd()
  .split('\n');

const PICTURED_MS = 240_000;

let folder: string;
let exporter: StatsdExporter;
let airflow: FakeAirflow;
let loop: RecordedLoop;
let prometheus: Prometheus;
const sending = new AbortController();
let sent: Promise<void>;

/** What Airflow sends, again and again, so that counters rise. */
async function keepSending(port: number): Promise<void> {
  while (!sending.signal.aborted) {
    await sendUdp(`udp://127.0.0.1:${port}`, ...LINES);
    await sleep(1000, undefined, { signal: sending.signal }).catch(() => undefined);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orc-dashboards-'));
  // As root the database's server runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  exporter = await startStatsdExporter(join(import.meta.dirname, 'statsd-exporter', 'helm-mapping.yml'));
  const world = smallWorld();
  world.now += 3600;
  addVersion(world, 'sales.daily');
  airflow = await new FakeAirflow(world).start();
  const statsdPort = await freePort();
  const history = join(folder, 'history.txt');
  loop = await startRecordedLoop({
    dataDir: folder,
    airflowUrl: airflow.url,
    statsdPort,
    forwardTo: `127.0.0.1:${exporter.port}`,
    history,
  });
  sent = keepSending(statsdPort);
  prometheus = await startPrometheus(loop.target, { also: [new URL(exporter.metricsUrl).host], history });
});

afterAll(async () => {
  sending.abort();
  await sent;
  await prometheus.stop();
  await loop.stop();
  await airflow.stop();
  await exporter.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As Grafana fills in the choices of a dashboard as it opens, but for those that are made otherwise. */
function filledIn(
  expr: string,
  variables: readonly VariableJson[],
  chosen: Readonly<Record<string, string>> = {},
): string {
  let filled = expr.replaceAll('$__rate_interval', '5s');
  for (const { name, allValue, current } of variables) {
    const value = chosen[name] ?? allValue ?? current?.value;
    if (typeof value === 'string') filled = filled.replaceAll(`$${name}`, value);
  }
  return filled;
}

describe.each(DASHBOARDS)('$file', ({ model }) => {
  const { list } = model.templating;

  it.each(queriesOf(model))('$where returns data', async ({ target }) => {
    const expr = filledIn(target.expr, list);
    expect(expr).not.toMatch(/\$[a-z_]/);
    await until(async () => (await prometheus.query(expr)).length > 0, 60_000, expr);
  });

  it.each(list.filter(({ type }) => type === 'query'))('variable $name has choices', async ({ query }) => {
    const text = typeof query === 'string' ? query : query.query;
    const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(text)!;
    const found = await prometheus.query(`group by (${label!}) (${filledIn(selector!, list)})`);
    expect(found.map(({ metric }) => metric[label!])).not.toContain(undefined);
    expect(found.length).toBeGreaterThan(0);
  });
});

const pictures = process.env['ORC_DASHBOARD_PICTURES'];
it.runIf(pictures !== undefined)('draws the dashboards', async () => {
  const start = Date.now() / 1000;
  const live = new Map(['platform.json', 'orc-health.json'].map((file) => [file, start]));
  // Long enough for a line of what is scraped live.
  await sleep(PICTURED_MS);
  const riskiest = await prometheus.query(
    'topk(1, last_over_time(orc_dag_failure_risk_ratio{deployment="platform"}[1m]))',
  );
  const fill = (model: DashboardJson, expr: string): string =>
    filledIn(
      expr,
      model.templating.list,
      model.uid === 'orc-dag-detail' ? { dag_id: riskiest[0]!.metric['dag_id']! } : {},
    );
  expect(await drawPictures(pictures!, DASHBOARDS, fill, prometheus, live)).toHaveLength(DASHBOARDS.length);
});

/** Facts in a real database, through the scorer and the server, to the page as a browser shows it. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../core/logger.js';
import { createScorer, createServer, type Scorer, type Server } from '../../serving/index.js';
import {
  hourlyHistory,
  HOUR,
  ModelShelf,
  RateModel,
  runObservation,
  START,
  writeHistory,
} from '../serving/live/fixtures.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';

const NOW = START + 100 * HOUR + 600;
const ODD = 'team/odd id <b>🚀</b>';
let store: TemporaryDatabase;
let scorer: Scorer;
let server: Server;
let url: string;

beforeAll(async () => {
  store = await temporaryDatabase();
  const steady = hourlyHistory('steady', 100, () => false);
  const odd = hourlyHistory(ODD, 100, (run) => run % 2 === 0);
  const running = runObservation({
    dagId: ODD,
    runId: 'scheduled__100',
    queuedAt: NOW - 540,
    startedAt: NOW - 530,
    runAfter: NOW - 600,
  });
  await writeHistory(store.database, {
    dagIds: ['steady', ODD],
    dagRuns: [...steady.dagRuns, ...odd.dagRuns, running],
    tries: [...steady.tries, ...odd.tries],
  });
  const models = new ModelShelf();
  models.put(new RateModel('2026-01-05T0400Z-abc123'));
  const options = { database: store.database, clock: () => NOW, logger: silentLogger() };
  scorer = createScorer({
    ...options,
    models,
    wallClock: () => NOW,
    intervalSeconds: 3600,
    followSeconds: 3600,
  });
  server = createServer({
    ...options,
    scorer,
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    metricsPublic: false,
    taskSeriesLimit: 100,
    collectorStatus: () => [],
    version: '0.1.0',
  });
  url = await server.listen();
  await scorer.start();
});
afterAll(async () => {
  await server.close();
  await scorer.stop();
  await store.drop();
});

const mainOf = (text: string): string => text.slice(text.indexOf('<main'), text.indexOf('</main>'));

it('answers the same risk in metrics, API and page', async () => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const api = (await (await fetch(`${url}/api/v1/dags/${encodeURIComponent(ODD)}`)).json()) as {
    risk: number;
    stage: string;
    reasons: unknown[];
  };
  const line = metrics.split('\n').find((each) => each.includes(`dag_id="${ODD}"`));
  expect(line).toBe(`orc_dag_failure_risk_ratio{deployment="d",dag_id="${ODD}"} ${api.risk}`);
  expect(api.stage).toBe('running');
  const page = mainOf(await (await fetch(url)).text());
  expect(page).toContain('Running for 8 min');
  expect(page).toContain('team/odd id &#60;b&#62;🚀&#60;/b&#62;');
  expect(page).toContain(`/dags/${encodeURIComponent(ODD)}?deployment=d`);
});

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

describe.runIf(chromium !== undefined)('in Chromium', () => {
  let profile: string;
  beforeAll(async () => {
    profile = await mkdtemp(join(tmpdir(), 'orc-ai-chromium-'));
  });
  afterAll(() => rm(profile, { recursive: true, force: true }));

  async function open(path: string): Promise<{ dom: string; console: string }> {
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--enable-logging=stderr',
      `--user-data-dir=${profile}`,
      // Long enough for the page to have refreshed itself once.
      '--virtual-time-budget=15000',
      '--dump-dom',
    ];
    const { stdout, stderr } = await promisify(execFile)(chromium!, [...flags, url + path], {
      maxBuffer: 1 << 26,
    });
    const console = stderr.split('\n').filter((line) => line.includes(':CONSOLE'));
    return { dom: stdout, console: console.join('\n') };
  }

  it.each(['/', `/dags/${encodeURIComponent(ODD)}`])(
    'shows %s without a word on the console',
    async (path) => {
      const { dom, console } = await open(path);
      expect(console).toBe('');
      expect(mainOf(dom)).toContain('Running for 8 min');
      expect(mainOf(dom)).toContain('team/odd id &lt;b&gt;🚀&lt;/b&gt;');
      expect(dom).toMatch(/<p id="offline"[^>]* hidden/);
      expect(dom).not.toContain('<b>🚀');
    },
  );
});

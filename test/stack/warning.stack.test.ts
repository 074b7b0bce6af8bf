/** The whole path: a real Airflow, ORC, Prometheus with the rendered rules, Alertmanager with the rendered routes, and a server that speaks Slack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';
import { SlackServer, TOKEN } from '../alerts/slack-server.js';
import { BIN, runOrc } from '../support/orc.js';
import { startAlertmanager, type Alertmanager } from './alertmanager/alertmanager.js';
import { CollectorAirflow } from './collector-airflow.js';
import { freePort, startPrometheus, until, type Prometheus } from './prometheus/prometheus.js';

const QUIET_MS = 30_000;
const directory = mkdtempSync(join(tmpdir(), 'orc-warning-'));
const outage = join(directory, 'outage');
process.env['OUTAGE_FILE'] = outage;
const airflow = new CollectorAirflow(19_280, 16_739, undefined, { folder: 'warning-dags', count: 1 });
const config = join(directory, 'orc.yaml');
const rendered = join(directory, 'rendered');
const credentials = join(directory, 'orc-token');
const history = join(directory, 'history.ndjson');

let slack: SlackServer;
let alertmanager: Alertmanager | undefined;
let prometheus: Prometheus | undefined;
let up: ChildProcess | undefined;
let metadata: Database;

async function orc(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runOrc([
    ...args,
    ...['--config', config, '--data-dir', join(directory, 'data')],
  ]);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Three weeks of hourly runs of `orders`; in every tenth or so, by chance, the database was away. */
function writeHistory(): void {
  const lines: string[] = [];
  const begin = Date.now() / 1000 - 22 * 86_400;
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
  for (let hour = 0; hour < 21 * 24; hour++) {
    const due = begin + hour * 3600;
    const isAway = createHash('sha256').update(String(hour)).digest()[0]! < 26;
    const row = (task: string, number: number, state: string, from: number, seconds: number): void => {
      lines.push(
        JSON.stringify({
          deployment: 'stack',
          dag_id: 'orders',
          run_id: `scheduled__${at(due)}`,
          task_id: task,
          try_number: number,
          state,
          run_type: 'scheduled',
          queued_at: at(due + from),
          started_at: at(due + from + 1),
          ended_at: at(due + from + 1 + seconds),
          operator: '_PythonDecoratedOperator',
          pool: 'default_pool',
          extra: { max_tries: task === 'extract' ? 2 : 0 },
        }),
      );
    };
    if (isAway) {
      for (const number of [1, 2, 3]) row('extract', number, 'failed', (number - 1) * 32, 1);
    } else {
      row('extract', 1, 'success', 0, 1);
      row('load', 1, 'success', 3, 4);
    }
  }
  writeFileSync(history, `${lines.join('\n')}\n`);
}

/** Ends of runs of `orders` that failed since then, Unix milliseconds. */
async function failuresSince(time: number): Promise<number[]> {
  const rows = await metadata.query<{ ended: number }>(
    `SELECT (extract(epoch FROM end_date) * 1000)::double precision AS ended FROM dag_run
     WHERE dag_id = 'orders' AND state = 'failed' AND end_date > to_timestamp($1)
     ORDER BY end_date`,
    [time / 1000],
  );
  return rows.map(({ ended }) => ended);
}

beforeAll(async () => {
  slack = await SlackServer.start();
  const port = await freePort();
  writeFileSync(
    config,
    JSON.stringify({
      log_level: 'warn',
      server: { port, metrics_public: true },
      deployments: [
        { name: 'stack', url: airflow.url, username: 'viewer', password: 'viewer', poll_interval_seconds: 2 },
      ],
      deadlines: [{ dag_id: 'orders', minutes_after_due: 60 }],
      scoring: { interval_seconds: 1 },
      alerts: {
        costs: { missed_failure: 100, warning: 15, action: 20, avertable_share: 0.5 },
        links: { orc_url: `http://127.0.0.1:${port}` },
        alertmanager: { credentials_file: credentials },
      },
      notifications: { slack: { token: TOKEN, channel: '#data-alerts', api_url: slack.url } },
    }),
  );
  writeHistory();
  await orc('import', history);
  await orc('train');
  const { token } = JSON.parse(
    await orc('tokens', 'create', 'alertmanager', '--role', 'operator', '--json'),
  ) as {
    token: string;
  };
  writeFileSync(credentials, token);
  await orc('alerts', 'render', '--out', rendered);
  await airflow.start();
  metadata = await connect(airflow.metadataUrl, { logger: silentLogger(), applicationName: 'orc test' });
  up = spawn(process.execPath, [BIN, 'up', '--config', config, '--data-dir', join(directory, 'data')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok, 120_000, 'orc is ready');
  alertmanager = await startAlertmanager(join(rendered, 'alertmanager/alertmanager.yaml'));
  prometheus = await startPrometheus(`127.0.0.1:${port}`, {
    alerting: { ruleFiles: [join(rendered, 'rules/*.yaml')], alertmanager: alertmanager.address },
  });
});

afterAll(async () => {
  await prometheus?.stop();
  await alertmanager?.stop();
  if (up !== undefined) {
    const exited = once(up, 'exit');
    up.kill('SIGTERM');
    await exited;
  }
  await metadata.close();
  airflow.stop();
  await slack.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a warning', () => {
  it('does not come while all is well', async () => {
    await sleep(QUIET_MS);
    expect(await failuresSince(0)).toEqual([]);
    expect(slack.messages).toEqual([]);
  });

  it('comes to Slack before the failure that it is about, with the reason', async () => {
    const injectedAt = Date.now();
    writeFileSync(outage, '');
    await until(() => Promise.resolve(slack.roots.length > 0), 240_000, 'a message has come');
    const warnedAt = Date.now();
    const message = structuredClone(slack.roots[0]!);
    console.log(message.text, message.blocks);
    expect(await failuresSince(injectedAt), 'failures before the warning').toEqual([]);
    await until(async () => (await failuresSince(injectedAt)).length > 0, 120_000, 'the run has failed');
    const [failedAt] = await failuresSince(injectedAt);
    console.log(
      `${Math.round((warnedAt - injectedAt) / 1000)} s after the cause, ${Math.round((failedAt! - warnedAt) / 1000)} s before the failure`,
    );
    expect(message.text).toContain('orders');
    const [why] = /\*Why\*[^"]*/.exec(message.blocks)!;
    expect(why).toContain('its first try failed');
    // What its log tells once that is read, else that it failed.
    expect(why).toMatch(/its latest failure was a fault of infrastructure|its latest try failed/i);
    expect(message.blocks).toContain('Most at risk: task `extract`');
  });

  it('is closed, the same message, with what happened once the cause has gone', async () => {
    rmSync(outage);
    const text = (): string => slack.roots[0]!.text;
    await until(
      () => Promise.resolve(text().includes('failed and has recovered')),
      300_000,
      'the message says how it ended',
      () => [slack.roots, slack.replies.map((reply) => reply.text)],
    );
    console.log(
      slack.roots.map((message) => message.text),
      slack.replies.map((message) => message.text),
    );
    expect(slack.roots).toHaveLength(1);
  });
});

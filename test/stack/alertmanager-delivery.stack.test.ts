/** A real Alertmanager with the rendered configuration: what arrives at ORC and at Slack, and what is held back. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderAlertmanager } from '../../alerts/index.js';
import { configSchema } from '../../core/config/schema.js';
import { runOrc } from '../support/orc.js';

interface Delivery {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

const DAG = 'a\'"<b>`c` & {{ .d }}';
const directory = mkdtempSync(join(tmpdir(), 'orc-delivery-'));
const deliveries: Delivery[] = [];
let receiver: Server;
let alertmanager: ChildProcess;
let address = '';

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await once(server.close(), 'close');
  return port;
}

async function until(condition: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (await Promise.resolve(condition()).catch(() => false)) return;
    await sleep(200);
  }
  throw new Error(`not within ${seconds} s`);
}

beforeAll(async () => {
  execFileSync(join(import.meta.dirname, 'alertmanager/install.sh'), { stdio: 'inherit' });
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      deliveries.push({ path: request.url!, authorization: request.headers.authorization, body });
      response.end('ok');
    });
  });
  const orc = `http://127.0.0.1:${await listen(receiver)}`;
  const files = { token: 'secret-token', slack: `${orc}/slack` };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const rendered = configSchema.parse({
    alerts: {
      links: { orc_url: orc },
      alertmanager: {
        credentials_file: join(directory, 'token'),
        slack_url_file: join(directory, 'slack'),
        slack_channel: '#data',
      },
    },
  });
  const config = join(directory, 'alertmanager.yaml');
  writeFileSync(config, renderAlertmanager(rendered));
  address = `http://127.0.0.1:${await freePort()}`;
  const program =
    spawnSync('prometheus-alertmanager', ['--version']).status === 0
      ? 'prometheus-alertmanager'
      : 'alertmanager';
  alertmanager = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${join(directory, 'data')}`,
      `--web.listen-address=${address.slice('http://'.length)}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  await until(async () => (await fetch(`${address}/-/ready`)).ok, 60);
});
afterAll(async () => {
  if (alertmanager.exitCode === null) {
    alertmanager.kill();
    await once(alertmanager, 'exit');
  }
  receiver.close();
  rmSync(directory, { recursive: true });
});

const alert = (alertname: string, labels: Record<string, string>) => ({
  labels: { alertname, deployment: 'prod', kind: 'failure', severity: 'warning', ...labels },
  annotations: {
    summary: `${labels['dag_id'] ?? 'ORC'} speaks`,
    description: `About ${labels['dag_id'] ?? 'ORC'}.`,
    ...{ runbook_url: 'http://runbook', dashboard_url: 'http://dashboard' },
  },
});

describe('alertmanager', () => {
  it('delivers once per DAG, escaped for Slack, and holds back what a failure or an outage speaks for', async () => {
    const answer = await fetch(`${address}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify([
        alert('OrcDagFailed', { dag_id: DAG }),
        alert('OrcDagFailureRisk', { dag_id: DAG }),
        alert('OrcDagFailureRisk', { dag_id: DAG, severity: 'critical' }),
        alert('OrcDagFailureRisk', { dag_id: 'other' }),
        alert('OrcSharedOutage', { deployment: 'dev', severity: 'critical', kind: 'outage' }),
        alert('OrcDagFailed', { deployment: 'dev', dag_id: 'part' }),
        alert('OrcDagFailureRisk', { deployment: 'dev', dag_id: 'part' }),
      ]),
    });
    expect(answer.status).toBe(200);
    const of = (path: string) => deliveries.filter((delivery) => delivery.path === path);
    await until(() => of('/api/v1/alerts').length >= 3 && of('/slack').length >= 3, 40);
    const groups = of('/api/v1/alerts').map(({ body }) => {
      const { alerts, groupLabels } = JSON.parse(body) as {
        alerts: { labels: Record<string, string> }[];
        groupLabels: Record<string, string>;
      };
      return [
        groupLabels['deployment'],
        groupLabels['dag_id'],
        alerts.map(({ labels }) => labels['alertname']),
      ];
    });
    expect(groups).toHaveLength(3);
    expect(groups).toEqual(
      expect.arrayContaining([
        ['prod', DAG, ['OrcDagFailed']],
        ['prod', 'other', ['OrcDagFailureRisk']],
        ['dev', undefined, ['OrcSharedOutage']],
      ]),
    );
    expect(of('/api/v1/alerts').map(({ authorization }) => authorization)).toEqual(
      Array.from({ length: 3 }, () => 'Bearer secret-token'),
    );
    const slack = of('/slack').map(({ body }) => body);
    const told = slack.map(
      (body) => JSON.parse(body) as { channel: string; attachments: { title: string; text: string }[] },
    );
    const { channel, attachments } = told.find(({ attachments: [first] }) =>
      first!.title.includes('{{ .d }}'),
    )!;
    expect(channel).toBe('#data');
    expect(attachments[0]!.title).toBe('a\'"&lt;b&gt;`c` &amp; {{ .d }} speaks');
    expect(attachments[0]!.text).toContain('About a\'"&lt;b&gt;`c` &amp; {{ .d }}.');
    expect(attachments[0]!.text).toContain('<http://dashboard|Details> · <http://runbook|What to do>');
  });

  it('takes the test alert of orc alerts test', async () => {
    const file = join(directory, 'orc.yaml');
    writeFileSync(file, JSON.stringify({ alerts: { alertmanager: { url: address } } }));
    const { code, stderr } = await runOrc(['alerts', 'test', '--team', 'core', '--config', file], {});
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const known = (await (await fetch(`${address}/api/v2/alerts`)).json()) as {
      labels: Record<string, string>;
    }[];
    expect(known.map(({ labels }) => labels)).toContainEqual({
      ...{ alertname: 'OrcTest', deployment: 'all', kind: 'health', severity: 'warning', team: 'core' },
    });
  });
});

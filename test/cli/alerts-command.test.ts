import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { runOrc } from '../support/orc.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-alerts-command-'));
let store: TemporaryDatabase;
let server: Server;
let status = 200;
const received: { path: string; authorization: string | undefined; body: unknown }[] = [];

const orc = (...args: string[]) => runOrc(args, { ORC_DATABASE_URL: store.url, ORC_LOG_LEVEL: 'error' });

function config(name: string, alerts: object): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify({ alerts }));
  return path;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

beforeAll(async () => {
  store = await temporaryDatabase();
  server = createServer((request, response) => {
    void textOf(request).then((text) => {
      received.push({
        path: request.url!,
        authorization: request.headers.authorization,
        body: JSON.parse(text),
      });
      response.writeHead(status).end(status === 200 ? '{}' : 'start time must not be equal to end time');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await store.drop();
  rmSync(directory, { recursive: true });
});

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/am/`;

describe('orc alerts render', () => {
  it('writes the files that are checked in, with the default configuration but for their format', async () => {
    const { code, stdout } = await orc('alerts', 'render', '--out', join(directory, 'out'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      written: [
        'rules/orc-risk.yaml',
        'rules/orc-airflow.yaml',
        'rules/orc-health.yaml',
        'alertmanager/alertmanager.yaml',
      ].map((name) => join(directory, 'out', name)),
    });
    expect(readFileSync(join(directory, 'out/rules/orc-risk.yaml'), 'utf8')).toContain(
      'alert: OrcDagFailureRisk',
    );
  });

  it('says why a folder cannot be written to', async () => {
    const { code, stderr } = await orc('alerts', 'render', '--out', config('a file', {}));
    expect(code).toBe(1);
    expect(stderr).toMatch(/--out .*a file: /);
  });
});

describe('orc alerts test', () => {
  it('sends one alert that says it is a test', async () => {
    const file = config('test.yaml', { alertmanager: { url: address(), token: 'secret' } });
    const { code, stdout } = await orc('alerts', 'test', '--team', 'core', '--config', file);
    expect(code).toBe(0);
    expect(stdout).toContain('sent a test alert');
    expect(received.at(-1)).toMatchObject({
      path: '/am/api/v2/alerts',
      authorization: 'Bearer secret',
      body: [
        {
          labels: {
            alertname: 'OrcTest',
            severity: 'warning',
            kind: 'health',
            deployment: 'all',
            team: 'core',
          },
          annotations: { summary: 'TEST of ORC: nothing is wrong' },
        },
      ],
    });
  });

  it.each([
    [400, /answers 400: start time must not/],
    [401, /answers 401: the token is missing or wrong/],
  ])('tells what Alertmanager said with %i', async (answer, message) => {
    status = answer;
    const { code, stderr } = await orc(
      'alerts',
      'test',
      '--config',
      config('bad.yaml', { alertmanager: { url: address() } }),
    );
    status = 200;
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('says where nothing answers, and what is missing', async () => {
    const nowhere = config('nowhere.yaml', { alertmanager: { url: 'http://127.0.0.1:1' } });
    expect((await orc('alerts', 'test', '--config', nowhere)).stderr).toMatch(
      /127\.0\.0\.1:1\/api\/v2\/alerts does not answer/,
    );
    const { code, stderr } = await orc('alerts', 'test', '--config', config('none.yaml', {}));
    expect(code).toBe(2);
    expect(stderr).toContain('`alerts.alertmanager.url` is not set');
  });
});

describe('orc alerts preview', () => {
  it('says what is missing while there is no history', async () => {
    const { code, stderr } = await orc('alerts', 'preview');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no history to replay/);
  });

  it.each(['30', '0d', '-1d', 'xd', '9999999d'])('refuses --last %s', async (last) => {
    const { code, stderr } = await orc('alerts', 'preview', `--last=${last}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/expected days or hours, such as 30d or 12h/);
  });

  it('warns of a DAG that fails in streaks, and less with dearer warnings', async () => {
    const rows = Array.from({ length: 300 }, (_, day) => {
      const at = (hour: number) => new Date(Date.UTC(2026, 0, 1 + day, hour)).toISOString();
      return `daily,run ${day},load,${day % 10 < 3 ? 'failed' : 'success'},${at(1)},${at(2)},${at(3)}\n`;
    });
    const file = join(directory, 'history.csv');
    writeFileSync(file, `dag_id,run_id,task_id,state,queued_at,started_at,ended_at\n${rows.join('')}`);
    expect((await orc('import', file)).code).toBe(0);
    const preview = async (alerts: object) => {
      const { code, stdout } = await orc(
        'alerts',
        'preview',
        '--last',
        '60d',
        '--json',
        '--config',
        config('costs.yaml', alerts),
      );
      expect(code).toBe(0);
      return JSON.parse(stdout) as {
        risks: string;
        days: number;
        warnings: number;
        thresholds: { warning: { lowest: number } };
      };
    };
    const cheap = await preview({ costs: { warning: 0.6 } });
    expect(cheap).toMatchObject({ risks: 'replayed', thresholds: { warning: { lowest: 0.012 } } });
    expect(cheap.days).toBeCloseTo(60, 0);
    expect(cheap.warnings).toBeGreaterThan(0);
    const dear = await preview({ costs: { warning: 49 } });
    expect(dear.warnings).toBeLessThan(cheap.warnings);
  });
});

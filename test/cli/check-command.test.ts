import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../cli/checks/check.js';
import { FakeAirflow } from '../collector/airflow/fake-airflow.js';
import { smallWorld } from '../collector/airflow/fake-world.js';
import { scriptedServer, sendJson } from '../collector/airflow/http/scripted-server.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { runOrc } from '../support/orc.js';

interface Document {
  readonly ok: boolean;
  readonly summary: Record<Check['status'], number>;
  readonly checks: readonly Check[];
}

const directory = mkdtempSync(join(tmpdir(), 'orc-check-'));
const closers: (() => Promise<unknown>)[] = [];
let store: TemporaryDatabase;
let airflow: FakeAirflow;
let files = 0;

beforeAll(async () => {
  store = await temporaryDatabase();
  airflow = await new FakeAirflow(smallWorld()).start();
  airflow.world.now = Math.floor(Date.now() / 1000);
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(async () => {
  await airflow.stop();
  await store.drop();
  rmSync(directory, { recursive: true });
});

/** `orc check --json` with a port of its own to listen on unless the configuration says otherwise. */
async function check(more = '', password = 'secret-password') {
  const path = join(directory, `${files++}.yaml`);
  writeFileSync(
    path,
    `server: { port: 0 }\ndeployments: [{ name: prod, url: '${airflow.url}', username: viewer }]\n${more}`,
  );
  const environment = { ORC_DATABASE_URL: store.url, ORC_AIRFLOW_PASSWORD: password };
  const { code, stdout, stderr } = await runOrc(['check', '--json', '--config', path], environment);
  expect(stdout + stderr).not.toContain('secret-password');
  const document = JSON.parse(stdout) as Document;
  const failed = document.checks.filter(({ status }) => status === 'failed');
  return { code, stderr, document, failed };
}

describe('orc check', () => {
  it('ends with 0 when nothing failed, and says so as JSON', async () => {
    const { code, document, stderr } = await check();
    expect(document).toMatchObject({ ok: true, summary: { failed: 0 } });
    expect(document.checks.find(({ name }) => name === 'login')).toEqual({
      name: 'login',
      deployment: 'prod',
      status: 'ok',
      found: 'as "viewer"',
      fix: null,
    });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('ends with 1 when something failed', async () => {
    const { code, failed, document } = await check('', 'guess');
    expect(failed.map(({ name }) => name)).toEqual(['login']);
    expect(document.ok).toBe(false);
    expect(code).toBe(1);
  });

  it('reports a configuration that is not valid as a failed check', async () => {
    const { code, failed } = await check('colour: blue\n');
    expect(failed).toMatchObject([
      { name: 'configuration', found: expect.stringContaining('colour') as string },
    ]);
    expect(code).toBe(1);
  });

  it('prints text for people', async () => {
    const environment = { ORC_DATABASE_URL: store.url, ORC_SERVER_PORT: '0' };
    const { code, stdout } = await runOrc(['check'], environment);
    expect(stdout).toMatch(
      /^ORC AI\n {2}warning {2}configuration .*no Airflow is configured\n {26,}fix: Run orc init/,
    );
    expect(code).toBe(0);
  });

  it('names a port that another program has, and knows a running ORC', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => other.close(resolve)));
    const taken = await listenCheck((other.address() as AddressInfo).port);
    expect(taken).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('ORC_SERVER_PORT') as string,
    });
    const orc = await scriptedServer((_request, response) => {
      sendJson(response, 200, { status: 'healthy' });
    });
    closers.push(() => orc.stop());
    expect(await listenCheck(orc.port)).toMatchObject({ status: 'ok' });
  });

  it('refuses to listen beyond loopback without a token', async () => {
    expect(await listenCheck(0, '0.0.0.0')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('orc tokens create') as string,
    });
  });
});

async function listenCheck(port: number, host = '127.0.0.1'): Promise<Check | undefined> {
  const { stdout } = await runOrc(['check', '--json'], {
    ORC_DATABASE_URL: store.url,
    ORC_SERVER_HOST: host,
    ORC_SERVER_PORT: String(port),
  });
  return (JSON.parse(stdout) as Document).checks.find(({ name }) => name === 'listen_address');
}

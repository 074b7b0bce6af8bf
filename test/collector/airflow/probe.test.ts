import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createAirflowClient,
  probeAirflow,
  type AirflowConnection,
} from '../../../collector/airflow/index.js';
import { silentLogger } from '../../../core/logger.js';
import { FakeAirflow } from './fake-airflow.js';
import { smallWorld } from './fake-world.js';
import { failureOf } from './harness.js';
import { scriptedServer, sendJson } from './http/scripted-server.js';
import { FakeAirflow2 } from './v1/fake-airflow-2.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function probe(baseUrl: string, more: Partial<AirflowConnection> = {}) {
  const client = createAirflowClient(
    { name: 'd', baseUrl, username: 'viewer', password: 'secret-password', timeoutSeconds: 5, ...more },
    { logger: silentLogger() },
  );
  closers.push(() => client.close());
  return probeAirflow(client);
}

async function server(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const started = await scriptedServer((request, response) => {
    answer(request.url ?? '', response);
  });
  closers.push(() => started.stop());
  return started.url;
}

async function fake(...options: ConstructorParameters<typeof FakeAirflow>): Promise<FakeAirflow> {
  const airflow = await new FakeAirflow(...options).start();
  closers.push(() => airflow.stop());
  return airflow;
}

describe('probeAirflow', () => {
  it('tells version, counts and the difference of clocks', async () => {
    const airflow = await fake(smallWorld(), { prefix: '/team' });
    airflow.world.now = Math.floor(Date.now() / 1000) + 100;
    const found = await probe(airflow.url);
    expect(found).toMatchObject({ version: '3.2.1', base: airflow.url, dags: 3, dagRuns: 9 });
    expect(found.clockSkewSeconds).toBeGreaterThan(95);
    expect(found.clockSkewSeconds).toBeLessThan(105);
  });

  it('names a port where nothing listens', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const error = await failureOf(probe(`http://127.0.0.1:${port}`));
    expect(error).toMatchObject({ code: 'airflow_unreachable' });
    expect(error.message).toBe(`http://127.0.0.1:${port} refuses the connection: nothing listens there`);
    expect(error.fix).toContain('Check host and port');
  });

  it('names a host that does not exist', async () => {
    const error = await failureOf(probe('http://airflow.invalid:8080'));
    expect(error).toMatchObject({ code: 'airflow_unreachable' });
    expect(error.message).toMatch(/^http:\/\/airflow\.invalid:8080 has a host name that cannot be found/);
  });

  it('names a server that speaks no HTTP', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => undefined).write('SSH-2.0-OpenSSH_9.2\r\n');
      closers.push(() => Promise.resolve(socket.destroy()));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => other.close(resolve)));
    const error = await failureOf(probe(`http://127.0.0.1:${(other.address() as AddressInfo).port}`));
    expect(error.message).toMatch(/does not speak HTTP$/);
  });

  it('names https where there is http', async () => {
    const url = await server((_, response) => {
      sendJson(response, 200, {});
    });
    const error = await failureOf(probe(url.replace('http:', 'https:')));
    expect(error.message).toMatch(/does not speak TLS$/);
    expect(error.fix).toContain('http://');
  });

  it('names an Airflow 2 that is too old', async () => {
    const url = await server((path, response) => {
      if (path.startsWith('/api/v1/version'))
        sendJson(response, 200, { version: '2.8.4', git_version: null });
      else
        response
          .writeHead(404, { 'content-type': 'text/html' })
          .end('<!doctype html><title>Airflow 404</title>');
    });
    const error = await failureOf(probe(url));
    expect(error).toMatchObject({ code: 'airflow_unsupported' });
    expect(error.message).toBe(
      `${url} runs Airflow 2.8.4; ORC reads Airflow 2.9 to 2.11 (REST API v1) and 3.0 to 3.3 (v2)`,
    );
    expect(error.fix).toContain('orc import');
  });

  it('finds an Airflow 2, with what it has', async () => {
    const airflow = new FakeAirflow2(smallWorld());
    await airflow.start();
    closers.push(() => airflow.stop());
    expect(await probe(airflow.url)).toMatchObject({
      version: '2.11.0',
      restVersion: 'v1',
      dags: 3,
      dagRuns: 9,
    });
  });

  it('names an Airflow 4', async () => {
    const airflow = await fake({ ...smallWorld(), version: '4.0.0' });
    const error = await failureOf(probe(airflow.url));
    expect(error).toMatchObject({ code: 'airflow_unsupported' });
    expect(error.message).toContain('runs Airflow 4.0.0');
  });

  it('names a web page', async () => {
    const url = await server((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Grafana</title>'),
    );
    const error = await failureOf(probe(url));
    expect(error).toMatchObject({ code: 'airflow_bad_answer' });
    expect(error.message).toContain(`${url} is not an Airflow API server`);
    expect(error.message).toContain('answers an HTML page titled "Grafana" instead of JSON');
  });

  it('names another JSON service', async () => {
    const url = await server((_, response) => {
      sendJson(response, 200, { status: 'up' });
    });
    const error = await failureOf(probe(url));
    expect(error.message).toContain('unexpected answer at `version`');
  });

  it('names a wrong path prefix', async () => {
    const airflow = await fake(smallWorld(), { prefix: '/team' });
    const error = await failureOf(probe(airflow.url.replace('/team', '')));
    expect(error).toMatchObject({ code: 'airflow_unsupported' });
    expect(error.fix).toContain('path prefix');
  });

  it('names a proxy that answers 504', async () => {
    const url = await server((_, response) =>
      response
        .writeHead(504, { 'content-type': 'text/html' })
        .end('<html><title>504 Gateway Time-out</title></html>'),
    );
    const error = await failureOf(probe(url));
    expect(error).toMatchObject({ code: 'airflow_unreachable', retryable: true });
    expect(error.message).toContain('a proxy in front of Airflow gave up waiting (HTTP 504');
  });

  it('names a wrong password and a missing right', async () => {
    const airflow = await fake(smallWorld());
    const wrong = await failureOf(probe(airflow.url, { password: 'guess' }));
    expect(wrong).toMatchObject({ code: 'airflow_unauthorized' });
    expect(wrong.message).toContain('refuses user "viewer": wrong user name or password');
    airflow.interfere = ({ path }) =>
      path.endsWith('/pools') ? { status: 403, body: '{"detail":"Forbidden"}' } : undefined;
    const missing = await failureOf(probe(airflow.url));
    expect(missing).toMatchObject({ code: 'airflow_unauthorized' });
    expect(missing.message).toBe(`${airflow.url}/api/v2/pools refuses access (HTTP 403: Forbidden)`);
  });
});

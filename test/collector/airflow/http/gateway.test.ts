import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { type AddressInfo, type Server, type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAirflowClient, type AirflowConnection } from '../../../../collector/airflow/index.js';
import { silentLogger } from '../../../../core/logger.js';
import { failureOf } from '../harness.js';
import { fakeToken, sendJson } from './scripted-server.js';

const TLS = join(import.meta.dirname, 'tls');
const CERTIFICATE = readFileSync(join(TLS, 'loopback-certificate.pem'), 'utf8');
const KEY = readFileSync(join(TLS, 'loopback-key.pem'), 'utf8');
const ANSWER = z.object({ ok: z.boolean() });

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** An Airflow that notes the headers of all requests. */
function airflow(seen: IncomingMessage['headers'][]) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    seen.push(request.headers);
    if (request.url === '/auth/token') sendJson(response, 201, { access_token: fakeToken(0, 4e9) });
    else sendJson(response, 200, { ok: true });
  };
}

/** Passes plain requests on, opens tunnels, and lets in who knows the password. */
async function startProxy(log: string[], credentials: string | null = null): Promise<number> {
  const isWelcome = (request: IncomingMessage): boolean => {
    log.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const wanted = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
    return credentials === null || request.headers['proxy-authorization'] === wanted;
  };
  const proxy = createServer((incoming, outgoing) => {
    if (!isWelcome(incoming)) {
      outgoing.writeHead(407).end();
      return;
    }
    const { method, headers } = incoming;
    const onward = httpRequest(incoming.url!, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    if (!isWelcome(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = request.url!.split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => undefined);
    closers.push(() => Promise.resolve(onward.destroy()));
  });
  return listen(proxy);
}

function ask(baseUrl: string, gateway: AirflowConnection['gateway']): Promise<{ ok: boolean }> {
  const client = createAirflowClient(
    { name: 'd', baseUrl, username: 'viewer', password: 'hunter2', retryForSeconds: 0, gateway: gateway! },
    { logger: silentLogger() },
  );
  closers.push(() => client.close());
  return client.get(['x'], {}, ANSWER);
}

describe('a gateway', () => {
  it('gets its headers with every request, the login too', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const port = await listen(createServer(airflow(seen)));
    await ask(`http://127.0.0.1:${port}`, { headers: { 'X-Api-Key': 's3cret', accept: 'text/html' } });
    expect(seen.map((headers) => headers['x-api-key'])).toEqual(['s3cret', 's3cret']);
    expect(seen.map((headers) => headers.accept)).toEqual(['application/json', 'application/json']);
    expect(seen[1]!.authorization).toMatch(/^Bearer /);
  });

  it('with a certificate of its own is trusted by its authority, and by nothing else', async () => {
    const port = await listen(createTlsServer({ cert: CERTIFICATE, key: KEY }, airflow([])));
    const url = `https://127.0.0.1:${port}`;
    expect(await ask(url, { certificateAuthorities: CERTIFICATE })).toEqual({ ok: true });
    const error = await failureOf(ask(url, {}));
    expect(error.message).toContain('has a TLS certificate that is not trusted');
    expect(error.fix).toContain('`ca_file`');
  });

  it('may be an HTTP proxy, for plain addresses', async () => {
    const log: string[] = [];
    const port = await listen(createServer(airflow([])));
    const proxy = await startProxy(log, 'me:pass word');
    const url = `http://127.0.0.1:${port}`;
    expect(await ask(url, { proxyUrl: `http://me:pass%20word@127.0.0.1:${proxy}` })).toEqual({ ok: true });
    expect(log).toEqual([`POST ${url}/auth/token`, `GET ${url}/x`]);
  });

  it('may be an HTTP proxy, for TLS addresses', async () => {
    const log: string[] = [];
    const port = await listen(createTlsServer({ cert: CERTIFICATE, key: KEY }, airflow([])));
    const proxy = await startProxy(log, 'me:secret');
    const gateway = { certificateAuthorities: CERTIFICATE, proxyUrl: `http://me:secret@127.0.0.1:${proxy}` };
    expect(await ask(`https://127.0.0.1:${port}`, gateway)).toEqual({ ok: true });
    expect(log).toEqual([`CONNECT 127.0.0.1:${port}`]);
  });

  it.each(['http', 'https'])('that wants a login is named, for %s, without its password', async (scheme) => {
    const proxy = await startProxy([], 'me:secret');
    const gateway = { proxyUrl: `http://me:hunter3@127.0.0.1:${proxy}` };
    const error = await failureOf(ask(`${scheme}://127.0.0.1:9/`, gateway));
    expect(error.message).toContain(`the proxy answers HTTP 407`);
    expect(error.message).toContain(`127.0.0.1:${proxy}`);
    expect(error.message).not.toContain('hunter3');
    expect(error.fix).toContain('`proxy`');
  });
});

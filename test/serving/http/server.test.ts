import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createToken, revokeToken } from '../../../serving/auth/tokens.js';
import { createServer } from '../../../serving/http/server.js';
import { errorSchema } from '../../../serving/http/schemas.js';
import { temporaryDatabase } from '../../support/database.js';
import { NOW, sketchSource } from '../support.js';
import { serverOptions, useServer } from './harness.js';

const sketches = [{ dagId: 'etl', risk: 0.5 }];

describe('on loopback without tokens', () => {
  const http = useServer({ scorer: sketchSource(sketches), allowedHosts: ['orc.example.com'] });

  it('is open to read', async () => {
    for (const path of ['/', '/metrics', '/api/v1/risks', '/dags/etl', '/-/healthy', '/-/ready']) {
      expect((await http.ask(path)).status).toBe(200);
    }
  });

  it('answers Prometheus text, and OpenMetrics on request', async () => {
    const text = await http.ask('/metrics');
    expect(text.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text.text).toContain('orc_dag_failure_risk_ratio{deployment="production",dag_id="etl"} 0.5\n');
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
    const open = await http.ask('/metrics', { headers: { accept } });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.text.endsWith('# EOF\n')).toBe(true);
  });

  it.each(['evil.example', 'localhost.evil.example', 'evil.example:9810', 'a b'])(
    'refuses Host "%s"',
    async (host) => {
      for (const path of ['/', '/metrics', '/api/v1/risks', '/-/healthy', '/assets/orc.css']) {
        const answer = await http.ask(path, { headers: { host } });
        expect(answer.status).toBe(403);
      }
    },
  );

  it('names the setting that accepts a host', async () => {
    const answer = await http.ask('/api/v1/risks', { headers: { host: 'evil.example' } });
    expect(errorSchema.parse(answer.json).error).toEqual({
      code: 'host_not_allowed',
      message: 'Host "evil.example" is not accepted; add its name to server.allowed_hosts.',
    });
  });

  it.each(['localhost:9810', 'orc.example.com', 'ORC.example.com.:443', '[::1]:9810'])(
    'accepts Host %s',
    async (host) => {
      expect((await http.ask('/api/v1/risks', { headers: { host } })).status).toBe(200);
    },
  );

  it.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example'])(
    'refuses Origin %s',
    async (origin) => {
      const answer = await http.ask('/api/v1/risks', { headers: { origin } });
      expect(answer.status).toBe(403);
      expect(errorSchema.parse(answer.json).error.code).toBe('origin_not_allowed');
    },
  );

  it('accepts its own origin, and grants no other one access', async () => {
    const answer = await http.ask('/api/v1/risks', { headers: { origin: http.url } });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('sends security headers with every answer', async () => {
    for (const path of ['/', '/metrics', '/api/v1/risks', '/nothing', '/assets/orc.js']) {
      const { headers } = await http.ask(path);
      expect(headers['content-security-policy']).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'",
      );
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('ignores a session that is left over from another time', async () => {
    const headers = { cookie: 'other=1; orc_session=orc_old' };
    expect((await http.ask('/', { headers })).status).toBe(200);
  });

  it('survives nonsense on the wire', async () => {
    const socket = connect(Number(new URL(http.url).port), '127.0.0.1');
    socket.end('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: -1\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect((await http.ask('/-/healthy')).json).toEqual({ status: 'healthy' });
  });
});

describe('before the first scores', () => {
  const http = useServer({
    scorer: sketchSource(null, { state: 'no_model', detail: 'No model is in use yet.' }),
  });

  it('is healthy, not ready, and says why', async () => {
    expect((await http.ask('/-/healthy')).status).toBe(200);
    const ready = await http.ask('/-/ready');
    expect(ready.status).toBe(503);
    expect(ready.json).toEqual({ error: { code: 'not_ready', message: 'No model is in use yet.' } });
    expect(ready.headers['retry-after']).toBe('5');
    expect((await http.ask('/api/v1/risks')).status).toBe(503);
    expect((await http.ask('/metrics')).status).toBe(200);
    expect((await http.ask('/')).text).toContain('orc train');
  });
});

describe('with a token', () => {
  let token = '';
  const http = useServer({ scorer: sketchSource(sketches) }, async (database) => {
    token = await createToken(database, { name: 'prometheus', role: 'viewer', expiresAt: null }, () => NOW);
  });
  const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

  it('is needed for metrics, API and pages, but not for health', async () => {
    for (const path of ['/metrics', '/api/v1/risks', '/api/v1/openapi.json', '/api/v1/nothing']) {
      const without = await http.ask(path);
      expect(without.status).toBe(401);
      expect(without.headers['www-authenticate']).toBe('Bearer realm="orc"');
      expect(errorSchema.parse(without.json).error.code).toBe('unauthorized');
      expect((await http.ask(path, bearer('orc_wrong'))).status).toBe(401);
      expect((await http.ask(path, { headers: { authorization: `Basic ${token}` } })).status).toBe(401);
    }
    expect((await http.ask('/metrics', bearer(token))).status).toBe(200);
    expect((await http.ask('/api/v1/risks', bearer(token))).status).toBe(200);
    expect((await http.ask('/-/healthy')).status).toBe(200);
    expect((await http.ask('/-/ready')).status).toBe(200);
  });

  it('signs a browser in and out', async () => {
    const page = await http.ask('/', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.location]).toEqual([303, '/sign-in']);
    expect((await http.ask('/sign-in')).text).toContain('API token');

    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: http.url };
    const wrong = await http.ask('/sign-in', { method: 'POST', headers: form, body: 'token=orc_wrong' });
    expect(wrong.status).toBe(401);
    expect(wrong.headers).not.toHaveProperty('set-cookie');

    const right = await http.ask('/sign-in', { method: 'POST', headers: form, body: `token=${token}` });
    expect([right.status, right.headers.location]).toEqual([303, '/']);
    const [cookie] = right.headers['set-cookie']!;
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);

    const session = { cookie: cookie!.split(';')[0]!, accept: 'text/html' };
    const overview = await http.ask('/', { headers: session });
    expect(overview.status).toBe(200);
    expect(overview.text).toContain('Sign out');
    expect(overview.text).not.toContain(token);

    const out = await http.ask('/sign-out', { method: 'POST', headers: { ...session, origin: http.url } });
    expect(out.headers['set-cookie']![0]).toMatch(/^orc_session=; Path=\/; Expires=Thu, 01 Jan 1970/);
  });

  it('marks the session as secure when the browser came over https', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://localhost' };
    const answer = await http.ask('/sign-in', { method: 'POST', headers, body: `token=${token}` });
    expect(answer.headers['set-cookie']![0]).toContain('; Secure');
  });

  it('takes no form without an origin, from elsewhere, or too large', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = { method: 'POST', body: `token=${token}` };
    expect((await http.ask('/sign-in', { ...post, headers: type })).status).toBe(403);
    const foreign = { ...type, origin: 'https://evil.example' };
    expect((await http.ask('/sign-in', { ...post, headers: foreign })).status).toBe(403);
    const body = `token=${'x'.repeat(10_000)}`;
    const large = await http.ask('/sign-in', {
      method: 'POST',
      headers: { ...type, origin: http.url },
      body,
    });
    expect(large.status).toBe(413);
  });
});

describe('with public metrics', () => {
  const http = useServer({ scorer: sketchSource(sketches), metricsPublic: true }, (database) =>
    createToken(database, { name: 't', role: 'viewer', expiresAt: null }, () => NOW),
  );

  it('needs no token for them alone', async () => {
    expect((await http.ask('/metrics')).status).toBe(200);
    expect((await http.ask('/api/v1/risks')).status).toBe(401);
  });
});

describe('listening', () => {
  it('is refused beyond loopback without a usable token', async () => {
    const store = await temporaryDatabase();
    try {
      const server = createServer(serverOptions(store.database, { host: '0.0.0.0' }));
      await expect(server.listen()).rejects.toMatchObject({ code: 'usage' });
      expect(server.address).toBeNull();

      await createToken(store.database, { name: 't', role: 'viewer', expiresAt: null }, () => NOW);
      const url = await server.listen();
      expect(url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
      await server.close();

      await revokeToken(store.database, 't');
      const again = createServer(serverOptions(store.database, { host: '0.0.0.0' }));
      await expect(again.listen()).rejects.toThrow('no API token yet');
    } finally {
      await store.drop();
    }
  });

  it('names a port that is taken, and closes gracefully', async () => {
    const store = await temporaryDatabase();
    try {
      const first = createServer(serverOptions(store.database, {}));
      const url = await first.listen();
      expect(first.address).toBe(url);
      const port = Number(new URL(url).port);
      const second = createServer(serverOptions(store.database, { port }));
      await expect(second.listen()).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken.`);
      await first.close();
      await first.close();
      expect(first.address).toBeNull();
      await expect(fetch(`${url}/-/healthy`)).rejects.toThrow();
    } finally {
      await store.drop();
    }
  });
});

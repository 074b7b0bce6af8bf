import { describe, expect, it } from 'vitest';
import { failureOf } from '../harness.js';
import { clientOf, server, withLogin } from './client-harness.js';
import { fakeToken, sendJson } from './scripted-server.js';

const logins = (lines: readonly { line: string }[]): number =>
  lines.filter(({ line }) => line.includes('/auth/token')).length;

describe('login', () => {
  it('logs in once, keeps the connection, and asks again before the token expires', async () => {
    const airflow = await server(
      withLogin((_, response) => {
        sendJson(response, 200, { ok: true, extra: 'ignored' });
      }),
    );
    const test = clientOf(airflow.url);
    await test.get();
    expect(await test.get()).toEqual({ ok: true });
    expect(logins(airflow.seen)).toBe(1);
    test.now += 901;
    await test.get();
    expect(logins(airflow.seen)).toBe(2);
    expect(airflow.connections()).toBe(1);
  });

  it('keeps the path prefix', async () => {
    const airflow = await server((request, response) => {
      if (request.url === '/team/auth/token') sendJson(response, 201, { access_token: fakeToken(0, 100) });
      else sendJson(response, 200, { ok: request.url === '/team/api/v2/a%2Fb' });
    });
    expect(await clientOf(`${airflow.url}/team/`).get(['api', 'v2', 'a/b'])).toEqual({ ok: true });
  });

  it.each([
    ['expired', 401, 'Token Expired'],
    ['signed with a former secret', 403, 'Invalid JWT token'],
  ])('logs in again when its token is %s', async (_, status, detail) => {
    let refused = 0;
    const airflow = await server(
      withLogin((request, response) => {
        const payload = (request.headers.authorization ?? '').split('.')[1]!;
        const isFirst = Buffer.from(payload, 'base64url').toString().includes('login 1');
        if (isFirst && ++refused > 0) sendJson(response, status, { detail });
        else sendJson(response, 200, { ok: true });
      }),
    );
    expect(await clientOf(airflow.url).get()).toEqual({ ok: true });
    expect([refused, logins(airflow.seen)]).toEqual([1, 2]);
  });

  it('does not log in for ever', async () => {
    const airflow = await server(
      withLogin((_, response) => {
        sendJson(response, 401, { detail: 'Not authenticated' });
      }),
    );
    const error = await failureOf(clientOf(airflow.url).get());
    expect(error).toMatchObject({ code: 'airflow_unauthorized' });
    expect(logins(airflow.seen)).toBe(2);
  });

  it('does not take a missing right for a bad token', async () => {
    const airflow = await server(
      withLogin((_, response) => {
        sendJson(response, 403, { detail: 'Forbidden' });
      }),
    );
    const error = await failureOf(clientOf(airflow.url).get());
    expect(error.message).toBe(`${airflow.url}/x refuses access (HTTP 403: Forbidden)`);
    expect(error.fix).toContain('Viewer');
    expect(logins(airflow.seen)).toBe(1);
  });

  it('names the user, never the password, when the login is refused', async () => {
    const airflow = await server((_, response) => {
      sendJson(response, 401, { detail: 'Invalid credentials' });
    });
    const test = clientOf(airflow.url);
    const error = await failureOf(test.get());
    expect(error.message).toBe(
      `${airflow.url}/auth/token refuses user "viewer": wrong user name or password (HTTP 401: Invalid credentials)`,
    );
    expect(`${error.message}${error.stack ?? ''}`).not.toContain('hunter2');
    expect(test.waits).toEqual([]);
  });

  it('says so when no credentials are configured', async () => {
    const airflow = await server((_, response) => {
      sendJson(response, 403, { detail: 'only if all admins' });
    });
    const error = await failureOf(clientOf(airflow.url, { username: null, password: null }).get());
    expect(error.message).toContain('wants a login, and no user and password are configured');
    expect(airflow.seen[0]!.line).toBe('GET /auth/token');
  });

  it('uses a given token as it is, and cannot renew it', async () => {
    let status = 200;
    const airflow = await server((_, response) => {
      sendJson(response, status, { ok: true, detail: 'Token Expired' });
    });
    const test = clientOf(airflow.url, { token: 'my-token' });
    await test.get();
    expect(airflow.seen[0]!.authorization).toBe('Bearer my-token');
    status = 401;
    const error = await failureOf(test.get());
    expect(error.message).toContain('the configured token is not valid (any more)');
    expect(error.message).not.toContain('my-token');
  });

  it('takes credentials out of the address and shows them nowhere', async () => {
    const airflow = await server(
      withLogin((_, response) => {
        sendJson(response, 404, { detail: 'gone' });
      }),
    );
    const test = clientOf(airflow.url.replace('//', '//viewer:hunter2@'), { username: null, password: null });
    const error = await failureOf(test.get());
    expect(error.message).toBe(`${airflow.url}/x does not exist (HTTP 404: gone)`);
    expect(airflow.seen[0]!.line).toBe('POST /auth/token');
  });
});

import { describe, expect, it } from 'vitest';
import { failureOf } from '../harness.js';
import { ANSWER, clientOf, server, withLogin } from './client-harness.js';
import { sendJson } from './scripted-server.js';

describe('trouble', () => {
  it('tries again after server errors, with growing waits', async () => {
    const airflow = await server(
      withLogin((_, response, count) => {
        sendJson(response, count < 5 ? 503 : 200, { ok: true });
      }),
    );
    const test = clientOf(airflow.url);
    expect(await test.get()).toEqual({ ok: true });
    expect(test.waits).toEqual([0.5, 1, 2]);
    expect(test.client.statistics().retries).toBe(3);
  });

  it('waits as long as Retry-After says', async () => {
    const airflow = await server(
      withLogin((_, response, count) => {
        sendJson(response, count < 3 ? 429 : 200, { ok: true }, { 'retry-after': '9' });
      }),
    );
    const test = clientOf(airflow.url);
    await test.get();
    expect(test.waits).toEqual([9]);
  });

  it('tries again when a connection breaks or an answer is cut', async () => {
    const airflow = await server(
      withLogin((request, response, count) => {
        if (count === 2) request.socket.destroy();
        else if (count === 3)
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok": tr');
        else sendJson(response, 200, { ok: true });
      }),
    );
    expect(await clientOf(airflow.url).get()).toEqual({ ok: true });
  });

  it('gives up after a while with the last error', async () => {
    const airflow = await server(
      withLogin((_, response) => {
        sendJson(response, 500, { detail: 'boom' });
      }),
    );
    const test = clientOf(airflow.url, { retryForSeconds: 10 });
    const error = await failureOf(test.get());
    expect(error).toMatchObject({ code: 'airflow_unreachable', kind: 'server_error', retryable: true });
    expect(error.message).toBe(`${airflow.url}/x answers HTTP 500: boom`);
    expect(test.waits).toEqual([0.5, 1, 2, 4]);
  });

  it.each([
    [504, 'timeout'],
    [524, 'timeout'],
    [502, 'server_error'],
  ])('tells a proxy that answers %i', async (status, kind) => {
    const html = `<html><head><title>${status} Gateway</title></head></html>`;
    const airflow = await server(
      withLogin((_, response) => response.writeHead(status, { 'content-type': 'text/html' }).end(html)),
    );
    const error = await failureOf(clientOf(airflow.url, { retryForSeconds: 0 }).get());
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(`HTTP ${status} titled "${status} Gateway"`);
  });

  it('does not wait longer than configured for one answer', async () => {
    const airflow = await server(withLogin(() => undefined));
    const test = clientOf(airflow.url, { timeoutSeconds: 0.2, retryForSeconds: 0 });
    const error = await failureOf(test.get());
    expect(error.message).toBe(`${airflow.url}/x did not answer within 0.2 s`);
    expect(error.kind).toBe('timeout');
  });

  it('stops at once when its owner stops it', async () => {
    const airflow = await server(withLogin(() => undefined));
    const test = clientOf(airflow.url);
    const controller = new AbortController();
    const waiting = failureOf(test.client.get(['x'], {}, ANSWER, { signal: controller.signal }));
    while (airflow.seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await waiting).toMatchObject({ code: 'cancelled' });
  });

  it('refuses an answer beyond the limit without keeping it', async () => {
    const airflow = await server(
      withLogin((_, response) => {
        sendJson(response, 200, { ok: true, note: 'x'.repeat(20 * 2 ** 20) });
      }),
    );
    const error = await failureOf(clientOf(airflow.url, { maxResponseBytes: 2 ** 20 }).get());
    expect(error).toMatchObject({ code: 'airflow_bad_answer', kind: 'too_large' });
    expect(error.message).toBe(`${airflow.url}/x: the answer is larger than 1 MiB`);
  });

  it('reads past 20 MB in one field within the limit', async () => {
    const airflow = await server(
      withLogin((_, response) => {
        sendJson(response, 200, { ok: true, note: 'x'.repeat(20_000_000) });
      }),
    );
    expect(await clientOf(airflow.url).get()).toEqual({ ok: true });
  });
});

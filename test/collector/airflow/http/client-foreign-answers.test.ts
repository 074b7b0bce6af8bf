import { describe, expect, it } from 'vitest';
import { failureOf } from '../harness.js';
import { clientOf, server, withLogin } from './client-harness.js';

describe('answers that are not Airflow’s', () => {
  const answer = async (
    body: string,
    type: string,
    status = 200,
    headers: Record<string, string> = {},
  ): Promise<Error> => {
    const airflow = await server(
      withLogin((_, response) => response.writeHead(status, { 'content-type': type, ...headers }).end(body)),
    );
    return failureOf(clientOf(airflow.url, { retryForSeconds: 0 }).get());
  };

  it('names a page', async () => {
    const error = await answer('<!doctype html><html><title>Sign in</title></html>', 'text/html');
    expect(error.message).toMatch(/\/x answers an HTML page titled "Sign in" instead of JSON$/);
    expect(error).toMatchObject({ code: 'airflow_bad_answer', retryable: false });
  });

  it('names a redirect without its query', async () => {
    const error = await answer('', 'text/plain', 302, {
      location: 'https://sso.example.com/login?state=secret',
    });
    expect(error.message).toMatch(/redirects to https:\/\/sso\.example\.com\/login \(HTTP 302\)$/);
  });

  it('names the field that is not as expected', async () => {
    const error = await answer('{"ok":"yes"}', 'application/json');
    expect(error.message).toMatch(
      /\/x: unexpected answer at `ok`: Invalid input: expected boolean, received string$/,
    );
  });

  it('shows the beginning of what is neither', async () => {
    const error = await answer('hello\n'.repeat(1000), 'text/plain');
    expect(error.message.length).toBeLessThan(320);
    expect(error.message).toContain('answers what is not JSON: hello hello');
  });
});

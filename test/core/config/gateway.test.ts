import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hideSecrets } from '../../../core/config/hide-secrets.js';
import { loadConfig } from '../../../core/config/load.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-gateway-'));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const load = (deployment: Record<string, unknown>, environment: Record<string, string> = {}) => {
  const text = JSON.stringify({ deployments: [{ url: 'http://a', ...deployment }] });
  const config = loadConfig({
    configPath: file('orc.yaml', text),
    environment: { HOME: '/home/u', ...environment },
  });
  return { config, deployment: config.deployments[0]! };
};

describe('the gateway of a deployment', () => {
  it('asks for one thing at a time, and nothing more, unless told', () => {
    const { deployment } = load({});
    expect(deployment).toMatchObject({
      headers: {},
      ca_file: null,
      proxy: null,
      concurrency: 1,
      timeout_seconds: 30,
    });
  });

  it('takes headers from the file, from another file and from the environment', () => {
    const secrets = file('headers', 'X-Api-Key: s3cret: with colon\n\nX-Team: data\n');
    const { deployment } = load({ headers: { 'X-Plain': 'yes' }, headers_file: secrets });
    expect(deployment.headers).toEqual({
      'X-Plain': 'yes',
      'X-Api-Key': 's3cret: with colon',
      'X-Team': 'data',
    });
    expect(load({}, { ORC_AIRFLOW_HEADERS: 'X-Api-Key: 1\nX-B: 2' }).deployment.headers).toEqual({
      'X-Api-Key': '1',
      'X-B': '2',
    });
  });

  it('hides the values of headers and the proxy when printed', () => {
    const proxy = file('proxy', 'http://me:s3cret@proxy:3128\n');
    const { config, deployment } = load({ headers: { 'X-Api-Key': 's3cret' }, proxy_file: proxy });
    expect(deployment.proxy).toBe('http://me:s3cret@proxy:3128');
    const printed = JSON.stringify(hideSecrets(config));
    expect(printed).not.toContain('s3cret');
    expect(printed).toContain('"X-Api-Key":"[hidden]"');
  });

  it.each([
    [
      'a header that ORC sets',
      { headers: { Authorization: 's3cret' } },
      /Authorization is set by ORC itself/,
    ],
    ['a header name with a space', { headers: { 'X Key': 's3cret' } }, /"X Key" is not a name of a header/],
    [
      'a header value with a line break',
      { headers: { 'X-Key': 's3cret\nX: y' } },
      /the value of X-Key holds/,
    ],
    ['headers that are no text', { headers: { 'X-Key': 5 } }, /expected names with values/],
    ['a line that is no header', { headers: 's3cret' }, /expected a line `Name: value`/],
    [
      'a proxy that is no address',
      { proxy: 's3cret' },
      /`deployments\.0\.proxy` is \[hidden\]: expected an http/,
    ],
    ['more concurrency than Airflow bears', { concurrency: 3 }, /`deployments\.0\.concurrency` is 3/],
    [
      'a file of authorities that is missing',
      { ca_file: '/nowhere/ca.pem' },
      /`ca_file`: \/nowhere\/ca\.pem/,
    ],
  ])('refuses %s, without telling a secret', (_, deployment, message) => {
    let shown = '';
    try {
      load(deployment);
    } catch (error) {
      shown = (error as Error).message;
    }
    expect(shown).toMatch(message);
    expect(shown).not.toContain('s3cret');
  });

  it('refuses a file of authorities without certificates, and a file of headers without headers', () => {
    expect(() => load({ ca_file: file('ca.pem', 'nothing') })).toThrow(/expected PEM/);
    expect(() => load({ headers_file: file('broken', 'nothing') })).toThrow(
      /headers_file`: .*broken: expected a line/,
    );
  });
});

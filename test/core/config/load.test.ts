import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hideSecrets } from '../../../core/config/hide-secrets.js';
import { loadConfig } from '../../../core/config/load.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-config-'));
let files = 0;

function file(text: string): string {
  files += 1;
  const path = join(directory, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const load = (yaml: string, environment: Record<string, string> = {}, flags: Record<string, unknown> = {}) =>
  loadConfig({ configPath: file(yaml), environment: { HOME: '/home/u', ...environment }, flags });

describe('loadConfig', () => {
  it('has safe defaults', () => {
    const config = load('');
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 9810, metrics_public: false });
    expect(config.data_dir).toBe('/home/u/.local/share/orc-ai');
    expect(config.database_url).toBeNull();
  });

  it('prefers flags to the environment, that to the file, that to defaults', () => {
    const yaml = 'server: {port: 1}\nlog_level: warn\n';
    expect(load(yaml).server.port).toBe(1);
    expect(load(yaml, { ORC_SERVER_PORT: '2' }).server.port).toBe(2);
    expect(load(yaml, { ORC_SERVER_PORT: '2' }, { 'server.port': 3 }).server.port).toBe(3);
    expect(load(yaml, {}, { 'server.port': undefined }).log_level).toBe('warn');
  });

  it('makes a deployment from the environment alone', () => {
    const config = load('', {
      ORC_AIRFLOW_URL: 'http://127.0.0.1:8080/x',
      ORC_AIRFLOW_USERNAME: 'viewer',
      ORC_AIRFLOW_PASSWORD: 'p',
    });
    expect(config.deployments).toMatchObject([
      { name: 'default', url: 'http://127.0.0.1:8080/x', username: 'viewer', password: 'p' },
    ]);
  });

  it('reads a secret from its file, and hides it when printed', () => {
    const secret = join(directory, 'secret');
    writeFileSync(secret, 's3cret\n');
    const config = load(`deployments: [{url: "http://a", username: u, password_file: ${secret}}]`);
    expect(config.deployments[0]?.password).toBe('s3cret');
    expect(JSON.stringify(hideSecrets(config))).not.toContain('s3cret');
  });

  it.each([
    ['an unknown key', 'sever: {port: 1}', /unknown key `sever`/],
    ['an unknown nested key', 'server: {prot: 1}', /unknown key `server\.prot`/],
    [
      'a value out of range',
      'server: {port: 99999}',
      /\.yaml: `server\.port` is 99999: expected integer 0 to 65535$/,
    ],
    [
      'a value of another kind',
      'server: {port: many}',
      /`server\.port` is "many": expected integer 0 to 65535$/,
    ],
    [
      'a word that is none of those',
      'log_level: loud',
      /`log_level` is "loud": expected one of `fatal`, `error`,/,
    ],
    ['an empty text', 'server: {host: ""}', /`server\.host` is "": Too small/],
    [
      'keys where a list is due',
      'deployments: {url: "http://a"}',
      /`deployments` is \{"url":.*expected array/,
    ],
    [
      'a wrong address',
      'deployments: [{url: "airflow:8080"}]',
      /`deployments\.0\.url` is "airflow:8080": expected an http/,
    ],
    ['a missing address', 'deployments: [{name: a}]', /`deployments\.0\.url` is missing/],
    [
      'two StatsD sources',
      'deployments: [{url: "http://a", statsd: {port: 8125, exporter_url: "http://e/metrics"}}]',
      /set only one of `port`, `socket_path` and `exporter_url`/,
    ],
    [
      'forwarding without a listener',
      'deployments: [{url: "http://a", statsd: {forward_to: "e:9125"}}]',
      /`forward_to` needs `port` or `socket_path`/,
    ],
    [
      'forwarding to itself',
      'deployments: [{url: "http://a", statsd: {port: 8125, forward_to: "127.0.0.1:8125"}}]',
      /where ORC itself listens/,
    ],
    [
      'forwarding to no port',
      'deployments: [{url: "http://a", statsd: {port: 8125, forward_to: "e"}}]',
      /expected HOST:PORT/,
    ],
    ['a name twice', 'deployments: [{url: "http://a"}, {url: "http://b"}]', /"default" occurs twice/],
    ['no mapping', '- 1', /expected keys and values/],
    ['bad YAML', 'a: [', /not valid YAML/],
    ['both secret and file', 'database_url: a\ndatabase_url_file: b', /both set/],
    [
      'a missing secret file',
      'database_url_file: /nowhere/x',
      /database_url_file`: \/nowhere\/x cannot be read/,
    ],
  ])('refuses %s', (_name, yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
  });

  it('names the variable or the command line that a wrong value came from', () => {
    expect(() => load('', { ORC_SERVER_PORT: 'abc', ORC_AIRFLOW_URL: 'airflow:8080' })).toThrow(
      /^ORC_AIRFLOW_URL: `deployments\.0\.url` is "airflow:8080": expected an http.*\n *ORC_SERVER_PORT: `server\.port` is "abc": expected integer 0 to 65535$/,
    );
    expect(() => load('', { ORC_SERVER_PORT: '1' }, { 'server.port': -1 })).toThrow(
      /^command line: `server\.port` is -1/,
    );
    const environment = { HOME: '/home/u', ORC_AIRFLOW_USERNAME: 'viewer' };
    expect(() => loadConfig({ configPath: null, environment })).toThrow(
      /^environment: `deployments\.0\.url` is missing: expected an http/,
    );
  });

  it('tells of an unknown ORC_ variable and goes on', () => {
    const told: string[] = [];
    const config = loadConfig({
      configPath: null,
      environment: { HOME: '/home/u', ORC_PORT: 'tcp://10.0.0.1:9810' },
      onUnknownVariables: (names) => told.push(...names),
    });
    expect(told).toEqual(['ORC_PORT']);
    expect(config.server.port).toBe(9810);
  });

  it('never shows a secret in a message', () => {
    expect(() => load('deployments: [{url: "http://a", password: [hunter2]}]')).toThrow(
      /^(?!.*hunter2).*password/,
    );
  });

  it('refuses a named file that does not exist', () => {
    expect(() => loadConfig({ configPath: '/nowhere/orc.yaml', environment: {} })).toThrow(
      /nowhere\/orc\.yaml: cannot be read/,
    );
  });
});

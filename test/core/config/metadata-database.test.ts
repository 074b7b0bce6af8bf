import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hideSecrets } from '../../../core/config/hide-secrets.js';
import { loadConfig } from '../../../core/config/load.js';
import { pollIntervalSeconds } from '../../../core/config/schema.js';

const URL = 'postgresql://orc_reader:geheim@db.example.com/airflow';
const directory = mkdtempSync(join(tmpdir(), 'orc-metadata-config-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const load = (deployment: Record<string, unknown>, environment: Record<string, string> = {}) => {
  const path = join(directory, 'orc.yaml');
  writeFileSync(path, JSON.stringify({ deployments: [{ url: 'http://a', ...deployment }] }));
  return loadConfig({ configPath: path, environment: { HOME: '/home/u', ...environment } });
};

describe('metadata_database_url', () => {
  it('comes from the file, from a file of its own, and from the environment', () => {
    const secret = join(directory, 'secret');
    writeFileSync(secret, `${URL}\n`);
    for (const config of [
      load({ metadata_database_url: URL }),
      load({ metadata_database_url_file: secret }),
      load({}, { ORC_AIRFLOW_METADATA_DATABASE_URL: URL }),
      load({}, { ORC_AIRFLOW_METADATA_DATABASE_URL_FILE: secret }),
    ]) {
      expect(config.deployments[0]!.metadata_database_url).toBe(URL);
      expect(JSON.stringify(hideSecrets(config))).not.toContain('geheim');
    }
  });

  it('makes polls frequent, unless they are set', () => {
    const interval = (deployment: Record<string, unknown>) =>
      pollIntervalSeconds(load(deployment).deployments[0]!);
    expect(interval({})).toBe(60);
    expect(interval({ metadata_database_url: URL })).toBe(4);
    expect(interval({ metadata_database_url: URL, poll_interval_seconds: 30 })).toBe(30);
  });
});

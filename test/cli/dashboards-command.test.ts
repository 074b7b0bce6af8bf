import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeGrafana } from '../dashboards/fake-grafana.js';
import { runOrc } from '../support/orc.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orc-dashboards-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('orc dashboards render', () => {
  it('writes the shipped JSON, with links to the given ORC', async () => {
    const out = join(folder, 'new', 'place');
    const { code, stdout } = await runOrc([
      'dashboards',
      'render',
      '--out',
      out,
      '--orc-url',
      'https://orc.example.com/x/',
      '--json',
    ]);
    expect(code).toBe(0);
    const { files } = JSON.parse(stdout) as { files: string[] };
    expect(files).toHaveLength(5);
    expect(readdirSync(out).sort()).toEqual(
      readdirSync(join(import.meta.dirname, '../../dashboards/json')).sort(),
    );
    const written = readFileSync(join(out, 'dag-detail.json'), 'utf8');
    expect(written).toContain('"query": "https://orc.example.com/x"');
    expect(written).not.toContain('127.0.0.1');
  });

  it('refuses an address that is none, and a place that is no folder', async () => {
    const bad = await runOrc(['dashboards', 'render', '--out', folder, '--orc-url', 'javascript:alert(1)']);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('--orc-url: "javascript:alert(1)" is not an address of ORC');
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const place = await runOrc(['dashboards', 'render', '--out', file]);
    expect(place.code).toBe(2);
    expect(place.stderr).toContain('--out:');
  });
});

describe('orc dashboards push', () => {
  let grafana: FakeGrafana;
  let token: string;
  beforeEach(async () => {
    grafana = new FakeGrafana();
    await grafana.start();
    token = join(folder, 'token');
    writeFileSync(token, `${grafana.token}\n`);
  });
  afterEach(() => grafana.stop());
  const push = (...more: string[]) =>
    runOrc(['dashboards', 'push', '--url', grafana.url, '--token-file', token, ...more]);

  it('saves them, and fails with 1 when somebody edited one', async () => {
    const first = await push('--folder', 'Pipelines');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/ORC \/ Risk overview +created +\/grafana\/d\/orc-risk-overview/);
    expect(grafana.folders[0]!.title).toBe('Pipelines');
    grafana.edit('orc-health');
    const refused = await push('--folder', 'Pipelines');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('--force');
    expect((await push('--folder', 'Pipelines', '--force')).code).toBe(0);
  });

  it('refuses what it cannot use', async () => {
    writeFileSync(token, 'two words\n');
    const bad = await push();
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('holds no token');
    const missing = await runOrc(['dashboards', 'push', '--url', grafana.url, '--token-file', '/nowhere']);
    expect(missing).toMatchObject({ code: 2 });
    const address = await runOrc(['dashboards', 'push', '--url', 'grafana', '--token-file', token]);
    expect(address.stderr).toContain('--url: "grafana" is not an address');
    const withUser = await runOrc(['dashboards', 'push', '--url', 'http://a:b@x', '--token-file', token]);
    expect(withUser.stderr).toContain('--url holds a user or password');
    expect(withUser.stderr).not.toContain('a:b');
  });
});

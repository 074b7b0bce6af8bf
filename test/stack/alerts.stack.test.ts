/** The rules as Prometheus's own promtool judges them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const RULES = join(import.meta.dirname, '../../alerts/rules');
const TESTS = join(import.meta.dirname, 'alerts');

function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

beforeAll(() => {
  execFileSync(join(import.meta.dirname, 'prometheus/install.sh'), { stdio: 'inherit' });
});

describe('rules', () => {
  it.each(readdirSync(RULES).filter((name) => name.endsWith('.yaml')))('promtool accepts %s', (name) => {
    const { status, output } = run('promtool', ['check', 'rules', join(RULES, name)]);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it.each(readdirSync(TESTS).filter((name) => name.endsWith('.test.yaml')))('pass %s', (name) => {
    const { status, output } = run('promtool', ['test', 'rules', join(TESTS, name)]);
    expect(output).not.toContain('FAILED');
    expect(status).toBe(0);
  });
});

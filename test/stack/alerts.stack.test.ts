/** Rules as Prometheus's own promtool judges them, routes as Alertmanager's own amtool does. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderAlertmanager, renderRules, ruleSettings } from '../../alerts/index.js';
import { configSchema } from '../../core/config/schema.js';

const RULES = join(import.meta.dirname, '../../alerts/rules');
const TESTS = join(import.meta.dirname, 'alerts');
const directory = mkdtempSync(join(tmpdir(), 'orc-alerts-'));

function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

beforeAll(() => {
  for (const name of ['prometheus', 'alertmanager'])
    execFileSync(join(import.meta.dirname, name, 'install.sh'), { stdio: 'inherit' });
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

  it('are accepted with the addresses of several Airflows in them, and link to the right one', () => {
    const deployments = ['prod', 'dev'].map((name) => ({ name, url: `http://${name}.example.com` }));
    for (const [name, text] of Object.entries(renderRules(ruleSettings(configSchema.parse({ deployments })))))
      writeFileSync(join(directory, name), text);
    const id = 'a"b`{{ .c }}';
    const test = {
      rule_files: ['orc-risk.yaml'],
      tests: [
        {
          interval: '1m',
          input_series: ['prod', 'dev', 'unknown'].map((deployment) => ({
            series: `orc_dag_last_run_failed{deployment="${deployment}",dag_id=${JSON.stringify(id)}}`,
            values: '1x10',
          })),
          alert_rule_test: [{ eval_time: '5m', alertname: 'OrcDagFailed', exp_alerts: [] }],
        },
      ],
    };
    writeFileSync(join(directory, 'links.test.yaml'), JSON.stringify(test));
    // What promtool got instead of nothing.
    const { output } = run('promtool', ['test', 'rules', join(directory, 'links.test.yaml')]);
    const encoded = 'a%22b%60%7B%7B%20.c%20%7D%7D';
    for (const deployment of ['prod', 'dev'])
      expect(output).toContain(`airflow_url="http://${deployment}.example.com/dags/${encoded}"`);
    expect(output).toContain(`unknown has failed`);
  });
});

describe('alertmanager.yaml', () => {
  const full = {
    teams: [
      {
        ...{ name: 'core.data', tag: 'core' },
        alertmanager: { slack_channel: '#core', pagerduty_key_file: '/etc/pd-core' },
      },
      { name: 'core.data', owner: 'carl' },
      { name: 'sales', owner: 'sam', alertmanager: { email_to: 'sales@example.com' } },
      { name: 'silent', owner: 'q' },
    ],
    alertmanager: {
      slack_url_file: '/etc/slack',
      slack_channel: '#data-alerts',
      pagerduty_key_file: '/etc/pd',
      smtp: { smarthost: 'smtp.example.com:587', from: 'orc@example.com' },
      office_hours: { enabled: true, time_zone: 'Europe/Berlin' },
    },
  };

  function write(name: string, { teams, ...alerts }: { readonly teams?: readonly object[] }): string {
    const path = join(directory, name);
    writeFileSync(path, renderAlertmanager(configSchema.parse({ alerts, teams })));
    return path;
  }

  const routed = (path: string, labels: Record<string, string>): string[] => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const { stdout, status } = spawnSync(
      'amtool',
      ['config', 'routes', 'test', `--config.file=${path}`, ...pairs],
      {
        encoding: 'utf8',
      },
    );
    expect(status).toBe(0);
    return stdout.trim().split(',');
  };

  it.each([
    ['by default', {}],
    ['with every receiver', full],
  ])('is accepted by amtool %s', (name, alerts) => {
    const { status, output } = run('amtool', ['check-config', write(`${name}.yaml`, alerts)]);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it('sends everything to ORC alone by default', () => {
    const path = write('routes.yaml', {});
    expect(
      routed(path, { alertname: 'OrcDown', severity: 'critical', kind: 'health', deployment: 'all' }),
    ).toEqual(['orc']);
    expect(routed(path, { alertname: 'OrcDagFailed', severity: 'warning', team: 'sales' })).toEqual(['orc']);
  });

  it.each([
    ['a warning of a team', { team: 'sales', severity: 'warning' }, ['orc', 'team-sales-messages']],
    [
      'a critical one, paged too',
      { team: 'core.data', severity: 'critical' },
      ['orc', 'team-core.data-pages', 'team-core.data-messages'],
    ],
    ['a warning, not paged', { team: 'core.data', severity: 'warning' }, ['orc', 'team-core.data-messages']],
    [
      'a team whose name only looks alike',
      { team: 'coreXdata', severity: 'warning' },
      ['orc', 'general-messages'],
    ],
    ['a team without addresses', { team: 'silent', severity: 'warning' }, ['orc', 'general-messages']],
    [
      'a team that no route knows',
      { team: 'nobody', severity: 'critical' },
      ['orc', 'general-pages', 'general-messages'],
    ],
    ['no team', { severity: 'critical', kind: 'health' }, ['orc', 'general-pages', 'general-messages']],
    [
      'a DAG id of anything',
      { dag_id: 'a"<b>`{{ c }}', severity: 'warning', team: 'sales' },
      ['orc', 'team-sales-messages'],
    ],
  ])('routes %s', (_, labels, receivers) => {
    expect(routed(write('full.yaml', full), labels)).toEqual(receivers);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../core/config/schema.js';
import { METRICS } from '../../core/metric-names.js';
import { runbookName } from '../../alerts/rules/annotations.js';
import { RECORDED } from '../../alerts/rules/recorded.js';
import { renderRules, ruleGroups, ruleSettings } from '../../alerts/rules/render.js';
import type { AlertingRule } from '../../alerts/rules/types.js';

const ROOT = join(import.meta.dirname, '../..');
const settings = (config: object = {}) => ruleSettings(configSchema.parse(config));
const rules = (config: object = {}) =>
  Object.values(ruleGroups(settings(config))).flatMap((group) => group.rules);
const alerts = (config: object = {}): AlertingRule[] => rules(config).filter((rule) => 'alert' in rule);
const find = (name: string, config: object = {}): AlertingRule =>
  alerts(config).find(({ alert }) => alert === name)!;

/** Evaluations that a test file expects to fire and to be silent, by alert. */
function tested(file: string): string {
  return readFileSync(join(ROOT, 'test/stack/alerts', file), 'utf8');
}

describe('rules', () => {
  it('name only metrics that ORC or Prometheus exposes, and no run', () => {
    const known = new Set<string>([
      ...Object.values(METRICS).map(({ name }) => name),
      ...Object.values(RECORDED).flatMap((name) => name.split(':')),
      ...['process_start_time_seconds'],
    ]);
    for (const { expr } of rules()) {
      const names = expr.match(/\b(?:orc|process|airflow)_[a-z_]+/g) ?? [];
      expect(names.filter((name) => !known.has(name))).toEqual([]);
      expect(expr).not.toMatch(/run_id|\btask_id/);
    }
  });

  it.each([...new Set(alerts().map(({ alert }) => alert))])('%s has a page, and promtool tests', (alert) => {
    const page = readFileSync(join(ROOT, 'docs/runbooks', `${runbookName(alert)}.md`), 'utf8');
    expect(page.startsWith(`# ${alert}\n`)).toBe(true);
    const [file] = Object.entries(ruleGroups(settings())).find(([, group]) =>
      group.rules.some((rule) => 'alert' in rule && rule.alert === alert),
    )!;
    expect(tested(file.replace('.yaml', '.test.yaml'))).toMatch(
      new RegExp(`ALERTS\\{alertname="${alert}",\\s*alertstate="firing"`),
    );
  });

  it.each(alerts().map((rule) => [`${rule.alert} (${rule.labels.severity})`, rule] as const))(
    '%s says what, why and where',
    (_, { annotations }) => {
      expect(annotations.summary).not.toBe('');
      expect(annotations.description).toMatch(/ Impact: /);
      expect(annotations.runbook_url).toMatch(/^https:.*\/orc-[a-z-]+\.md$/);
      expect(annotations.dashboard_url).toMatch(/^http/);
    },
  );

  it('wait longer where sources and scores are refreshed more rarely', () => {
    const config = {
      scoring: { interval_seconds: 600 },
      deployments: [{ name: 'prod', url: 'http://airflow', poll_interval_seconds: 3600 }],
    };
    expect(find('OrcCollectorStale', config).expr).toContain('> 10800');
    expect(find('OrcScoresStale', config).expr).toContain('> 1800');
    expect(find('OrcScoresStale').expr).toContain('> 300');
  });

  it('link to the configured pages, and to the Airflow of the deployment', () => {
    const { annotations } = find('OrcDagFailed', {
      alerts: {
        links: {
          orc_url: 'https://orc.example.com/',
          dashboard_url: 'https://grafana.example.com/d/x',
          runbook_url: 'https://wiki.example.com/orc',
        },
      },
      deployments: [
        { name: 'prod', url: 'https://a.example.com/airflow' },
        { name: 'dev', url: 'http://b.example.com/' },
      ],
    });
    const id = '{{ reReplaceAll "\\\\+" "%20" (urlquery $labels.dag_id) }}';
    expect(annotations).toMatchObject({
      runbook_url: 'https://wiki.example.com/orc/orc-dag-failed.md',
      dashboard_url: `https://grafana.example.com/d/x?var-deployment=${id.replace('dag_id', 'deployment')}&var-dag_id=${id}`,
      airflow_url: `{{ if eq $labels.deployment "prod" }}https://a.example.com/airflow/dags/${id}{{ else if eq $labels.deployment "dev" }}http://b.example.com/dags/${id}{{ end }}`,
    });
    expect(find('OrcDagFailed').annotations.airflow_url).toBeUndefined();
    expect(annotations.log_url).toBe(
      `https://orc.example.com/dags/${id}?deployment=${id.replace('dag_id', 'deployment')}#failures`,
    );
    expect(find('OrcScoresStale').annotations.log_url).toBeUndefined();
  });

  it('are YAML with one group a file', () => {
    for (const [name, text] of Object.entries(renderRules(settings()))) {
      const { groups } = parse(text) as { groups: { name: string }[] };
      expect(groups.map((group) => `${group.name}.yaml`)).toEqual([name]);
    }
  });
});

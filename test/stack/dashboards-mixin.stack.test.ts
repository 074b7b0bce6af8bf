/** The mixin as a user of jsonnet imports it. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readDashboards } from '../../dashboards/index.js';

const MIXIN = join(import.meta.dirname, '../../dashboards/mixin/mixin.libsonnet');

const RULES = join(import.meta.dirname, '../../alerts/rules');

beforeAll(() => {
  execFileSync(join(import.meta.dirname, 'jsonnet', 'install.sh'), { stdio: 'inherit' });
});

function evaluate(config: string, field = 'grafanaDashboards'): unknown {
  const program = `((import ${JSON.stringify(MIXIN)}) + { _config+:: ${config} }).${field}`;
  return JSON.parse(execFileSync('jsonnet', ['-e', program], { encoding: 'utf8', maxBuffer: 2 ** 24 }));
}

const shipped = (orcUrl?: string): unknown =>
  Object.fromEntries(readDashboards(orcUrl).map(({ file, model }) => [file, model]));

it('hands out the shipped dashboards as they are', () => {
  expect(evaluate('{}')).toEqual(shipped());
});

it('leads to the ORC that is configured, as orc dashboards render does', () => {
  expect(evaluate("{ orcUrl: 'https://orc.example.com' }")).toEqual(shipped('https://orc.example.com'));
});

it('has every rule of alerts/rules, alerts and recordings apart', () => {
  interface Rules {
    readonly groups: readonly { readonly name: string; readonly rules: readonly Record<string, unknown>[] }[];
  }
  const rulesOf = ({ groups }: Rules): Record<string, unknown>[] => groups.flatMap(({ rules }) => rules);
  const shippedRules = readdirSync(RULES)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => rulesOf(parse(readFileSync(join(RULES, name), 'utf8')) as Rules));
  const alerts = evaluate('{}', 'prometheusAlerts') as Rules;
  const recordings = evaluate('{}', 'prometheusRules') as Rules;
  const names = [...alerts.groups, ...recordings.groups].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const [rules, kind] of [
    [rulesOf(alerts), 'alert'],
    [rulesOf(recordings), 'record'],
  ] as const) {
    expect(rules.length).toBeGreaterThan(4);
    expect(new Set(rules)).toEqual(new Set(shippedRules.filter((rule) => kind in rule)));
  }
});

/** Rule files for Prometheus, from the typed rules. */
import { stringify } from 'yaml';
import { pollIntervalSeconds, type Config } from '../../core/config/schema.js';
import { airflowAlerts } from './airflow-alerts.js';
import { healthAlerts } from './health-alerts.js';
import { RECORDING_RULES } from './recorded.js';
import { riskAlerts } from './risk-alerts.js';
import type { RuleGroup, RuleSettings } from './types.js';

const COLLECTOR_STALE_SECONDS = 900;
const SCORES_STALE_SECONDS = 300;
/** So many intervals may be missed. */
const MISSED_INTERVALS = 3;

/** What the rules need of the configuration. */
export function ruleSettings({
  alerts,
  deployments,
  scoring,
}: Pick<Config, 'alerts' | 'deployments' | 'scoring'>): RuleSettings {
  const poll = deployments.map((deployment) => MISSED_INTERVALS * pollIntervalSeconds(deployment));
  return {
    links: alerts.links,
    airflows: deployments.map(({ name, url }) => ({ name, url })),
    collectorStaleSeconds: Math.max(COLLECTOR_STALE_SECONDS, ...poll),
    scoresStaleSeconds: Math.max(SCORES_STALE_SECONDS, MISSED_INTERVALS * scoring.interval_seconds),
  };
}

/** Groups by the name of the file that they stand in. */
export function ruleGroups(settings: RuleSettings): Readonly<Record<string, RuleGroup>> {
  return {
    'orc-risk.yaml': { name: 'orc-risk', rules: [...RECORDING_RULES, ...riskAlerts(settings)] },
    'orc-airflow.yaml': { name: 'orc-airflow', rules: airflowAlerts(settings) },
    'orc-health.yaml': { name: 'orc-health', rules: healthAlerts(settings) },
  };
}

/** Content of every rule file, by name. */
export function renderRules(settings: RuleSettings): Readonly<Record<string, string>> {
  const files = Object.entries(ruleGroups(settings)).map(([name, group]) => {
    const text = stringify({ groups: [group] }, { lineWidth: 0, aliasDuplicateObjects: false });
    return [name, `# Written by orc alerts render; change the configuration instead.\n${text}`] as const;
  });
  return Object.fromEntries(files);
}

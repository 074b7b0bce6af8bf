// Writes the generated files: configuration reference, example configuration, feature reference, dashboards. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { renderConfigurationReference, renderExampleConfiguration } from '../dist/core/config/reference.js';
import { renderAlertmanager, renderRules, ruleSettings } from '../dist/alerts/index.js';
import { configSchema } from '../dist/core/config/schema.js';
import { renderDashboardFiles } from '../dist/dashboards/source/render.js';
import { renderFeatureReference } from '../dist/features/reference.js';

const standard = configSchema.parse({});
const inFolder = (folder, rendered) =>
  Object.fromEntries(Object.entries(rendered).map(([name, text]) => [`${folder}/${name}`, text]));
const rules = renderRules(ruleSettings(standard));
const files = {
  'docs/configuration.md': renderConfigurationReference(),
  'orc.example.yaml': renderExampleConfiguration(),
  'docs/features.md': renderFeatureReference(),
  'alerts/alertmanager/alertmanager.yaml': renderAlertmanager(standard),
  ...inFolder('alerts/rules', rules),
  // The same for the mixin: jsonnet 0.18 cannot read YAML with texts of several lines.
  'dashboards/mixin/rules.json': JSON.stringify({
    groups: Object.values(rules).flatMap((text) => parse(text).groups),
  }),
  ...inFolder('dashboards/json', renderDashboardFiles()),
};
const stale = [];
for (const [path, raw] of Object.entries(files)) {
  const text = await format(raw, { ...(await resolveConfig(path)), filepath: path });
  let current = '';
  try {
    current = readFileSync(path, 'utf8');
  } catch {}
  if (current === text) continue;
  if (process.argv.includes('--check')) stale.push(path);
  else writeFileSync(path, text);
}
if (stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}; run npm run generate`);
  process.exitCode = 1;
}

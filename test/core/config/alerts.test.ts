import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../core/config/load.js';

const path = join(mkdtempSync(join(tmpdir(), 'orc-config-alerts-')), 'orc.yaml');

function load(yaml: string) {
  writeFileSync(path, yaml);
  return loadConfig({ configPath: path, environment: { HOME: '/home/u' } });
}

describe('alerts', () => {
  it('have defaults that warn at a risk of 0.2', () => {
    const { costs, overrides, warnings_per_day } = load('').alerts;
    expect(costs).toEqual({ missed_failure: 100, warning: 10, action: 20, avertable_share: 0.5 });
    expect({ overrides, warnings_per_day }).toEqual({ overrides: [], warnings_per_day: 5 });
  });

  it.each(['alerts', 'notifications'])('point to where teams are listed, instead of under %s', (place) => {
    expect(() => load(`${place}: {teams: [{name: a}]}`)).toThrow(
      new RegExp(`\`${place}\\.teams\` is not a key: teams are listed once, under \`teams\` at the top`),
    );
    expect(load('teams: [{name: a, tag: x, slack_channel: "#a"}]').teams).toMatchObject([
      { name: 'a', tag: 'x', slack_channel: '#a', email_to: [] },
    ]);
  });

  it.each([
    ['a threshold of 0', 'costs: {warning: 0}', /`alerts\.costs\.warning` is 0/],
    ['a threshold of 1', 'costs: {warning: 50}', /`alerts\.costs` .*no risk is worth a warning/],
    ['NaN', 'costs: {missed_failure: .nan}', /`alerts\.costs\.missed_failure`/],
    ['infinity', 'costs: {missed_failure: .inf}', /`alerts\.costs\.missed_failure`/],
    ['a share above 1', 'costs: {avertable_share: 1.5}', /`alerts\.costs\.avertable_share` is 1\.5/],
    ['no budget', 'warnings_per_day: 0', /`alerts\.warnings_per_day` is 0/],
    [
      'an entry for no DAG in particular',
      'overrides: [{warning: 1}]',
      /`alerts\.overrides\.0` .*at least one of `deployment`/,
    ],
    [
      'an entry without a cost',
      'overrides: [{tag: a}]',
      /`alerts\.overrides\.0` .*at least one of `missed_failure`/,
    ],
    ['an unknown key', 'overrides: [{dag: a, warning: 1}]', /unknown key `alerts\.overrides\.0\.dag`/],
    [
      'entries that contradict each other',
      'overrides: [{tag: a, warning: 1}, {owner: b, warning: 3}, {tag: a, warning: 2}]',
      /`alerts\.overrides\.2\.warning` is 2: contradicts entry 0, which sets 1 for the same DAGs/,
    ],
  ])('refuse %s', (_, yaml, message) => {
    expect(() => load(`alerts: {${yaml}}`)).toThrow(message);
  });

  it('accept entries about the same DAGs that set different costs', () => {
    expect(
      load('alerts: {overrides: [{tag: a, warning: 1}, {tag: a, action: 2}]}').alerts.overrides,
    ).toHaveLength(2);
  });
});

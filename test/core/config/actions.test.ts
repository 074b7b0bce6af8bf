import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hideSecrets } from '../../../core/config/hide-secrets.js';
import { loadConfig } from '../../../core/config/load.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-config-actions-'));
const path = join(directory, 'orc.yaml');

function load(yaml: string) {
  writeFileSync(path, yaml);
  return loadConfig({ configPath: path, environment: { HOME: '/home/u' } });
}

describe('actions', () => {
  it('only record by default, and only what may pass by itself', () => {
    const { retry, held_out_share, limits } = load('').actions;
    expect(retry).toEqual({
      mode: 'shadow',
      classes: ['transient_infrastructure'],
      delay_minutes: 5,
      most_risk: 1,
      note: true,
    });
    expect(held_out_share).toBe(0.1);
    expect(limits).toMatchObject({ per_hour: 6, per_day: 30, cooldown_minutes: 60 });
  });

  it.each([
    [
      'a class that another try cannot help',
      'retry: {classes: [resource]}',
      /not retried \(unchanged it would need as much memory/,
    ],
    [
      'a class that is none',
      'retry: {classes: [bad_luck]}',
      /expected one of `stopped_by_person`, `upstream`/,
    ],
    ['a class twice', 'retry: {classes: [timeout, timeout]}', /a class occurs twice/],
    ['an unknown mode', 'retry: {mode: yolo}', /`actions\.retry\.mode`/],
    ['an override of every DAG', 'overrides: [{mode: approve}]', /set at least one of `deployment`/],
    ['an override of nothing', 'overrides: [{tag: a}]', /set at least one of `mode`/],
    [
      'overrides that contradict each other',
      'overrides: [{tag: a, mode: approve}, {tag: a, mode: automatic}]',
      /`actions\.overrides\.1\.mode`.* contradicts entry 0, which sets "approve"/,
    ],
    ['budgets that contradict each other', 'limits: {per_hour: 9, per_day: 3}', /must not be above/],
    ['a window without length', "maintenance: [{from: '02:00', to: '02:00'}]", /must differ/],
    [
      'a rule that answers every failure',
      'trigger: {rules: [{classes: [data], start: repair}]}',
      /`actions\.trigger\.rules\.0`.* set at least one of `deployment`/,
    ],
    [
      'a rule without a class',
      'trigger: {rules: [{dag_id: orders, start: repair}]}',
      /`actions\.trigger\.rules\.0\.classes`/,
    ],
    [
      'a rule that answers what a person stopped',
      'trigger: {rules: [{dag_id: orders, classes: [stopped_by_person], start: repair}]}',
      /`actions\.trigger\.rules\.0\.classes\.0` is "stopped_by_person": expected one of `upstream`/,
    ],
    [
      'a DAG that would start itself',
      "trigger: {rules: [{dag_id: 'or*', classes: [data], start: orders}]}",
      /`actions\.trigger\.rules\.0\.start`.* started by its own failure/,
    ],
    [
      'two rules for the same case',
      'trigger: {rules: [{tag: a, classes: [data, code], start: x}, {tag: a, classes: [code], start: y}]}',
      /`actions\.trigger\.rules\.1\.classes`.* entry 0 answers code of the same DAGs already/,
    ],
    [
      'a rule that starts what is protected',
      "protected_dags: ['fin*'], trigger: {rules: [{tag: a, classes: [data], start: finance_repair}]}",
      /`actions\.trigger\.rules\.0\.start`.* is protected \(`fin\*` in `protected_dags`\)/,
    ],
    [
      'a rule that gives what ORC gives',
      'trigger: {rules: [{tag: a, classes: [data], start: x, conf: {failed_run: 1}}]}',
      /`actions\.trigger\.rules\.0\.conf\.failed_run`.* is given by ORC/,
    ],
    ['an expiry in the past', 'pool: {expire_minutes: -5}', /`actions\.pool\.expire_minutes` is -5/],
    ['more held out than treated', 'held_out_share: 0.9', /`actions\.held_out_share` is 0\.9/],
  ])('refuse %s', (_name, yaml, message) => {
    expect(() => load(`actions: {${yaml}}`)).toThrow(message);
  });

  it('have a credential of their own, which may come from a file and is hidden', () => {
    const file = join(directory, 'password');
    writeFileSync(file, 'open sesame\n');
    const config = load(
      `deployments: [{url: 'http://127.0.0.1:1', acting: {username: orc_acts, password_file: '${file}'}}]`,
    );
    expect(config.deployments[0]!.acting).toMatchObject({ username: 'orc_acts', password: 'open sesame' });
    expect(JSON.stringify(hideSecrets(config))).not.toContain('sesame');
  });
});

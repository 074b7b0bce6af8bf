import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { runOrc } from '../support/orc.js';

const HEADER = 'dag_id,run_id,task_id,state,queued_at,started_at,ended_at\n';
const directory = mkdtempSync(join(tmpdir(), 'orc-cli-'));
let store: TemporaryDatabase;

const orc = (...args: string[]) => runOrc(args, { ORC_DATABASE_URL: store.url, ORC_LOG_LEVEL: 'error' });

/** A DAG that runs daily; every `failEvery`-th run fails, or none. */
function writeHistory(name: string, days: number, failEvery: number | null): string {
  const rows = Array.from({ length: days }, (_, day) => {
    const at = (hour: number) => new Date(Date.UTC(2026, 0, 1 + day, hour)).toISOString();
    const state = failEvery !== null && day % failEvery === 0 ? 'failed' : 'success';
    return `daily,run ${day},load,${state},${at(1)},${at(2)},${at(3)}\n`;
  });
  const path = join(directory, name);
  writeFileSync(path, HEADER + rows.join(''));
  return path;
}

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(async () => {
  await store.drop();
  rmSync(directory, { recursive: true });
});

describe('history commands', () => {
  it('say what is missing while there is no history', async () => {
    for (const command of ['train', 'backtest']) {
      const { code, stderr, stdout } = await orc(command, '--json');
      expect(stderr).toMatch(/history/);
      expect(stdout).toBe('');
      expect(code).toBe(1);
    }
  });

  it('import once, and nothing the second time', async () => {
    const file = writeHistory('clean.csv', 200, null);
    const first = await orc('import', file, '--json');
    expect(JSON.parse(first.stdout)).toEqual({
      files: [{ file, rows: 200, loaded: 200, duplicates: 0, bad: 0 }],
    });
    const second = await orc('import', file, '--json');
    expect(JSON.parse(second.stdout)).toEqual({
      files: [{ file, rows: 200, loaded: 0, duplicates: 200, bad: 0 }],
    });
  });

  it('import tells of the files before one that fails, and stops there', async () => {
    const good = writeHistory('good.csv', 200, null);
    const { code, stdout, stderr } = await orc('import', good, '/nowhere.csv', good, '--json');
    expect(JSON.parse(stdout)).toEqual({
      files: [{ file: good, rows: 200, loaded: 0, duplicates: 200, bad: 0 }],
    });
    expect(stderr).toContain('orc: /nowhere.csv does not exist');
    expect(code).toBe(1);
  });

  it('train and backtest on a history with no failure at all', async () => {
    const backtest = await orc('backtest', '--json');
    expect(backtest.stderr).toBe('');
    const report = JSON.parse(backtest.stdout) as {
      rows: unknown;
      subsets: { all: { failures: number; model: { brier: number } } };
    };
    expect(report.rows).toEqual({ train: 140, test: 60 });
    expect(report.subsets.all.failures).toBe(0);
    expect(report.subsets.all.model.brier).toBeLessThan(0.01);
    const train = await orc('train', '--json');
    expect(train.code, train.stderr).toBe(0);
  });

  it('backtest writes one prediction per tested try, and promotes nothing', async () => {
    await orc('import', writeHistory('flaky.csv', 300, 4));
    const before = (await orc('models', 'list', '--json')).stdout;
    const predictions = join(directory, 'predictions.csv');
    const { code, stderr } = await orc(
      'backtest',
      '--json',
      '--predictions',
      predictions,
      '--train-fraction',
      '0.5',
    );
    expect(code, stderr).toBe(0);
    const lines = readFileSync(predictions, 'utf8').trim().split('\n');
    expect(lines[0]).toBe(
      'deployment,dag_id,run_id,task_id,map_index,try_number,decision_time,failed,probability',
    );
    expect(lines).toHaveLength(1 + 150);
    expect((await orc('models', 'list', '--json')).stdout).toBe(before);
  });

  it('backtest writes its report as a page and tells where it is, with the threshold that was asked for', async () => {
    const page = join(directory, 'backtest.html');
    const { code, stdout, stderr } = await orc(
      'backtest',
      '--report',
      page,
      '--warn-at',
      '0.4',
      '--replay-days',
      '7',
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`report: ${page}`);
    expect(stdout).toMatch(/the last 7 days, replayed with warnings at a risk of 0\.4000: \d+ warnings?/);
    expect(readFileSync(page, 'utf8')).toMatch(
      /^<!doctype html>[^]*ORC warns when the risk of a DAG reaches 40 %, as asked for/,
    );
  });

  it('backtest refuses thresholds that contradict each other, and folders that are missing, before it works', async () => {
    const both = await orc('backtest', '--warn-at', '0.4', '--warnings-per-day', '2');
    expect(both).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot be used with/) as string });
    const high = await orc('backtest', '--warn-at', '40');
    expect(high).toMatchObject({ code: 2, stderr: expect.stringContaining('from 0 to 1') as string });
    const nowhere = await orc('backtest', '--report', join(directory, 'missing', 'page.html'));
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('missing') as string });
  });

  it('score the next run of each DAG', async () => {
    const { code, stdout, stderr } = await orc('score', '--json');
    expect(code, stderr).toBe(0);
    const scored = JSON.parse(stdout) as { dags: { risk: number; evidence: string }[] };
    expect(scored.dags.every(({ risk }) => risk >= 0 && risk <= 1)).toBe(true);
    expect(scored.dags.every(({ evidence }) => evidence === 'enough')).toBe(true);
  });

  it('promote and roll back', async () => {
    const versions = async () =>
      JSON.parse((await orc('models', 'list', '--json')).stdout) as { version: string; role: string }[];
    const [first] = await versions();
    const second = JSON.parse((await orc('train', '--no-promote', '--json')).stdout) as { version: string };
    expect((await orc('models', 'promote', second.version)).code).toBe(0);
    expect((await versions()).find(({ role }) => role === 'champion')?.version).toBe(second.version);
    const shown = await orc('models', 'show', second.version);
    expect(shown.stdout).toMatch(
      /role +champion\n +trained +20\S+ \S+ UTC\n +last put into use +20\S+ \S+ UTC\n +- 20.* UTC: put into use by a person: by hand/,
    );
    expect(shown.stdout).toMatch(/decisions from +2026-01-01 01:00 UTC/);
    expect(shown.stdout).toMatch(/historical rate +\d/);
    expect((await orc('models', 'rollback')).code).toBe(0);
    expect((await versions()).find(({ role }) => role === 'champion')?.version).toBe(first!.version);
    expect(await orc('models', 'promote', 'nonsense')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nonsense') as string,
    });
  });

  it('train goes on from the model in use only where it can, and says why not', async () => {
    const config = join(directory, 'orc.yaml');
    writeFileSync(config, 'model:\n  seed: 7\n');
    const args = ['--warm-start', '--no-promote', '--json', '--config', config];
    const { code, stdout, stderr } = await orc('train', ...args);
    expect(code, stderr).toBe(0);
    const { parameters } = JSON.parse(stdout) as { parameters: { start: unknown } };
    // The model in use was trained before anything had failed.
    expect(parameters.start).toEqual({
      ...{ from: null, warm_starts: 0, scratch_rows: 300 },
      reason: 'the model in use has no network',
    });
  });

  it('tokens are shown once, listed without their secret, and revoked', async () => {
    const created = await orc('tokens', 'create', 'prometheus', '--role', 'viewer');
    expect(created.stdout.trim()).toMatch(/^orc_/);
    const listed = await orc('tokens', 'list', '--json');
    expect(listed.stdout).toContain('prometheus');
    expect(listed.stdout).not.toContain(created.stdout.trim());
    expect((await orc('tokens', 'revoke', 'prometheus')).code).toBe(0);
    expect((await orc('tokens', 'revoke', 'nobody')).code).toBe(1);
  });
});
